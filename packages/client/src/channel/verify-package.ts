/** `verify package`: the bytes of one file against its trusted record, and what it contains against what it says. */
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  checkPackageAgainstRecord,
  checkRecordHashes,
  DownloadError,
  type Evidence,
  inspectPackage,
  type PatchedMember,
  parsePackageFileName,
  UsageError,
  yanked,
} from '@antivenom/core';
import { makeFolder, nodeCrypto, nodeDecompression } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import { RedactedUrl } from '../downloads/redacted-url.ts';
import { MAX_PACKAGE_LENGTH, PACKAGE_LIMITS } from '../limits.ts';
import { type FoundRecord, findRecords } from './find-record.ts';
import { matchingRecord } from './matching-record.ts';
import type { OpenChannel, ProvenChannel, RecordsChannel } from './open-channel.ts';
import { PackageFile } from './package-file.ts';
import { readNewest } from './publication-moved.ts';
import { RecordCheck } from './record-check.ts';
import { Findings } from './report.ts';
import { policyForRecords, recordsAlone } from './verify-records-alone.ts';

export interface PackageVerdict {
  /** `<subdir>/<name>` */
  readonly file: string;
  readonly sha256: string;
  readonly evidence: readonly Evidence[];
  /** Dependencies in which the index differs from the archive, as indexes may. */
  readonly patched: readonly PatchedMember[];
  /** How many paths `info/paths.json` lists; undefined where the package has no such list. */
  readonly listedPaths: number | undefined;
}

/**
 * @param file a path, or a URL of a package
 * @param channelUrl the channel that it is of
 * @throws VerificationError `not-listed`, `hash-mismatch`, `length-mismatch`, `content-mismatch`, `archive-unsafe`, …
 * @throws PolicyError `not-trusted`, `policy-refused`
 * @throws DownloadError `not-held`, `unreachable`
 */
export async function verifyPackage(
  file: { readonly path: string } | { readonly url: string },
  channelUrl: string,
  env: ClientEnv,
): Promise<PackageVerdict> {
  const place = 'path' in file ? file.path : pathOf(file.url);
  const name = basename(place);
  parsePackageFileName(name);
  const read = async (opened: OpenChannel): Promise<PackageVerdict> => {
    const channel = recordsAlone(opened, env.policy) ?? opened;
    const records = await findRecords(channel, name, basename(dirname(place)), env);
    const source =
      'path' in file
        ? await PackageFile.open(file.path)
        : await download(completed(file.url, channel), maxLengthOf(records), env);
    return verifyFile(source, name, records, channel, env);
  };
  return readNewest(channelUrl, env, read, () => true);
}

/** Closes the file in the end. */
async function verifyFile(
  source: PackageFile,
  name: string,
  records: readonly FoundRecord[],
  channel: ProvenChannel | RecordsChannel,
  env: ClientEnv,
): Promise<PackageVerdict> {
  try {
    const sha256 = await source.sha256();
    const yank = channel.yanked.ofContent(sha256);
    if (yank !== undefined) throw yanked(name, yank);
    const record = matchingRecord(records, sha256, source.size, name);
    const { subdir, entry } = record;
    const where = `${subdir}/${name}`;
    const policy = channel.kind === 'cct' ? policyForRecords(env.policy, channel.key) : env.policy;
    const { cct, key: channelUrl, teams, yanked: files } = channel;
    const check = new RecordCheck(
      { channelUrl, subdir, cct, teams, yanked: files, indexIsProved: channel.kind === 'tuf', policy },
      new Findings(),
    );
    const evidence = check.evidenceOf(entry);
    const inspected = await inspectPackage(source, name, PACKAGE_LIMITS, nodeDecompression, nodeCrypto);
    const patched = checkPackageAgainstRecord(inspected, entry.record, subdir, name);
    return { file: where, sha256, evidence: [...evidence], patched, listedPaths: inspected.listedPaths };
  } finally {
    await source.close();
  }
}

function maxLengthOf(records: readonly FoundRecord[]): number {
  const sizes = records.map(({ subdir, entry }) => checkRecordHashes(`${subdir}/${entry.file}`, entry.record).size);
  // No package is longer, whatever a record says that nobody proved yet.
  return Math.max(...sizes.map((size) => Math.min(size ?? MAX_PACKAGE_LENGTH, MAX_PACKAGE_LENGTH)));
}

/** Downloads into a file that has no name any more before its first byte comes: nobody else sees it, nothing stays of it. */
async function download(address: RedactedUrl, maxLength: number, env: ClientEnv): Promise<PackageFile> {
  const stream = await env.fetcher.stream(address, { maxLength });
  if (stream === undefined) {
    throw new DownloadError('not-held', `the mirror does not hold ${address}, which the index lists`, {
      hint: 'Ask another mirror, or the channel itself.',
      details: { url: address.toString() },
    });
  }
  const folder = join(env.home, 'tmp');
  await makeFolder(folder, { mode: 0o700 });
  const path = join(folder, randomBytes(12).toString('hex'));
  const file = await open(path, 'wx+', 0o600);
  try {
    await rm(path);
    await file.writeFile(stream);
    return await PackageFile.of(file, path);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function pathOf(url: string): string {
  const parsed = URL.parse(url);
  try {
    if (parsed !== null && !/[?#]/.test(url) && !/%(2f|5c|00)/i.test(parsed.pathname)) {
      return decodeURIComponent(parsed.pathname);
    }
  } catch {
    // Escapes that spell no text are in no package's name, nor are those of separators.
  }
  throw new UsageError('usage', "a package's address is a URL without query", {
    hint: 'Name the package as the channel serves it: https://channel.example/good/linux-64/a-1.0-0.conda',
  });
}

/** A URL within the channel gets the channel's credentials. */
function completed(url: string, { url: channel, key }: OpenChannel): RedactedUrl {
  const address = RedactedUrl.parse(url);
  return address.key.startsWith(`${key}/`) ? channel.join(address.key.slice(key.length + 1)) : address;
}

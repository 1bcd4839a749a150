/** Verified targets in a folder, one file each. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream, FoundTarget, Verified } from '@antivenom/core';
import {
  ContentTrustError,
  startTargetCheck,
  targetFileName,
  targetUrlPath,
  VerificationError,
} from '@antivenom/core/tuf';
import { isMissing, nodeCrypto, removeLeftovers, withLock, writeStreamAtomic } from '@antivenom/node/tuf';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import type { RedactedUrl } from '../downloads/redacted-url.ts';
import { MAX_PACKAGE_LENGTH } from '../limits.ts';

/** Escaped paths hold no `@`: no target is ever called so. */
const LOCK = '.@lock';

export interface TargetPlaces {
  readonly folder: string;
  /** Asked one after the other; at least one. */
  readonly mirrors: readonly RedactedUrl[];
}

/**
 * Has the verified target stand in the folder under its escaped path, `linux-64%2Frepodata.json`. One that stands there
 * already is not downloaded again; another one is replaced in one step.
 *
 * @returns the path of the file
 * @throws VerificationError `not-listed`, `unsafe-name`; `missing`, `hash-mismatch`, `length-mismatch` where no mirror has it
 * @throws DownloadError `unreachable`
 * @throws StoreError `locked`, `io`; and as {@link TufAuthority.find}
 * @see https://theupdateframework.github.io/specification/v1.0.34/#fetch-target
 */
export async function downloadTarget(
  path: string,
  updater: TufAuthority,
  { folder, mirrors }: TargetPlaces,
  env: Pick<ClientEnv, 'fetcher' | 'lockWaitMs'>,
): Promise<string> {
  const file = join(folder, targetFileName(path));
  const target = await updater.find(path);
  if (target === undefined) {
    throw new VerificationError('not-listed', `no role lists ${JSON.stringify(path)}`, { details: { path } });
  }
  await withLock(join(folder, LOCK), { waitMs: env.lockWaitMs }, async () => {
    await removeLeftovers(folder);
    if (await isThere(target, file)) return;
    const urlPath = targetUrlPath(target, updater.trusted.consistentSnapshot);
    await firstGood(mirrors, (mirror) =>
      writeStreamAtomic(file, verified(target, fetched(target, mirror.join(urlPath), env))),
    );
  });
  return file;
}

async function isThere(target: Verified<FoundTarget>, file: string): Promise<boolean> {
  let stored: Awaited<ReturnType<typeof open>>;
  try {
    stored = await open(file);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  try {
    if ((await stored.stat()).size !== target.length) return false;
    for await (const _ of verified(target, stored.createReadStream({ autoClose: false })));
    return true;
  } catch (error) {
    if (error instanceof VerificationError) return false;
    throw error;
  } finally {
    await stored.close();
  }
}

async function* fetched(
  target: Verified<FoundTarget>,
  url: RedactedUrl,
  { fetcher }: Pick<ClientEnv, 'fetcher'>,
): ByteStream {
  // Whatever a stolen key states of its length.
  const maxLength = Math.min(target.length, MAX_PACKAGE_LENGTH);
  // Object stores answer 403 for what is not there.
  const pieces = await fetcher.stream(url, { maxLength, absent: [403] });
  if (pieces === undefined) {
    throw new VerificationError('missing', `${url} is not there, though the signed metadata lists it`, {
      hint: 'Try again, or another mirror; if it stays, tell the owner of the repository.',
      details: { url: `${url}`, path: target.path },
    });
  }
  yield* pieces;
}

/** Ends with an error unless the pieces were the target: whoever keeps them lets go of them then. */
async function* verified(target: Verified<FoundTarget>, pieces: ByteStream): ByteStream {
  const check = startTargetCheck(target, nodeCrypto);
  for await (const piece of pieces) {
    check.update(piece);
    yield piece;
  }
  check.finish();
}

/** The error that is thrown is that of the first mirror. */
async function firstGood(
  mirrors: readonly RedactedUrl[],
  download: (mirror: RedactedUrl) => Promise<void>,
): Promise<void> {
  const failures: ContentTrustError[] = [];
  for (const mirror of mirrors) {
    try {
      return await download(mirror);
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      failures.push(error);
    }
  }
  throw failures[0];
}

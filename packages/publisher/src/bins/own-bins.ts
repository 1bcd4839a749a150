/**
 * The hash bins of a channel: `targets` delegates all packages to the role `bins`, and that to `bin-0000`, `bin-0001` …, each of
 * which lists the packages whose path hashes to its number. They are never file evidence: their key is online.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  binName,
  ContentTrustError,
  type HashBins,
  parseTimestamp,
  roleFileName,
  type Snapshot,
  StoreError,
  type Targets,
  type TrustedMetadata,
  type Verified,
} from '@antivenom/core';
import { readFileIfThere } from '@antivenom/node';

/** The role that delegates to the bins; its keys are theirs too. */
export const BINS = 'bins';
export const BIN_PREFIX = 'bin';
/** What bins can list; a wheel has index evidence alone. */
const BINNED = ['.conda', '.tar.bz2'];
export const BINNED_PATTERNS = BINNED.map((extension) => `*/*${extension}`);

/** @param path `linux-64/zlib-1.2.11-0.conda` */
export function isBinned(path: string): boolean {
  return BINNED.some((extension) => path.endsWith(extension));
}

export interface OwnBins extends HashBins {
  readonly role: Verified<Targets>;
  /** The version of each bin, by its number. */
  readonly versions: readonly number[];
  /** When the bins of a version expire, ms since the epoch: those of one version were signed in one run. */
  readonly expiries: ReadonlyMap<number, number>;
}

/** What the bins are found by. */
interface Standing {
  /** The published folder. */
  readonly folder: string;
  readonly snapshot: Snapshot;
  /** The roles that `targets` delegates to. */
  readonly delegated: ReadonlyMap<string, Verified<Targets>>;
}

/**
 * @returns undefined for a channel without bins
 * @throws StoreError `store-corrupt` where the snapshot does not name all of them
 */
export async function readOwnBins({ folder, snapshot, delegated }: Standing): Promise<OwnBins | undefined> {
  const role = delegated.get(BINS);
  const bins = role?.delegations?.bins;
  if (role === undefined || bins === undefined) return undefined;
  const expiries = new Map<number, number>();
  const versions = Array.from({ length: 2 ** bins.bitLength }, (_, number) => {
    const name = binName(number, bins);
    const version = snapshot.meta.get(`${name}.json`)?.version;
    if (version !== undefined) return version;
    throw new StoreError('store-corrupt', `${folder}: the snapshot does not name ${name}`, { hint: REBUILD });
  });
  for (const [number, version] of versions.entries()) {
    const expiry = expiries.get(version) ?? 0;
    // Of one that is damaged, the others of its version tell.
    if (expiry === 0) expiries.set(version, await statedExpiry(folder, binName(number, bins), version));
  }
  return { ...bins, role, versions, expiries };
}

const REBUILD = 'Nothing was signed. Build the bins anew: antivenom hash-bins CHANNEL';
/** Where the head of a bin ends, its signatures among it. */
const HEAD_LENGTH = 8192;

/** Not verified: it decides when a bin is renewed. Of a damaged one the beginning of time. */
async function statedExpiry(folder: string, name: string, version: number): Promise<number> {
  const head = await headOf(join(folder, 'tuf', roleFileName(name, version)));
  const [, expires] = /"version":\d+,"expires":"([^"]+)"/.exec(head) ?? [];
  if (expires === undefined) return 0;
  try {
    return parseTimestamp(expires, name);
  } catch (error) {
    if (error instanceof ContentTrustError) return 0;
    throw error;
  }
}

async function headOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_LENGTH), 0, HEAD_LENGTH, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The names of those that are not there. */
export async function missingBins(folder: string, bins: OwnBins): Promise<string[]> {
  const there = new Set(await readdir(join(folder, 'tuf')));
  return bins.versions.flatMap((version, number) => {
    const name = binName(number, bins);
    return there.has(roleFileName(name, version)) ? [] : name;
  });
}

/**
 * A bin as it stands, verified and not kept.
 *
 * @throws StoreError `store-corrupt`
 */
export async function readBin(
  { folder, trusted }: { readonly folder: string; readonly trusted: TrustedMetadata },
  bins: OwnBins,
  number: number,
): Promise<Verified<Targets>> {
  const name = binName(number, bins);
  const file = roleFileName(name, bins.versions[number]);
  try {
    const bytes = await readFileIfThere(join(folder, 'tuf', file));
    if (bytes !== undefined) return trusted.verifyDelegatedTargets(bytes, name, bins.role);
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `tuf/${file} is damaged: ${cause.message}`, {
      hint: REBUILD,
      details: { file: `tuf/${file}` },
      cause,
    });
  }
  throw new StoreError('store-corrupt', `tuf/${file} is not there`, {
    hint: REBUILD,
    details: { file: `tuf/${file}` },
  });
}

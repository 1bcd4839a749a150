/** One publication's metadata: what is signed anew, and the order in which it reaches the folder. */
import { dirname, join } from 'node:path';
import { buildSnapshot, buildTimestamp, type MetaFile, REPODATA, type Signer, signTuf } from '@antivenom/core';
import { makeFolder, nodeCrypto, readFileIfThere, sha256Hex, writeFileAtomic } from '@antivenom/node';
import type { RoleSigners } from '@antivenom/signers';
import { parseListedFiles } from '../channel/generations.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOf, hashPrefixedPath } from '../channel/published-targets.ts';
import { reissue } from '../roles/reissue.ts';
import { signersOf } from '../roles/role-signers.ts';

/** A metadata file, relative to the published folder. */
export interface MetadataFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Metadata files in the order of publication: the last one, `timestamp.json`, makes the others known. */
export type Edition = readonly MetadataFile[];

/** The metadata of one role, signed. */
export interface SignedRole extends MetadataFile {
  readonly role: string;
  readonly version: number;
}

export interface Changes {
  readonly root?: SignedRole;
  /** The next versions of targets and of the roles below it, in the order in which they are published. */
  readonly roles?: readonly SignedRole[];
  /** Versions of hash bins, by role name, that are written before: {@link writeBins}. */
  readonly bins?: ReadonlyMap<string, number>;
  readonly snapshot?: 'renew';
  /** Who signs, where those that are delegated now are not all. */
  readonly signers?: Readonly<Partial<Record<'snapshot' | 'timestamp', readonly Signer[]>>>;
}

/** Signs what follows from the changes: a role of targets asks for a new snapshot, and anything for a new timestamp. */
export async function signEdition(
  own: OwnMetadata,
  changes: Changes,
  keys: RoleSigners,
  now: number,
): Promise<Edition> {
  const changed = changes.roles ?? [];
  requireBins(own, changes);
  const files: MetadataFile[] = [...(changes.root === undefined ? [] : [changes.root]), ...changed];
  let snapshotMeta = own.timestamp.snapshotMeta;
  const bins = changes.bins ?? new Map<string, number>();
  if (changed.length > 0 || bins.size > 0 || changes.snapshot !== undefined) {
    const roles = new Map([...own.snapshot.meta].map(([file, entry]) => [file.replace(/\.json$/, ''), entry]));
    for (const { role, version, bytes } of changed) roles.set(role, metaOf(version, bytes));
    // By their versions alone: hashes of thousands of bins would make the snapshot, which every client reads, several times larger.
    for (const [role, version] of bins) roles.set(role, { version });
    const version = own.snapshot.version + 1;
    const built = buildSnapshot({ version, expires: now, roles });
    const signed = reissue('snapshot', own.snapshot, now, { meta: built.get('meta') ?? null });
    const signers = changes.signers?.snapshot ?? signersOf('snapshot', own.root.roles.snapshot, keys);
    const bytes = await signTuf(signed, signers, nodeCrypto);
    files.push({ path: `tuf/${version}.snapshot.json`, bytes });
    snapshotMeta = metaOf(version, bytes);
  }
  const built = buildTimestamp({ version: own.timestamp.version + 1, expires: now, snapshot: snapshotMeta });
  const signed = reissue('timestamp', own.timestamp, now, { meta: built.get('meta') ?? null });
  const signers = changes.signers?.timestamp ?? signersOf('timestamp', own.root.roles.timestamp, keys);
  files.push({ path: 'tuf/timestamp.json', bytes: await signTuf(signed, signers, nodeCrypto) });
  return files;
}

/** Bins that were left behind by one index would not be caught up with by the next: who publishes it has called `binsOfIndex`. */
function requireBins(own: OwnMetadata, { roles = [], bins }: Changes): void {
  const index = roles.find(({ role }) => role === 'index');
  if (own.bins === undefined || index === undefined || bins !== undefined) return;
  const listed = parseListedFiles(index.bytes, index.path)?.files;
  const paths = new Set([...own.index.targets.keys(), ...(listed?.keys() ?? [])]);
  const isSame = (path: string) => own.index.targets.get(path)?.hashes.get('sha256') === listed?.get(path)?.sha256;
  if ([...paths].some((path) => path.endsWith(`/${REPODATA}`) && !isSame(path))) {
    throw new Error('an index would be published without the hash bins that list its packages');
  }
}

/** The same files under their hashes, as the targets that they are. */
export function underHashes(files: readonly MetadataFile[]): MetadataFile[] {
  return files.map(({ path, bytes }) => ({ path: hashPrefixedPath(factsOf(path, bytes)), bytes }));
}

export function metaOf(version: number, bytes: Uint8Array): MetaFile {
  return { version, length: bytes.length, hashes: new Map([['sha256', sha256Hex(bytes)]]) };
}

/**
 * Writes an edition. Files of its numbers that a killed run left are overwritten: no timestamp names them.
 *
 * @returns the paths that were written
 */
export async function writeEdition(folder: string, edition: Edition): Promise<string[]> {
  const written: string[] = [];
  for (const { path, bytes } of edition) {
    const there = await readFileIfThere(join(folder, path));
    if (there !== undefined && Buffer.compare(there, bytes) === 0) continue;
    await makeFolder(dirname(join(folder, path)));
    await writeFileAtomic(join(folder, path), bytes);
    written.push(path);
  }
  return written;
}

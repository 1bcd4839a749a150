/** The metadata that a published folder holds, verified as a client would, so that nothing new is signed over a damaged folder. */
import { join } from 'node:path';
import {
  ContentTrustError,
  isTeamName,
  type Root,
  roleFileName,
  type Snapshot,
  StoreError,
  shellWord,
  type Targets,
  type Timestamp,
  TrustedMetadata,
  type TufLimits,
  UsageError,
  VerificationError,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto, readFileIfThere } from '@antivenom/node';
import { type OwnBins, readOwnBins } from '../bins/own-bins.ts';
import { requireNoSubdir } from '../indexes/source-subdirs.ts';

/** Roomy: the files are our own. */
const MAX_LENGTH = 2 ** 28;
export const OWN_LIMITS: TufLimits = {
  json: { maxBytes: MAX_LENGTH, maxDepth: 64 },
  maxRootLength: MAX_LENGTH,
  maxTimestampLength: MAX_LENGTH,
  maxSnapshotLength: MAX_LENGTH,
  maxTargetsLength: MAX_LENGTH,
  maxRootRotations: 2 ** 16,
  maxDelegations: 2 ** 10,
};

export interface OwnMetadata {
  /** The published folder. */
  readonly folder: string;
  readonly firstRootBytes: Uint8Array;
  readonly rootBytes: Uint8Array;
  readonly root: Verified<Root>;
  readonly timestamp: Verified<Timestamp>;
  readonly snapshot: Verified<Snapshot>;
  readonly targets: Verified<Targets>;
  /** The roles that `targets` delegates to by name and the snapshot lists, in the order in which they are searched. */
  readonly delegated: ReadonlyMap<string, Verified<Targets>>;
  /** Teams that `targets` delegates to, and that have signed nothing yet, or not with the keys that it names now. */
  readonly silentTeams: readonly string[];
  /** The delegated role that lists the indexes. */
  readonly index: Verified<Targets>;
  /** The hash bins, in a channel that has them. */
  readonly bins: OwnBins | undefined;
  /** What holds all of it, and takes what lies below: {@link readDelegated}. */
  readonly trusted: TrustedMetadata;
}

/** Whether the folder is a channel of ours: its ceremony was brought to its end. */
export async function isInitialised(folder: string): Promise<boolean> {
  return (await readFileIfThere(join(folder, 'tuf', 'timestamp.json'))) !== undefined;
}

/**
 * Reads and verifies the current metadata; it may have expired, since whoever renews it must read it.
 *
 * @param keys the key folder, which keeps a copy of the first root
 * @throws UsageError `not-initialised`
 * @throws StoreError `store-corrupt`, naming the file
 */
export async function readOwnMetadata(folder: string, keys?: string): Promise<OwnMetadata> {
  if (!(await isInitialised(folder))) {
    await requireNoSubdir(folder, 'not-initialised');
    throw new UsageError('not-initialised', `${folder} has no trust metadata yet`, {
      hint: `Start with: antivenom init ${shellWord(folder)}`,
      details: { folder },
    });
  }
  try {
    return await verifyFolder(folder, keys);
  } catch (cause) {
    if (!(cause instanceof ContentTrustError) || cause instanceof StoreError) throw cause;
    throw new StoreError('store-corrupt', `${join(folder, 'tuf')} is damaged: ${cause.message}`, {
      hint: 'Nothing was signed. Restore the folder tuf from a copy or a mirror of the channel, then try again.',
      details: { folder, ...cause.details },
      cause,
    });
  }
}

async function verifyFolder(folder: string, keys: string | undefined): Promise<OwnMetadata> {
  // At the beginning of time nothing has expired.
  const env = { crypto: nodeCrypto, now: 0, limits: OWN_LIMITS };
  const firstRootBytes = await required(folder, '1.root.json');
  await requireOwnRoot(firstRootBytes, keys);
  const trusted = TrustedMetadata.fromRoot(firstRootBytes, env);
  let rootBytes = firstRootBytes;
  for (;;) {
    const next = await readFileIfThere(join(folder, 'tuf', `${trusted.root.version + 1}.root.json`));
    if (next === undefined) break;
    trusted.updateRoot(next);
    rootBytes = next;
  }
  trusted.finishRoots();
  trusted.updateTimestamp(await required(folder, 'timestamp.json'));
  const { timestamp } = trusted;
  trusted.updateSnapshot(await required(folder, `${timestamp?.snapshotMeta.version}.snapshot.json`), {
    trusted: false,
  });
  trusted.updateTargets(await required(folder, `${trusted.metaOf('targets').version}.targets.json`));
  const { snapshot, targets, root } = trusted;
  if (timestamp === undefined || snapshot === undefined || targets === undefined) {
    throw new StoreError('store-corrupt', `${folder}: the metadata is incomplete`);
  }
  const delegated = new Map<string, Verified<Targets>>();
  const silentTeams: string[] = [];
  for (const { name } of targets.delegations?.named ?? []) {
    if (snapshot.meta.has(`${name}.json`)) {
      try {
        delegated.set(name, await readDelegated({ folder, trusted }, name, targets));
      } catch (error) {
        if (!isTeamName(name) || !(error instanceof VerificationError)) throw error;
      }
    }
    if (isTeamName(name) && !delegated.has(name)) silentTeams.push(name);
  }
  const index = delegated.get('index');
  if (index === undefined) throw new StoreError('store-corrupt', `${folder}: the metadata names no index`);
  const bins = await readOwnBins({ folder, snapshot, delegated });
  const roles = { root, timestamp, snapshot, targets, delegated, silentTeams, index, bins };
  return { folder, firstRootBytes, rootBytes, ...roles, trusted };
}

/**
 * A role that a targets role of the folder delegates to, verified; read once, and only when it is asked for: hash bins
 * may be thousands.
 *
 * @throws VerificationError, MalformedError by what is wrong with it
 * @throws StoreError `store-corrupt` where it is not there
 */
export async function readDelegated(
  { folder, trusted }: Pick<OwnMetadata, 'folder' | 'trusted'>,
  role: string,
  parent: Verified<Targets>,
): Promise<Verified<Targets>> {
  const known = trusted.delegatedTargets(role, parent);
  if (known !== undefined) return known;
  const bytes = await required(folder, roleFileName(role, trusted.metaOf(role).version));
  trusted.updateDelegatedTargets(bytes, role, parent);
  return readDelegated({ folder, trusted }, role, parent);
}

/** Somebody who can write to the channel's folder could have put a root of their own there. */
async function requireOwnRoot(firstRoot: Uint8Array, keys: string | undefined): Promise<void> {
  const kept = keys === undefined ? undefined : await readFileIfThere(join(keys, '1.root.json'));
  if (kept === undefined || Buffer.compare(kept, firstRoot) === 0) return;
  throw new StoreError('store-corrupt', `tuf/1.root.json is not the root that ${keys} made`, {
    hint: 'Name the key folder of this channel with --keys; if it is the right one, restore tuf/1.root.json from it.',
    details: { keys },
  });
}

async function required(folder: string, name: string): Promise<Uint8Array> {
  const bytes = await readFileIfThere(join(folder, 'tuf', name));
  if (bytes !== undefined) return bytes;
  throw new StoreError('store-corrupt', `${join(folder, 'tuf', name)} is not there`, {
    hint: 'Nothing was signed. Restore the file from a copy or a mirror of the channel, then try again.',
    details: { file: `tuf/${name}` },
  });
}

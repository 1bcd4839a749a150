/**
 * The newest publication of a channel, as the indexer's folder remembers it in `.antivenom/newest.json`. Whoever can write to
 * the published folder alone could else put an older one back, and have it signed anew for new consumers to take for the newest.
 */
import { join } from 'node:path';
import {
  ContentTrustError,
  expectInteger,
  expectObject,
  FreshnessError,
  member,
  object,
  readJson,
  StoreError,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, removeLeftovers, writeFileAtomic } from '@antivenom/node';
import { type ChannelFolder, stateFolder } from './channel-folder.ts';
import type { OwnMetadata } from './own-metadata.ts';

const ROLES = ['root', 'timestamp'] as const;
const LIMITS = { maxBytes: 65_536, maxDepth: 4 };

/**
 * @throws FreshnessError `rollback` where what stands is older than what was published
 * @throws StoreError `store-corrupt`
 */
export async function requireNewest({ source }: ChannelFolder, own: OwnMetadata): Promise<void> {
  const path = pathIn(source);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return;
  const known = readVersions(bytes, path);
  const older = ROLES.find((role) => own[role].version < known[role]);
  if (older === undefined) return;
  const message = `${own.folder} stands at ${older} ${own[older].version}, and ${known[older]} was published: it is older`;
  throw new FreshnessError('rollback', `${message}, and is not signed anew`, {
    hint: `Restore the folder tuf from the newest copy, a mirror's perhaps. If none is left, delete ${path}: consumers who saw the newer one refuse what you sign then.`,
    details: { folder: own.folder, role: older, found: own[older].version, known: known[older] },
  });
}

/** Keeps the versions in mind, once they are published. */
export async function rememberNewest({ source }: ChannelFolder, { root, timestamp }: OwnMetadata): Promise<void> {
  await makeFolder(stateFolder(source));
  await removeLeftovers(stateFolder(source));
  const versions = object({ root: root.version, timestamp: timestamp.version });
  await writeFileAtomic(pathIn(source), writeJson(versions, { indent: 2 }));
}

function readVersions(bytes: Uint8Array, path: string): Record<(typeof ROLES)[number], number> {
  try {
    const versions = expectObject(readJson(bytes, LIMITS), 'the file');
    const of = (role: string) => expectInteger(member(versions, role, 'the file'), `\`${role}\``, { min: 1 });
    return { root: of('root'), timestamp: of('timestamp') };
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is damaged: ${cause.message}`, {
      hint: 'See that the channel is as you published it last, and delete the file.',
      details: { file: path },
      cause,
    });
  }
}

function pathIn(source: string): string {
  return join(stateFolder(source), 'newest.json');
}

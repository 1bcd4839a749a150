/** `verify metadata FILE… --root FILE`: a chain of trust metadata alone. */
import { basename } from 'node:path';
import { formatTimestamp, readJson, UsageError } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { Commands } from '../commands.ts';
import { readNamedFile } from '../named-path.ts';
import { parseTimeOfCheck } from '../time-of-check.ts';
import { type ChainFile, type ChainLink, verifyTufChain } from '../tuf-chain.ts';

const MEGABYTE = 1_000_000;
const LIMITS = {
  json: { maxBytes: 64 * MEGABYTE, maxDepth: 100 },
  maxRootLength: MEGABYTE,
  maxTimestampLength: MEGABYTE,
  maxSnapshotLength: 16 * MEGABYTE,
  maxTargetsLength: 64 * MEGABYTE,
  maxRootRotations: 1024,
  maxDelegations: 1024,
};

export const verifyMetadata: Commands['verifyMetadata'] = async (session, files, options) => {
  const { cwd } = session.world;
  const now = options.at === undefined ? session.world.now() : parseTimeOfCheck(options.at);
  const read = async (typed: string): Promise<ChainFile> => ({
    name: basename(typed),
    bytes: await readNamedFile(typed, cwd),
  });
  const root = await read(options.root);
  const rest: ChainFile[] = [];
  for (const file of files) rest.push(await read(file));

  refuseContentTrust(root);
  const chain = verifyTufChain(root, rest, { crypto: nodeCrypto, now, limits: LIMITS });
  session.result({ ok: true, chain: chain.map(shownInJson) }, lines(chain));
  return 0;
};

/** A chain of another kind is not a bad one. */
function refuseContentTrust({ name, bytes }: ChainFile): void {
  const document = readJson(bytes, LIMITS.json);
  if (!(document instanceof Map) || !(document.get('signatures') instanceof Map)) return;
  throw new UsageError(
    'usage',
    `${name} begins a conda-content-trust chain, and this version verifies TUF chains alone`,
  );
}

function shownInJson({ file, role, version, expires }: ChainLink): Record<string, unknown> {
  return { file, role, version, expires: formatTimestamp(expires) };
}

function lines(chain: readonly ChainLink[]): string[] {
  const width = Math.max(...chain.map(({ file }) => file.length));
  return chain.map(({ file, role, version, expires }) => {
    return `ok  ${file.padEnd(width)}  ${role} ${version}, good until ${formatTimestamp(expires)}`;
  });
}

/** `verify metadata FILE… --root FILE`: a chain of trust metadata alone, of TUF or of conda-content-trust. */
import { basename } from 'node:path';
import { formatTimestamp } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { type CheckedRecords, verifyCctChain } from '../cct-chain.ts';
import { type ChainFile, type ChainLink, kindOf } from '../chain-file.ts';
import { countOf } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { readNamedFile } from '../named-path.ts';
import { tellChecked } from '../refused-files.ts';
import type { Session } from '../session.ts';
import { parseTimeOfCheck } from '../time-of-check.ts';
import { verifyTufChain } from '../tuf-chain.ts';
import type { ExitStatus } from '../world.ts';

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
/** Of one CCT file. What is signed there is indented, so that depth costs as length does. */
const CCT_LIMITS = { json: { maxBytes: 4 * MEGABYTE, maxDepth: 32 } };
/** The largest indexes have some 600 MB. */
const INDEX_JSON = { maxBytes: 2000 * MEGABYTE, maxDepth: 100 };

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

  const env = { crypto: nodeCrypto, now, limits: LIMITS };
  if (kindOf(root, LIMITS.json) !== 'cct') {
    const chain = verifyTufChain(root, rest, env);
    session.result({ ok: true, chain: chain.map(shownInJson) }, chain.map(lineIn(chain)));
    return 0;
  }
  const { links, records } = verifyCctChain(root, rest, { ...env, limits: CCT_LIMITS }, INDEX_JSON);
  const chain = links.map(shownInJson);
  const lines = links.map(lineIn(links));
  if (records !== undefined) return tellRecords(session, chain, lines, records);
  session.result({ ok: true, chain }, lines);
  return 0;
};

/** Every record was looked at; where any is refused, the whole is. */
function tellRecords(
  session: Session,
  chain: readonly Record<string, unknown>[],
  lines: readonly string[],
  { file, total, signed, unsigned, refused, ignored }: CheckedRecords,
): ExitStatus {
  const records = { total, signed, unsigned, refused: refused.length };
  const summary = `${file}: ${signed} of ${countOf(total, 'record')} signed as key_mgr asks`;
  if (unsigned > 0) {
    session.warn(`${file}: ${countOf(unsigned, 'record')} of a kind that nobody signs, which prove nothing`);
  }
  const last = refused.length === 0 ? `ok  ${summary}` : summary;
  const hint = 'Do not install what is refused: it is not as the owner of the channel signed it.';
  const told = refused.map((item) => ({ ...item, hint, details: { file: item.file } }));
  return tellChecked(session, { chain, records, ignored }, [...lines, last], told);
}

function shownInJson({ file, role, version, expires }: ChainLink): Record<string, unknown> {
  return { file, role, version, expires: formatTimestamp(expires) };
}

function lineIn(chain: readonly ChainLink[]): (link: ChainLink) => string {
  const width = Math.max(...chain.map(({ file }) => file.length));
  return ({ file, role, version, expires }) =>
    `ok  ${file.padEnd(width)}  ${role} ${version}, good until ${formatTimestamp(expires)}`;
}

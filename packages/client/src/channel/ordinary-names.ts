/** The names that ordinary clients read, which prove nothing: do they hold what was signed? */
import {
  bytesToHex,
  ContentTrustError,
  CURRENT_REPODATA,
  REPODATA,
  SHARD_INDEX,
  VerificationError,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import type { Fetcher } from '../downloads/fetcher.ts';
import { INDEX_JSON } from '../limits.ts';
import { forEachParallel } from '../parallel.ts';
import type { EarlierPublications } from './earlier-publications.ts';
import { GATEWAY_HEADER, type SelectionRules, verifySelection } from './gateway-selection.ts';
import { mostLookedAt, nameDifferences } from './name-differences.ts';
import type { Findings } from './report.ts';

/** What clients look for in a subdir that nobody lists: one such file would be a whole subdir of a stranger's. */
export const FORMS_CLIENTS_READ: readonly string[] = [
  REPODATA,
  `${REPODATA}.zst`,
  `${REPODATA}.bz2`,
  CURRENT_REPODATA,
  `${CURRENT_REPODATA}.zst`,
  SHARD_INDEX,
];

export interface OrdinaryNames extends SelectionRules {
  readonly earlier: EarlierPublications;
}

/** `absent`, `current`, `selection` (of a gateway), `behind` (an earlier signed publication), or `stranger`, which was refused. */
export type OrdinaryState = 'absent' | 'current' | 'selection' | 'behind' | 'stranger';

/**
 * Looks at one ordinary name. Earlier signed bytes go to `behind`; bytes that nobody signed are refused, unless whoever serves them
 * says that he is a gateway and they hold signed records alone.
 *
 * @param path percent-safe: the name of an index form below a subdir
 * @param expected SHA-256 in hex of what is listed; undefined for a path that is not listed
 * @throws as `verifySelection`, where a gateway answers; DownloadError `unreachable`
 */
export async function checkOrdinaryName(
  path: string,
  expected: string | undefined,
  names: OrdinaryNames,
  findings: Findings,
  { fetcher }: Pick<ClientEnv, 'fetcher'>,
): Promise<OrdinaryState> {
  let isGateway = false;
  const stream = await fetcher.stream(names.url.join(path), {
    maxLength: INDEX_JSON.maxBytes,
    onHeaders: (headers) => {
      isGateway = headers.has(GATEWAY_HEADER);
    },
  });
  if (stream === undefined) return 'absent';
  const hash = nodeCrypto.createHash('sha256');
  for await (const piece of stream) hash.update(piece);
  const found = bytesToHex(hash.digest());
  if (isGateway) findings.gateway ??= [];
  if (found === expected) return 'current';
  if (isGateway && (await verifySelection(path, names, { fetcher }))) {
    findings.gateway?.push({ file: path });
    return 'selection';
  }
  if (await names.earlier.listed(path, found)) {
    findings.behind.push({ file: path });
    return 'behind';
  }
  const differences = await differencesIn(path, names, fetcher);
  const named = differences === undefined ? '' : `: ${differences}`;
  const error =
    expected === undefined
      ? new VerificationError('not-listed', `${path} is served, and the signed metadata does not list it`, {
          hint: 'Nobody proved this index, and ordinary clients would read it: tell the owner of the channel.',
          details: { file: path, found },
        })
      : new VerificationError('hash-mismatch', `${path} is not what was signed${named || ', now or before'}`, {
          hint: 'Ordinary clients would read it: do not use the channel until its owner has put this right.',
          details: { file: path, expected, found },
        });
  findings.refuse(path, error);
  return 'stranger';
}

/**
 * Index files that are served beside those that are signed.
 *
 * @param paths that no authority lists
 */
export async function refuseUnlisted(
  paths: readonly string[],
  names: OrdinaryNames,
  findings: Findings,
  env: Pick<ClientEnv, 'fetcher' | 'progress'>,
): Promise<void> {
  const task = env.progress.start('looking for files that nobody signed', paths.length);
  try {
    await forEachParallel(paths, 8, async (path) => {
      await findings.attempt(path, () => checkOrdinaryName(path, undefined, names, findings, env));
      task.advance(1);
    });
  } finally {
    task.done();
  }
}

/** Fetches once more: most ordinary names are right, and only their hash is of interest. */
async function differencesIn(
  path: string,
  { url, signed }: OrdinaryNames,
  fetcher: Fetcher,
): Promise<string | undefined> {
  if (signed === undefined) return undefined;
  try {
    const bytes = await fetcher.bytes(url.join(path), { maxLength: mostLookedAt(signed) });
    return bytes && nameDifferences(path.slice(path.lastIndexOf('/') + 1), bytes, signed);
  } catch (error) {
    // The refusal stands without the names.
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

/**
 * Several authorities for one channel: what they say counts where enough of them list the very same index files, over the
 * whole of a publication, so that none of them can lend its word to another's mixture.
 *
 * @see https://github.com/theupdateframework/taps/blob/master/tap4.md
 */
import { type FoundTarget, VerificationError, type Verified } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { IndexListing } from './index-listing.ts';

export interface Statement {
  readonly authority: TufAuthority;
  readonly listing: IndexListing;
}

/**
 * @param statements at least one
 * @returns those who agree, at least `threshold` of them
 * @throws VerificationError `threshold-not-met`, naming a file on which two differ
 */
export function agreeing(url: string, statements: readonly Statement[], threshold: number): readonly Statement[] {
  const groups = Map.groupBy(statements, ({ listing }) => fingerprintOf(listing));
  const largest = [...groups.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
  if (largest.length >= threshold) return largest;
  const path = firstDifference(statements);
  throw new VerificationError(
    'threshold-not-met',
    `the authorities of ${url} do not agree${path === undefined ? '' : ` on ${path}`}: ${largest.length} of the ${threshold} that must say the same do`,
    {
      hint: 'One of them may lag behind: try again later. If it stays, ask the owner of the channel which one is right.',
      details: { channel: url, agreeing: largest.length, threshold, ...(path === undefined ? {} : { file: path }) },
    },
  );
}

/** The CCT files are the owner's alone: whoever else vouches for the index need not list them. */
function statementsOf(listing: IndexListing): [string, string][] {
  return [...listing]
    .filter(([path]) => !path.startsWith('cct/'))
    .map(([path, target]): [string, string] => [path, digestOf(target)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function fingerprintOf(listing: IndexListing): string {
  return JSON.stringify(statementsOf(listing));
}

function digestOf({ length, hashes }: Verified<FoundTarget>): string {
  return `${length} ${hashes.get('sha256') ?? [...hashes].join(' ')}`;
}

function firstDifference(statements: readonly Statement[]): string | undefined {
  const [first, ...others] = statements.map(({ listing }) => new Map(statementsOf(listing)));
  for (const other of others) {
    for (const path of [...(first?.keys() ?? []), ...other.keys()]) {
      if (first?.get(path) !== other.get(path)) return path;
    }
  }
  return undefined;
}

/**
 * Several authorities for one channel: what they say counts where enough of them list the very same index files, over the
 * whole of a publication, so that none of them can lend its word to another's mixture.
 *
 * @see https://github.com/theupdateframework/taps/blob/master/tap4.md
 */
import { type FoundTarget, isChainFile, MAMBA_CHAIN, VerificationError, type Verified } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import type { IndexListing } from './index-listing.ts';
import type { YankLists } from './yank-lists.ts';

export interface Statement {
  readonly authority: TufAuthority;
  readonly listing: IndexListing;
  /** Undefined where it keeps no such lists. */
  readonly yanks: YankLists | undefined;
}

/**
 * @param statements at least one
 * @returns those who agree, at least `threshold` of them
 * @throws VerificationError `threshold-not-met`, naming a file on which two differ
 */
export function agreeing(url: string, statements: readonly Statement[], threshold: number): readonly Statement[] {
  const groups = [...Map.groupBy(statements, ({ listing }) => fingerprintOf(listing, isIndex)).values()];
  const largest = groups.flatMap(withOneChain).reduce((a, b) => (b.length > a.length ? b : a), []);
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

/**
 * The chain of record signatures is the owner's alone: whoever else vouches for the index need not list it. Those who list
 * another one do not agree.
 */
function withOneChain(group: readonly Statement[]): readonly (readonly Statement[])[] {
  const chains = new Set(group.map(({ listing }) => fingerprintOf(listing, isChain)));
  chains.delete(NO_FILES);
  if (chains.size === 0) return [group];
  return [...chains].map((chain) =>
    group.filter(({ listing }) => [chain, NO_FILES].includes(fingerprintOf(listing, isChain))),
  );
}

/** Whose listing counts where all the rest is the same: of those who agree, one who lists the owner's chain, if any does. */
export function ownerAmong(agreed: readonly Statement[]): Statement | undefined {
  return agreed.find(({ listing }) => [...listing.keys()].some(isChain)) ?? agreed[0];
}

/** mamba's pkg_mgr is renewed without anything new in the channel, and is no evidence: whoever lags there still agrees. */
function isChain(path: string): boolean {
  return isChainFile(path) && path !== MAMBA_CHAIN.pkgMgrPath;
}

function isIndex(path: string): boolean {
  return !isChainFile(path);
}

const NO_FILES = '[]';

function fingerprintOf(listing: IndexListing, which: (path: string) => boolean): string {
  const files = [...statementsOf(listing)].filter(([path]) => which(path));
  return JSON.stringify(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function statementsOf(listing: IndexListing): Map<string, string> {
  return new Map([...listing].map(([path, target]) => [path, digestOf(target)]));
}

function digestOf({ length, hashes }: Verified<FoundTarget>): string {
  return `${length} ${hashes.get('sha256') ?? [...hashes].join(' ')}`;
}

function firstDifference(statements: readonly Statement[]): string | undefined {
  const all = statements.map(({ listing }) => statementsOf(listing));
  const paths = new Set(all.flatMap((files) => [...files.keys()]));
  const stated = (path: string) => new Set(all.map((files) => files.get(path)));
  return (
    [...paths].find((path) => isIndex(path) && stated(path).size > 1) ??
    [...paths].find((path) => isChain(path) && [...stated(path)].filter((digest) => digest !== undefined).length > 1)
  );
}

/** Which records of an index that nobody signed are not those that were signed, so that its refusal names packages. */
import {
  ContentTrustError,
  contradicts,
  indexContent,
  REPODATA,
  type Repodata,
  scanRepodata,
  twinOf,
} from '@antivenom/core';
import { nodeDecompression } from '@antivenom/node';
import { INDEX_JSON } from '../limits.ts';

/** More than these nobody reads. */
const MAX_NAMED = 5;

/** Of what nobody proved no more is looked at, in bytes: a small answer can expand to more than there is memory. */
export function mostLookedAt(signed: Repodata): number {
  return 2 * signed.bytes.length + 1_000_000;
}

/**
 * @param name of the form, in whatever encoding
 * @param bytes proved by nobody
 * @param signed the subdir's index as it was signed
 * @returns one sentence, or undefined where the bytes are no index or say the same in other bytes
 */
export function nameDifferences(name: string, bytes: Uint8Array, signed: Repodata): string | undefined {
  try {
    const found = scanRepodata(indexContent(name, bytes, nodeDecompression, mostLookedAt(signed)), INDEX_JSON);
    const isWhole = (twinOf(name)?.base ?? name) === REPODATA;
    const changed = contradicts(signed, found).map(({ file, reason }) => `${file} ${WORDS[reason]}`);
    const left = isWhole
      ? contradicts(found, signed).flatMap(({ file, reason }) =>
          reason === 'not-in-source' ? [`${file} was left out`] : [],
        )
      : [];
    const all = [...changed, ...left];
    if (all.length === 0) return undefined;
    const more = all.length - MAX_NAMED;
    return `${all.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

const WORDS = { differs: 'was changed', 'not-in-source': 'was added', missing: 'was left out' } as const;

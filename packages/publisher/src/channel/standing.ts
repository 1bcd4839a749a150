import type { OwnChain } from './own-chains.ts';
import type { OwnMetadata } from './own-metadata.ts';

/** The metadata and chains that stand. */
export interface Standing {
  readonly own: OwnMetadata;
  readonly chains: readonly OwnChain[];
}

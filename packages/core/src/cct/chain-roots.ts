import type { RecordChain } from './record-chain.ts';

/** The roots of a chain of record signatures, verified, byte for byte as they are published. */
export interface ChainRoots {
  readonly chain: RecordChain;
  /** Ascending, without gaps; the last one is the newest. At least one. */
  readonly roots: readonly { readonly version: number; readonly bytes: Uint8Array }[];
}

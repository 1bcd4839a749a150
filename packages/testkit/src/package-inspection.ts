import { type InspectedPackage, inspectPackage, type PackageLimits, type PackageSource } from '@antivenom/core';
import { nodeCrypto, nodeDecompression } from '@antivenom/node';

/** The limits of cli.md, but small enough that a test reaches them: 1000:1 above 1 MB, 64 MB in all. */
export const TEST_PACKAGE_LIMITS: PackageLimits = {
  json: { maxBytes: 1 << 20, maxDepth: 32 },
  tar: { maxEntries: 1000, maxHeaderBytes: 1 << 16, maxNames: 1 << 18 },
  maxExpandedBytes: 1 << 26,
  maxRatio: 1000,
  ratioFreeBytes: 1 << 20,
};

/** Bytes in memory, as a source that knows how it was read. */
export class MemorySource implements PackageSource {
  readonly size: number;
  /** Bytes handed out by all reads. */
  bytesRead = 0;
  /** Of the largest read. */
  largestRead = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || offset + length > this.size) throw new RangeError(`read of ${length} at ${offset}`);
    this.bytesRead += length;
    this.largestRead = Math.max(this.largestRead, length);
    return this.#bytes.slice(offset, offset + length);
  }
}

/** Inspects a package held in memory, on Node, with the limits of the tests. */
export async function inspectBytes(
  bytes: Uint8Array,
  fileName: string,
  limits: PackageLimits = TEST_PACKAGE_LIMITS,
): Promise<InspectedPackage> {
  return inspectPackage(new MemorySource(bytes), fileName, limits, nodeDecompression, nodeCrypto);
}

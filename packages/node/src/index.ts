export { compressBzip2, compressZstd } from './compression.ts';
export { nodeDecompression } from './decompression.ts';

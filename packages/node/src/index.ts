export { compressBzip2, compressZstd } from './compression.ts';
export { nodeCrypto } from './crypto.ts';
export { nodeDecompression } from './decompression.ts';

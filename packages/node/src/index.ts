export { compressBzip2, compressZstd } from './compression.ts';
export { nodeCrypto } from './crypto.ts';
export { nodeDecompression } from './decompression.ts';
export { NO_PROGRESS, type ProgressReporter, type ProgressTask } from './progress.ts';

export { compressBzip2, compressZstd, compressZstdSync } from './compression.ts';
export { nodeCrypto, sha256Hex } from './crypto.ts';
export { nodeDecompression } from './decompression.ts';
export {
  copyFileAtomic,
  isMissing,
  linkFileAtomic,
  linkFilesAtomic,
  makeFolder,
  moveFilesAtomic,
  namesIfThere,
  readFileIfThere,
  removeLeftovers,
  type WriteOptions,
  writeFileAtomic,
  writeFilesAtomic,
  writeStreamAtomic,
} from './durable-files.ts';
export { type LockOptions, withLock } from './lock.ts';
export { joinInside } from './paths.ts';
export { NO_PROGRESS, type ProgressReporter, type ProgressTask } from './progress.ts';

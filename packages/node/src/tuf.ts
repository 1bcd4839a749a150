/** What a client of TUF repositories needs of Node, so that it starts without loading the rest. */
export { nodeCrypto, sha256Hex } from './crypto.ts';
export {
  isMissing,
  makeFolder,
  readFileIfThere,
  removeLeftovers,
  writeFileAtomic,
  writeStreamAtomic,
} from './durable-files.ts';
export { withLock } from './lock.ts';
export { NO_PROGRESS } from './progress.ts';

/** Whatever is thrown, as an error with a code. */
import { ContentTrustError, StoreError } from '@antivenom/core/tuf';

/** What the system refused is `io`; so is a mistake of ours, which says that it is one. */
export function knownError(error: unknown): ContentTrustError {
  if (error instanceof ContentTrustError) return error;
  if (isSystemError(error)) return new StoreError('io', systemSentence(error), { cause: error });
  const what = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  return new StoreError('io', `Antivenom stopped on something it did not expect: ${what}`, {
    hint: 'This is a mistake in Antivenom: please report it, with what ANTIVENOM_DEBUG=1 adds.',
    cause: error,
  });
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function systemSentence(error: SystemError): string {
  const reason = SYSTEM_REASONS.get(error.code) ?? error.code;
  const where = error.path ?? (error.port === undefined ? undefined : `${error.address}:${error.port}`);
  return where === undefined ? reason : `${where}: ${reason}`;
}

const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EADDRINUSE', 'another program listens there already'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EEXIST', 'it is there already'],
  ['EIO', 'the disk reports an error'],
  ['EISDIR', 'it is a folder'],
  ['EMFILE', 'too many files are open'],
  ['ENOENT', 'there is no such file'],
  ['ENOSPC', 'the disk is full'],
  ['ENOTDIR', 'it is not a folder'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
]);

/** Files of this machine, by their `file:` URL. */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { VerificationError } from '@antivenom/core/tuf';
import { isMissing } from '@antivenom/node/tuf';
import { FailedAttempt } from './failed-attempt.ts';
import { type OpenedFile, tooLong } from './opened-file.ts';
import type { RedactedUrl } from './redacted-url.ts';

const PIECE_BYTES = 1 << 16;

/**
 * Undefined where there is none.
 *
 * @throws VerificationError `unsafe-name` for an address with an escaped slash or a NUL, `length-mismatch` for a file
 * over `maxLength` bytes
 * @throws FailedAttempt for what is no regular file (a FIFO would never end) or cannot be read
 */
export async function openFile(url: RedactedUrl, maxLength: number): Promise<OpenedFile | undefined> {
  const path = filePath(url);
  try {
    // Opening a device may do something already, so look first; and again at what was opened.
    requireRegular((await stat(path)).isFile());
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await file.stat();
      requireRegular(found.isFile());
      if (found.size > maxLength) throw tooLong(url, maxLength);
      return { length: found.size, pieces: pieces(file, found.size) };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw isOfSystem(error) ? unreadable(error.code) : error;
  }
}

function filePath(url: RedactedUrl): string {
  try {
    const path = fileURLToPath(url.reveal());
    if (!path.includes('\0')) return path;
  } catch {
    // an escaped slash, or on Windows no drive letter: the error would repeat the whole address
  }
  throw new VerificationError('unsafe-name', `${url} is refused: it spells no path of this machine`, {
    hint: 'Check the address of the channel; no published name is of this kind.',
    details: { url: `${url}` },
  });
}

async function* pieces(file: FileHandle, length: number): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < length; ) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, length - at));
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) throw new FailedAttempt('the file became shorter while it was read', { retry: true });
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    throw isOfSystem(error) ? unreadable(error.code) : error;
  } finally {
    await file.close();
  }
}

function requireRegular(isFile: boolean): void {
  if (isFile) return;
  throw new FailedAttempt('it is no regular file', { hint: 'A channel holds files alone; look what stands there.' });
}

function isOfSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function unreadable(code: string): FailedAttempt {
  return new FailedAttempt(code === 'EACCES' ? 'you may not read it' : `it cannot be read (${code})`, {
    hint: 'Check the permissions of the file and its folders, and the disk.',
  });
}

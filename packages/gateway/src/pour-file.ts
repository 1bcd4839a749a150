/** Bytes of a file into an answer, by pieces of memory that are used again: fresh ones would cost more than to read and send them. */
import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

const PIECE_BYTES = 1 << 18;
/** Of pieces that wait for their next use. */
const MOST_SPARE = 32;
const spare: Buffer[] = [];

/**
 * @param into a connection, or an answer on one: it has handed on what it says that it has written
 * @param start of the first byte, `end` of the last
 * @throws for a file that is shorter, and where the answer's connection breaks off
 */
export async function pourFile(file: FileHandle, start: number, end: number, into: Writable): Promise<void> {
  const piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let at = start; at <= end; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, end + 1 - at), at);
    if (bytesRead === 0) throw new Error('a file of the cache became shorter while it was read');
    await written(into, piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  // Only here, where all of it is with the system: what broke off may still be on its way.
  if (spare.length < MOST_SPARE) spare.push(piece);
}

function written(into: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that is cut may forget whom it owes an answer.
    const cut = () => reject(new Error('the connection was cut'));
    into.once('close', cut);
    into.write(bytes, (error) => {
      into.off('close', cut);
      if (error) reject(error);
      else resolve();
    });
  });
}

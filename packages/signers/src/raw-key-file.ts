/**
 * Private keys as conda-content-trust keeps them, unencrypted: `NAME.pri` holds the seed of RFC 8032, 32 bytes, and `NAME.pub`
 * beside it the public key; its command line takes the seed as 64 hex characters in a file of any name.
 */
import { readFile } from 'node:fs/promises';
import { bytesToHex, hexToBytes, UsageError } from '@antivenom/core';
import { readFileIfThere } from '@antivenom/node';
import { FileSigner } from './file-signer.ts';

export interface RawKey {
  readonly path: string;
  /** 32 bytes */
  readonly seed: Uint8Array;
  /** 64 hex characters */
  readonly publicKey: string;
}

/** @throws UsageError `usage` for a file that is no such key, or a public key beside it that is another's. */
export async function readRawKey(path: string): Promise<RawKey> {
  const seed = seedIn(await readFile(path));
  if (seed === undefined) {
    throw new UsageError('usage', `${path} is no private key of conda-content-trust`, {
      hint: 'Its private keys are files of 32 bytes (NAME.pri), or of 64 hex characters.',
      details: { file: path },
    });
  }
  const publicKey = bytesToHex(new FileSigner(seed).publicKey.bytes);
  const beside = path.endsWith('.pri') ? await readFileIfThere(`${path.slice(0, -4)}.pub`) : undefined;
  if (beside !== undefined && bytesToHex(beside) !== publicKey) {
    throw new UsageError('usage', `${path} is not the private key of the public one beside it`, {
      hint: 'One of the two files was exchanged: find out which, and put the right one in its place.',
      details: { file: path },
    });
  }
  return { path, seed, publicKey };
}

function seedIn(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 32) return new Uint8Array(bytes);
  const text = new TextDecoder().decode(bytes).trim();
  return /^[0-9a-fA-F]{64}$/.test(text) ? hexToBytes(text) : undefined;
}

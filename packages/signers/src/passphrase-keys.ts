/** From passphrases to cipher keys, slowly once and then from memory. @see https://www.rfc-editor.org/rfc/rfc7914 */
import { scrypt } from 'node:crypto';
import { bytesToHex, UsageError } from '@antivenom/core';

/** Cost of one derivation: memory is 128 · n · r bytes, time grows with n · r · p. `n` is a power of 2. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

export interface ScryptParameters extends ScryptCost {
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

/** 128 MB and under a second: each guess of a thief costs that too. */
export const DEFAULT_SCRYPT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };

/** What a key file may ask of us: at most 2 GB of memory. */
export const SCRYPT_BOUNDS: ScryptCost = { n: 2 ** 20, r: 16, p: 16 };

const KEY_LENGTH = 32;

/** Derives each pair of passphrase and salt once: the keys of one folder share a salt. Lives as long as one operation. */
export class PassphraseKeys {
  readonly #known = new Map<string, Promise<Buffer>>();

  /** @returns 32 bytes */
  derive(passphrase: string, { salt, n, r, p }: ScryptParameters): Promise<Buffer> {
    const id = `${n},${r},${p},${bytesToHex(salt)},${passphrase}`;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const derived = new Promise<Buffer>((resolve, reject) => {
      if ((n & (n - 1)) !== 0) throw new UsageError('usage', `scrypt: n must be a power of 2, not ${n}`);
      // One spelling of a passphrase, however the keyboard composes its letters.
      scrypt(passphrase.normalize('NFKC'), salt, KEY_LENGTH, { N: n, r, p, maxmem: 256 * n * r }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
    this.#known.set(id, derived);
    return derived;
  }
}

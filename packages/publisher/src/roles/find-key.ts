/** A key by what a person types of it. */
import { keyId, type PublicKey, UsageError } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { hexOf } from './key-change.ts';

/** Fewer characters are more likely a slip than a choice. */
const SHORTEST = 8;

/**
 * @param typed hex of the public key or of its key id, or how it begins
 * @param keys those that it may be
 * @returns the public key in hex
 * @throws UsageError `usage` where it is none of them, or could be several
 */
export function findKey(typed: string, keys: readonly PublicKey[]): string {
  const wanted = typed.toLowerCase();
  if (!/^[0-9a-f]+$/.test(wanted) || wanted.length < SHORTEST) {
    throw new UsageError('usage', `${typed} is no key: it takes ${SHORTEST} hex digits at least`, { hint: HINT });
  }
  const found = new Set(
    keys.flatMap((key) => {
      const names = [hexOf(key), keyId(key, nodeCrypto)];
      return names.some((name) => name.startsWith(wanted)) ? hexOf(key) : [];
    }),
  );
  const [only] = found;
  if (only !== undefined && found.size === 1) return only;
  const message =
    found.size === 0 ? `no role of the channel has a key ${typed}` : `${typed} is the beginning of ${found.size} keys`;
  throw new UsageError('usage', message, { hint: HINT, details: { key: typed } });
}

const HINT = '`antivenom status --json` lists the keys of each role; a key file names its own as `public`.';

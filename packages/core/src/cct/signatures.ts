/** The two shapes of a signature, and which of them are good. */
import type { JsonValue } from '../json/value.ts';
import { hexToBytes } from '../keys/hex.ts';
import { openpgpDigest } from '../keys/openpgp.ts';
import { verifySignature } from '../keys/verify.ts';
import type { CryptoPort } from '../ports.ts';
import type { CctDelegation } from './delegation.ts';

/** `malformed` is an entry that cannot count, whoever's it is. */
export type CctSignature =
  | { readonly shape: 'raw'; readonly signature: Uint8Array }
  | { readonly shape: 'openpgp'; readonly signature: Uint8Array; readonly otherHeaders: Uint8Array }
  | { readonly shape: 'malformed' };

export type CctShape = 'raw' | 'openpgp';

/** Public key in lower-case hex → its signatures. A key has two where it is spelled in both cases. */
export type CctSignatures = ReadonlyMap<string, readonly CctSignature[]>;

/** Honest files spell a key in one way. Each further spelling would cost a hash of the whole file, and a verification. */
const MOST_SPELLINGS = 2;

/** What stands before the hashed subpackets, whose length has 16 bits. @see https://www.rfc-editor.org/rfc/rfc4880#section-5.2.3 */
const MOST_HEADER_BYTES = 6 + 65_535;

/** Reads a map of signatures without believing it; what is no map holds none. */
export function parseSignatures(value: JsonValue | undefined): CctSignatures {
  const signatures = new Map<string, CctSignature[]>();
  if (!(value instanceof Map)) return signatures;
  for (const [key, entry] of value) {
    const id = key.toLowerCase();
    const entries = signatures.get(id);
    if (entries === undefined) signatures.set(id, [parseSignature(entry)]);
    else if (entries.length < MOST_SPELLINGS) entries.push(parseSignature(entry));
  }
  return signatures;
}

function parseSignature(entry: JsonValue): CctSignature {
  const malformed = { shape: 'malformed' } as const;
  // One member of another kind, and mamba refuses the package: what it would not read must not count here either.
  if (!(entry instanceof Map) || [...entry.values()].some((value) => typeof value !== 'string')) return malformed;
  const signature = entry.get('signature');
  const otherHeaders = entry.get('other_headers');
  if (typeof signature !== 'string' || !/^[0-9a-fA-F]{128}$/.test(signature)) return malformed;
  const bytes = hexToBytes(signature);
  if (otherHeaders === undefined) return { shape: 'raw', signature: bytes };
  if (typeof otherHeaders !== 'string' || otherHeaders.length > 2 * MOST_HEADER_BYTES) return malformed;
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(otherHeaders)) return malformed;
  return { shape: 'openpgp', signature: bytes, otherHeaders: hexToBytes(otherHeaders) };
}

/** Keys in lower-case hex. */
export interface CountedSignatures {
  /** Delegated keys with a good signature, each once. */
  readonly good: readonly string[];
  /** Delegated keys with signatures, none of them good. */
  readonly bad: readonly string[];
  /** Keys that nobody delegated: what they signed is not even looked at. */
  readonly ignored: readonly string[];
}

/**
 * Counts the delegated keys that signed, by key material.
 *
 * @param canonical gives the bytes that were signed; asked for only where a delegated key has an entry
 * @param shapes those that count here
 */
export function countSignatures(
  delegation: CctDelegation,
  canonical: () => Uint8Array,
  signatures: CctSignatures,
  shapes: readonly CctShape[],
  crypto: CryptoPort,
): CountedSignatures {
  const good: string[] = [];
  const bad: string[] = [];
  const ignored = [...signatures.keys()].filter((key) => !delegation.keys.has(key));
  let message: Uint8Array | undefined;
  for (const [hex, key] of delegation.keys) {
    const entries = signatures.get(hex);
    if (entries === undefined) continue;
    message ??= canonical();
    const signed = message;
    const isGood = entries.some((entry) => {
      if (key === undefined || entry.shape === 'malformed' || !shapes.includes(entry.shape)) return false;
      const over = entry.shape === 'raw' ? signed : openpgpDigest(signed, entry.otherHeaders, crypto);
      return verifySignature(key, over, entry.signature, crypto);
    });
    (isGood ? good : bad).push(hex);
  }
  return { good, bad, ignored };
}

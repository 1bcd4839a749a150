import { ContentTrustError, MalformedError } from '../errors.ts';
import { expectArray, expectInteger, expectObject, expectString, member } from '../json/access.ts';
import type { JsonValue } from '../json/value.ts';
import { PublicKey } from '../keys/public-key.ts';

/** Who may sign a role. */
export interface CctDelegation {
  /** By public key in lower-case hex, so that a key listed twice is one. Undefined for a weak key, which never counts. */
  readonly keys: ReadonlyMap<string, PublicKey | undefined>;
  /** Distinct keys that must sign, at least 1. */
  readonly threshold: number;
}

/** @throws MalformedError for keys that are no 64 hex characters, or a threshold that is no whole number from 1 on. */
export function parseDelegation(value: JsonValue, where: string): CctDelegation {
  const delegation = expectObject(value, where);
  const keys = new Map<string, PublicKey | undefined>();
  for (const entry of expectArray(member(delegation, 'pubkeys', where), `${where}: \`pubkeys\``)) {
    const hex = expectString(entry, `${where}: \`pubkeys\``).toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(hex)) {
      throw new MalformedError(`${where}: \`pubkeys\` must hold Ed25519 keys of 64 hex characters`);
    }
    keys.set(hex, strongKey(hex));
  }
  const threshold = expectInteger(member(delegation, 'threshold', where), `${where}: \`threshold\``, { min: 1 });
  return { keys, threshold };
}

function strongKey(hex: string): PublicKey | undefined {
  try {
    return PublicKey.ed25519Hex(hex);
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

/** Who may sign a role, and whether enough of them did. */
import { MalformedError, VerificationError } from '../errors.ts';
import { expectArray, expectInteger, expectString, member } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { hexToBytes } from '../keys/hex.ts';
import { verifySignature } from '../keys/verify.ts';
import type { CryptoPort } from '../ports.ts';
import type { TufEnvelope } from './envelope.ts';
import type { TufKey } from './tuf-key.ts';

export interface Role {
  /** Opaque names of keys, each once. */
  readonly keyIds: readonly string[];
  /** Distinct keys that must sign, at least 1. */
  readonly threshold: number;
}

/** @throws MalformedError for a key id that is listed twice, or a threshold that is no whole number from 1 on. */
export function parseRole(role: JsonObject, where: string): Role {
  const keyIds = expectArray(member(role, 'keyids', where), `${where}: \`keyids\``).map((keyId) =>
    expectString(keyId, `${where}: \`keyids\``),
  );
  if (new Set(keyIds).size !== keyIds.length) throw new MalformedError(`${where}: \`keyids\` lists a key twice`);
  return { keyIds, threshold: expectInteger(member(role, 'threshold', where), `${where}: \`threshold\``, { min: 1 }) };
}

/**
 * Checks that a threshold of distinct keys of the role signed. Keys are told apart by their material, whatever their ids.
 *
 * @param delegator who says so, for messages: `2.root.json`
 * @throws VerificationError `bad-signature` where the threshold is missed and a key of the role signed something else;
 * `threshold-not-met` where too few signed.
 * @see https://theupdateframework.github.io/specification/v1.0.34/#root (steps 5.3.4, 5.4.2, 5.5.3, 5.6.3)
 */
export function verifyRole(
  where: string,
  role: Role,
  keys: ReadonlyMap<string, TufKey>,
  envelope: TufEnvelope,
  crypto: CryptoPort,
  delegator: string,
): void {
  const signed = new Set<string>();
  const bad: string[] = [];
  const unusable: string[] = [];
  for (const keyId of role.keyIds) {
    const signature = envelope.signatures.get(keyId);
    if (signature === undefined || signature === '') continue;
    const key = keys.get(keyId);
    if (key?.publicKey === undefined) {
      unusable.push(key === undefined ? `${keyId}: the key is not there` : `${keyId}: ${key.unusable}`);
    } else if (
      isHex(signature) &&
      verifySignature(key.publicKey, envelope.signedBytes, hexToBytes(signature), crypto)
    ) {
      signed.add(key.publicKey.material);
    } else {
      bad.push(keyId);
    }
  }
  if (signed.size >= role.threshold) return;
  const counted = `signed by ${signed.size} of the ${role.threshold} distinct keys that ${delegator} asks for`;
  const details = { file: where, signed: signed.size, threshold: role.threshold, bad, unusable };
  if (bad.length > 0) {
    throw new VerificationError(
      'bad-signature',
      `${where} is ${counted}: the signature by key ${bad[0]?.slice(0, 8)}… is not over these bytes`,
      {
        hint: 'The file was changed after it was signed: try another mirror, and tell the owner of the channel.',
        details,
      },
    );
  }
  throw new VerificationError('threshold-not-met', `${where} is ${counted}`, {
    hint: 'The file is not from those who may sign it, or not all of them signed yet: tell the owner of the channel.',
    details,
  });
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

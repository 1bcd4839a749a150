/** Signing: from the signed part to the bytes of a metadata file. */
import { UsageError } from '../errors.ts';
import { object } from '../json/build.ts';
import { olpcCanonical } from '../json/olpc-canonical.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { bytesToHex } from '../keys/hex.ts';
import type { Signer } from '../keys/signer.ts';
import type { CryptoPort } from '../ports.ts';
import { keyId } from './tuf-key.ts';

/**
 * Signs and returns the file, compact JSON. One that only some of its signers could sign yet is no valid metadata: clients
 * refuse it.
 *
 * @throws UsageError `usage` where a key would sign twice
 */
export async function signTuf(signed: JsonObject, signers: readonly Signer[], crypto: CryptoPort): Promise<Uint8Array> {
  const message = olpcCanonical(signed);
  const signatures = new Map<string, JsonValue>();
  for (const signer of signers) {
    const keyid = keyId(signer.publicKey, crypto);
    if (signatures.has(keyid)) throw new UsageError('usage', `key ${keyid.slice(0, 8)}… would sign twice`);
    signatures.set(
      keyid,
      object([
        ['keyid', keyid],
        ['sig', bytesToHex(await signer.sign(message))],
      ]),
    );
  }
  return writeJson(
    object([
      ['signatures', [...signatures.values()]],
      ['signed', signed],
    ]),
  );
}

/** The signed parts of our own CCT metadata, and the signing of it. */
import type { RecordSignature } from '../conda/signatures.ts';
import { UsageError } from '../errors.ts';
import { object } from '../json/build.ts';
import { cctCanonical } from '../json/cct-canonical.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import { openpgpDigest, openpgpHeaders } from '../keys/openpgp.ts';
import type { PublicKey } from '../keys/public-key.ts';
import type { Signer } from '../keys/signer.ts';
import type { CryptoPort } from '../ports.ts';
import { formatTimestamp } from '../time.ts';
import type { CctType } from './metadata.ts';
import type { CctShape } from './signatures.ts';

export const CCT_SPEC_VERSION = '0.6.0';

export interface CctRoleKeys {
  /** Ed25519 alone. */
  readonly keys: readonly PublicKey[];
  /** 1 to as many as there are distinct keys. */
  readonly threshold: number;
}

export interface CctFields {
  /** At least 1. */
  readonly version: number;
  /** ms since the epoch */
  readonly issued: number;
  /** ms since the epoch */
  readonly expires: number;
}

export interface CctRootFields extends CctFields {
  readonly root: CctRoleKeys;
  readonly keyMgr: CctRoleKeys;
}

export interface CctKeyMgrFields extends CctFields {
  readonly pkgMgr: CctRoleKeys;
}

/** @throws UsageError `usage` for keys of another type, or a threshold that they cannot meet. */
export function buildCctRoot(fields: CctRootFields): JsonObject {
  return build('root', fields, { root: fields.root, key_mgr: fields.keyMgr });
}

/** @throws UsageError `usage` for keys of another type, or a threshold that they cannot meet. */
export function buildCctKeyMgr(fields: CctKeyMgrFields): JsonObject {
  return build('key_mgr', fields, { pkg_mgr: fields.pkgMgr });
}

/** The file that mamba reads beside key_mgr: it delegates nothing. */
export function buildCctPkgMgr(fields: CctFields): JsonObject {
  return build('pkg_mgr', fields, {});
}

/**
 * Signs metadata and returns the file, in canonical form. conda counts the shape `openpgp` alone on roots, `raw` alone on
 * key_mgr; in mamba's chain everything has the shape `openpgp`, so that nothing of it counts for conda.
 *
 * @param createdAt ms since the epoch, stated in OpenPGP signatures
 * @throws UsageError `usage` where a key would sign twice, or is not Ed25519
 */
export async function signCct(
  signed: JsonObject,
  signers: readonly Signer[],
  shape: CctShape,
  crypto: CryptoPort,
  createdAt: number,
): Promise<Uint8Array> {
  const canonical = cctCanonical(signed);
  const signatures = new Map<string, JsonValue>();
  for (const signer of signers) {
    const key = keyHex(signer.publicKey);
    if (signatures.has(key)) throw new UsageError('usage', `key ${key.slice(0, 8)}… would sign twice`);
    signatures.set(key, await signatureEntry(canonical, signer, shape, crypto, createdAt));
  }
  return cctCanonical(object({ signatures, signed }));
}

async function signatureEntry(
  canonical: Uint8Array,
  signer: Signer,
  shape: CctShape,
  crypto: CryptoPort,
  createdAt: number,
): Promise<JsonObject> {
  if (shape === 'raw') return object({ signature: bytesToHex(await signer.sign(canonical)) });
  const { otherHeaders, signature } = await signInOpenpgpShape(canonical, signer, crypto, createdAt);
  return object({ other_headers: otherHeaders, signature });
}

/**
 * Signs canonical bytes as GnuPG would with that key; both in hex.
 *
 * @param createdAt ms since the epoch
 * @throws UsageError `usage` for a key that is not Ed25519
 */
export async function signInOpenpgpShape(
  canonical: Uint8Array,
  signer: Signer,
  crypto: CryptoPort,
  createdAt: number,
): Promise<Required<RecordSignature>> {
  keyHex(signer.publicKey);
  const headers = openpgpHeaders({ createdAt });
  const signature = await signer.sign(openpgpDigest(canonical, headers, crypto));
  return { signature: bytesToHex(signature), otherHeaders: bytesToHex(headers) };
}

/**
 * The signature of one record, in hex, as it stands in `signatures` of repodata.
 *
 * @throws UsageError `usage` for a key that is not Ed25519
 */
export async function signRecord(record: JsonObject, signer: Signer): Promise<string> {
  keyHex(signer.publicKey);
  return bytesToHex(await signer.sign(cctCanonical(record)));
}

function build(type: CctType, fields: CctFields, delegations: Readonly<Record<string, CctRoleKeys>>): JsonObject {
  if (!Number.isSafeInteger(fields.version) || fields.version < 1) {
    throw new UsageError('usage', `the version of ${type} must be a whole number from 1 on, not ${fields.version}`);
  }
  return object({
    delegations: object(Object.entries(delegations).map(([role, keys]) => [role, delegationObject(role, keys)])),
    expiration: formatTimestamp(fields.expires),
    metadata_spec_version: CCT_SPEC_VERSION,
    timestamp: formatTimestamp(fields.issued),
    type,
    version: fields.version,
  });
}

function delegationObject(role: string, { keys, threshold }: CctRoleKeys): JsonObject {
  const pubkeys = [...new Set(keys.map(keyHex))];
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > pubkeys.length) {
    throw new UsageError('usage', `a threshold of ${threshold} cannot be met by ${pubkeys.length} keys of ${role}`);
  }
  return object({ pubkeys, threshold });
}

function keyHex(key: PublicKey): string {
  if (key.type !== 'ed25519') throw new UsageError('usage', `CCT takes Ed25519 keys alone, not ${key.type}`);
  return bytesToHex(key.bytes);
}

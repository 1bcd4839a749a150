/**
 * A private key in a file, encrypted under a passphrase: scrypt makes the key, ChaCha20-Poly1305 keeps and proves the
 * content and the header around it. The format stands in docs/key-files.md.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import {
  bytesToHex,
  ContentTrustError,
  cctCanonical,
  expectInteger,
  expectObject,
  expectString,
  hexToBytes,
  type JsonObject,
  member,
  object,
  readJson,
  StoreError,
  UsageError,
  writeJson,
} from '@antivenom/core';
import { type PassphraseKeys, SCRYPT_BOUNDS, type ScryptParameters } from './passphrase-keys.ts';

const FORMAT = 'antivenom-key';
const CIPHER = 'chacha20-poly1305';
const TAG_LENGTH = 16;
export const NONCE_LENGTH = 12;
export const SALT_LENGTH = 16;
const LIMITS = { maxBytes: 65_536, maxDepth: 8 };

/** What a key file says in the open: everything but the private half. */
export interface KeyFileHeader {
  /** The role whose metadata the key signs, `root`. */
  readonly role: string;
  /** Which of the role's keys it is, from 1. */
  readonly number: number;
  /** 64 hex characters. */
  readonly publicKey: string;
  readonly scrypt: ScryptParameters;
  /** 12 bytes, never used twice with one passphrase and salt. */
  readonly nonce: Uint8Array;
}

/** Encrypts a private key (the seed of RFC 8032, 32 bytes) into the bytes of a key file. */
export async function sealKeyFile(
  header: KeyFileHeader,
  seed: Uint8Array,
  passphrase: string,
  keys: PassphraseKeys,
): Promise<Uint8Array> {
  const open = headerMembers(header);
  const cipher = createCipheriv(CIPHER, await keys.derive(passphrase, header.scrypt), header.nonce, {
    authTagLength: TAG_LENGTH,
  });
  cipher.setAAD(cctCanonical(open), { plaintextLength: seed.length });
  const sealed = Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
  return writeJson(object([...open, ['ciphertext', bytesToHex(sealed)]]), { indent: 2 });
}

/**
 * Decrypts a key file.
 *
 * @param path for messages
 * @throws UsageError `wrong-passphrase` where the passphrase, or the file, is another.
 * @throws StoreError `store-corrupt` for bytes that are no key file of ours.
 */
export async function openKeyFile(
  bytes: Uint8Array,
  path: string,
  passphrase: string,
  keys: PassphraseKeys,
): Promise<{ header: KeyFileHeader; seed: Uint8Array }> {
  const { header, ciphertext } = parseKeyFile(bytes, path);
  const decipher = createDecipheriv(CIPHER, await keys.derive(passphrase, header.scrypt), header.nonce, {
    authTagLength: TAG_LENGTH,
  });
  const body = ciphertext.subarray(0, -TAG_LENGTH);
  decipher.setAAD(cctCanonical(headerMembers(header)), { plaintextLength: body.length });
  decipher.setAuthTag(ciphertext.subarray(-TAG_LENGTH));
  try {
    return { header, seed: Buffer.concat([decipher.update(body), decipher.final()]) };
  } catch (cause) {
    throw new UsageError('wrong-passphrase', `the passphrase does not open ${path}`, {
      hint: 'Offline and online keys may have passphrases of their own. If it is the right one, the file was changed: restore it from its copy.',
      details: { file: path },
      cause,
    });
  }
}

/** @throws StoreError `store-corrupt` */
export function readKeyFileHeader(bytes: Uint8Array, path: string): KeyFileHeader {
  return parseKeyFile(bytes, path).header;
}

function parseKeyFile(bytes: Uint8Array, path: string): { header: KeyFileHeader; ciphertext: Uint8Array } {
  try {
    const file = expectObject(readJson(bytes, LIMITS), 'the key file');
    const kdf = expectObject(member(file, 'kdf', 'the key file'), '`kdf`');
    for (const [holder, name, only] of [
      [file, 'format', FORMAT],
      [file, 'cipher', CIPHER],
      [file, 'keytype', 'ed25519'],
      [kdf, 'name', 'scrypt'],
    ] as const) {
      if (text(holder, name) !== only) throw new StoreError('store-corrupt', `\`${name}\` must be ${only}`);
    }
    expectInteger(member(file, 'version', 'the key file'), '`version`', { min: 1, max: 1 });
    const header: KeyFileHeader = {
      role: text(file, 'role'),
      number: expectInteger(member(file, 'number', 'the key file'), '`number`', { min: 1 }),
      publicKey: text(file, 'public'),
      scrypt: {
        salt: hex(kdf, 'salt', SALT_LENGTH),
        n: expectInteger(member(kdf, 'n', '`kdf`'), '`n`', { min: 2, max: SCRYPT_BOUNDS.n }),
        r: expectInteger(member(kdf, 'r', '`kdf`'), '`r`', { min: 1, max: SCRYPT_BOUNDS.r }),
        p: expectInteger(member(kdf, 'p', '`kdf`'), '`p`', { min: 1, max: SCRYPT_BOUNDS.p }),
      },
      nonce: hex(file, 'nonce', NONCE_LENGTH),
    };
    return { header, ciphertext: hex(file, 'ciphertext', 32 + TAG_LENGTH) };
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is no key file of Antivenom: ${cause.message}`, {
      hint: 'Restore it from its copy, or take it out of the key folder.',
      details: { file: path },
      cause,
    });
  }
}

function headerMembers({ role, number, publicKey, scrypt, nonce }: KeyFileHeader): JsonObject {
  const { salt, n, r, p } = scrypt;
  return object({
    format: FORMAT,
    version: 1,
    role,
    number,
    keytype: 'ed25519',
    public: publicKey,
    kdf: object({ name: 'scrypt', n, r, p, salt: bytesToHex(salt) }),
    cipher: CIPHER,
    nonce: bytesToHex(nonce),
  });
}

function text(holder: JsonObject, name: string): string {
  return expectString(member(holder, name, 'the key file'), `\`${name}\``);
}

function hex(holder: JsonObject, name: string, length: number): Uint8Array {
  const bytes = hexToBytes(text(holder, name));
  if (bytes.length === length) return bytes;
  throw new StoreError('store-corrupt', `\`${name}\` must be ${length} bytes`);
}

/** A folder of key files, `<role>-<n>.json`: made by the ceremony, opened to sign. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, StoreError } from '@antivenom/core';
import { isMissing, makeFolder, writeFileAtomic } from '@antivenom/node';
import { FileSigner } from './file-signer.ts';
import { NONCE_LENGTH, openKeyFile, SALT_LENGTH, sealKeyFile } from './key-file.ts';
import { isKeyFileName, readKeyFiles, retiredFolder } from './key-files.ts';
import { PassphraseKeys, type ScryptCost, type ScryptParameters } from './passphrase-keys.ts';

/** The signers of each role, in the order of their numbers. */
export type RoleSigners = ReadonlyMap<string, readonly FileSigner[]>;

export interface KeyMaking {
  readonly passphrase: string;
  readonly cost: ScryptCost;
  /** Cryptographically secure. */
  randomBytes(length: number): Uint8Array;
}

/**
 * Makes keys and writes them, encrypted, into a folder that only its owner can open.
 *
 * @param roles how many keys each role gets
 */
export function makeKeys(
  folder: string,
  roles: Iterable<readonly [role: string, keys: number]>,
  making: KeyMaking,
): Promise<RoleSigners> {
  const seeds = [...roles].map(([role, count]) => {
    return [role, Array.from({ length: count }, () => making.randomBytes(32))] as const;
  });
  return storeKeys(folder, seeds, making);
}

/**
 * Writes keys that there are, as {@link makeKeys} writes those that it makes.
 *
 * @param roles the private keys of each role, each the seed of RFC 8032, 32 bytes
 */
export async function storeKeys(
  folder: string,
  roles: Iterable<readonly [role: string, seeds: readonly Uint8Array[]]>,
  making: KeyMaking,
): Promise<RoleSigners> {
  await makeFolder(folder, { mode: 0o700 });
  const keys = new PassphraseKeys();
  const scrypt = { ...making.cost, salt: making.randomBytes(SALT_LENGTH) };
  const made = new Map<string, readonly FileSigner[]>();
  for (const [role, seeds] of roles) {
    made.set(role, await writeKeyFiles(folder, { role, seeds, first: 1 }, { ...making, scrypt, keys }));
  }
  return made;
}

/**
 * Adds keys of one role to a folder that others are in, with whose salt they open.
 *
 * @param seeds as in {@link storeKeys}
 * @param making `cost` is that of a folder which is empty
 */
export async function addKeys(
  folder: string,
  role: string,
  seeds: readonly Uint8Array[],
  making: KeyMaking,
): Promise<void> {
  const there = await readKeyFiles(folder);
  const retired = await readKeyFiles(retiredFolder(folder));
  const numbers = [...there, ...retired]
    .filter(({ header }) => header.role === role)
    .map(({ header }) => header.number);
  const scrypt = there[0]?.header.scrypt ?? { ...making.cost, salt: making.randomBytes(SALT_LENGTH) };
  const keys = new PassphraseKeys();
  await writeKeyFiles(folder, { role, seeds, first: Math.max(0, ...numbers) + 1 }, { ...making, scrypt, keys });
}

/** The keys of one role that are to be written, the first of them under this number. */
interface NumberedKeys {
  readonly role: string;
  readonly seeds: readonly Uint8Array[];
  readonly first: number;
}

interface Sealing extends Pick<KeyMaking, 'passphrase' | 'randomBytes'> {
  readonly scrypt: ScryptParameters;
  readonly keys: PassphraseKeys;
}

async function writeKeyFiles(
  folder: string,
  { role, seeds, first }: NumberedKeys,
  { passphrase, scrypt, keys, randomBytes }: Sealing,
): Promise<FileSigner[]> {
  const signers: FileSigner[] = [];
  for (const [at, seed] of seeds.entries()) {
    const number = first + at;
    const signer = new FileSigner(seed);
    const publicKey = bytesToHex(signer.publicKey.bytes);
    const header = { role, number, publicKey, scrypt, nonce: randomBytes(NONCE_LENGTH) };
    const bytes = await sealKeyFile(header, seed, passphrase, keys);
    await writeFileAtomic(join(folder, `${role}-${number}.json`), bytes, { mode: 0o600 });
    signers.push(signer);
  }
  return signers;
}

/**
 * Opens every key of a folder with one passphrase.
 *
 * @throws StoreError `key-missing` where the folder is not there; `store-corrupt` for a damaged file.
 * @throws UsageError `wrong-passphrase`
 */
export async function loadKeys(folder: string, passphrase: string): Promise<RoleSigners> {
  const keys = new PassphraseKeys();
  const loaded = new Map<string, Map<number, FileSigner>>();
  for (const name of await keyFileNames(folder)) {
    const path = join(folder, name);
    const { header, seed } = await openKeyFile(await readFile(path), path, passphrase, keys);
    const signer = new FileSigner(seed);
    if (bytesToHex(signer.publicKey.bytes) !== header.publicKey) {
      throw new StoreError('store-corrupt', `${path}: the private key is not that of the public key`, {
        hint: 'Restore the file from its copy.',
        details: { file: path },
      });
    }
    const role = loaded.get(header.role) ?? new Map<number, FileSigner>();
    loaded.set(header.role, role.set(header.number, signer));
  }
  return new Map(
    [...loaded].map(([role, numbered]) => [role, [...numbered].sort(([a], [b]) => a - b).map(([, signer]) => signer)]),
  );
}

async function keyFileNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(isKeyFileName).sort();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new StoreError('key-missing', `the key folder ${folder} is not there`, {
      hint: 'Bring it back where it was moved away, or name with --keys the folder that holds offline/ and online/.',
      details: { folder },
      cause,
    });
  }
}

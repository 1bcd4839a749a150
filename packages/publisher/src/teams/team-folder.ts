/**
 * What a team keeps for itself, apart from the channel: its keys, the public halves that it hands to the owner of the channel,
 * and what it signed last.
 */
import { join } from 'node:path';
import {
  bytesToHex,
  ContentTrustError,
  PublicKey,
  StoreError,
  type Targets,
  UsageError,
  type Verified,
  verifyTeamFile,
} from '@antivenom/core';
import { makeFolder, nodeCrypto, readFileIfThere, removeLeftovers, writeFileAtomic } from '@antivenom/node';
import {
  addKeys,
  DEFAULT_SCRYPT_COST,
  readKeyFiles,
  retiredFolder,
  retireKeyFile,
  type ScryptCost,
} from '@antivenom/signers';
import { OWN_LIMITS } from '../channel/own-metadata.ts';
import type { PassphraseProvider, PublisherEnv } from '../operations.ts';
import { requireTeamName } from './team-name.ts';

export interface TeamFolder {
  readonly team: string;
  readonly folder: string;
}

/** `DIR/keys`, encrypted key files; those that sign no more in `retired` below. */
export function keysIn({ folder }: TeamFolder): string {
  return join(folder, 'keys');
}

/** `DIR/<team>.pub`: hex of the public keys, one a line. */
export function publicKeysPath({ folder, team }: TeamFolder): string {
  return join(folder, `${team}.pub`);
}

/** `DIR/<team>.json`: the metadata that the team signed last. */
export function signedPath({ folder, team }: TeamFolder): string {
  return join(folder, `${team}.json`);
}

export interface MakeTeamKeysOptions {
  /** The folder of the team. */
  readonly folder: string;
  readonly passphrase: PassphraseProvider;
  readonly count: number;
  /** Puts the new keys in the place of those that there are. */
  readonly replace?: boolean;
  readonly scryptCost?: ScryptCost;
}

export interface TeamKeysResult {
  /** Hex, 64 characters each. */
  readonly publicKeys: readonly string[];
  /** The file to hand over. */
  readonly file: string;
  /** Key files that were moved away, where they are now. */
  readonly retired: readonly string[];
}

/**
 * Makes the keys of a team; the owner of the channel gets their public halves alone.
 *
 * @throws UsageError `usage` where there are keys and they are not to be replaced
 */
export async function makeTeamKeys(
  team: string,
  { folder, passphrase, count, replace = false, scryptCost = DEFAULT_SCRYPT_COST }: MakeTeamKeysOptions,
  env: PublisherEnv,
): Promise<TeamKeysResult> {
  requireTeamName(team);
  const place = { team, folder };
  const before = await readKeyFiles(keysIn(place));
  if (before.length > 0 && !replace) {
    throw new UsageError('usage', `${team} has keys already, in ${keysIn(place)}`, {
      hint: `Hand over ${publicKeysPath(place)}; or put new keys in their place with --replace.`,
      details: { folder },
    });
  }
  const seeds = Array.from({ length: count }, () => env.randomBytes(32));
  const randomBytes = (length: number) => env.randomBytes(length);
  await makeFolder(keysIn(place), { mode: 0o700 });
  await removeLeftovers(keysIn(place));
  await addKeys(keysIn(place), team, seeds, { passphrase: await passphrase(), cost: scryptCost, randomBytes });
  const retired: string[] = [];
  for (const file of before) retired.push(await retireKeyFile(file));
  const publicKeys = (await readKeyFiles(keysIn(place))).map(({ header }) => header.publicKey);
  const file = publicKeysPath(place);
  await writeFileAtomic(file, new TextEncoder().encode(publicKeys.map((key) => `${key}\n`).join('')));
  return { publicKeys, file, retired };
}

/**
 * Public keys that a team handed over: hex, one a line.
 *
 * @throws UsageError `usage`
 */
export function parsePublicKeys(text: string, where: string): PublicKey[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  try {
    if (lines.length > 0) return lines.map((line) => PublicKey.ed25519Hex(line.trim().toLowerCase()));
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
  }
  throw new UsageError('usage', `${where} holds no public key`, {
    hint: 'A public key is 64 hex digits, one a line of the file that `antivenom team keys` wrote.',
  });
}

/**
 * What the team signed last, with any of the keys that it has or had.
 *
 * @returns undefined where it signed nothing yet
 * @throws StoreError `store-corrupt`
 */
export async function readLastSigned(
  place: TeamFolder,
  keys: readonly PublicKey[],
): Promise<Verified<Targets> | undefined> {
  const path = signedPath(place);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return undefined;
  const retired = await readKeyFiles(retiredFolder(keysIn(place)));
  const known = new Map(
    [...keys, ...retired.map(({ header }) => PublicKey.ed25519Hex(header.publicKey))].map((key) => [
      bytesToHex(key.bytes),
      key,
    ]),
  );
  try {
    const env = { crypto: nodeCrypto, now: 0, limits: OWN_LIMITS };
    return verifyTeamFile(bytes, place.team, { keys: [...known.values()], threshold: 1 }, env);
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is not what ${place.team} signed: ${cause.message}`, {
      hint: `Put the newest N.${place.team}.json of the channel's folder tuf in its place.`,
      details: { file: path },
      cause,
    });
  }
}

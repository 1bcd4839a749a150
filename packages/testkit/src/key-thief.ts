/** Someone who has copied key files and their passphrase, and signs with them what the owner never would. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  bytesToHex,
  type JsonObject,
  keyId,
  type PublicKey,
  readJson,
  type Signer,
  signCct,
  signTuf,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { loadKeys, type RoleSigners } from '@antivenom/signers';

/** The `signed` part of role metadata, as JSON.parse reads it. */
// biome-ignore lint/suspicious/noExplicitAny: an attacker writes into it whatever comes to mind
export type Signed = any;
/** Changes the part before it is signed, or returns other text for it. */
export type Forgery = (signed: Signed) => unknown;
export type OnlineRole = 'index' | 'yank' | 'snapshot' | 'timestamp';

export class KeyThief {
  readonly #online: RoleSigners;
  readonly #offline: RoleSigners;

  static async of(owner: { readonly keys: string; readonly passphrase: string }): Promise<KeyThief> {
    return new KeyThief(
      await loadKeys(join(owner.keys, 'online'), owner.passphrase),
      await loadKeys(join(owner.keys, 'offline'), owner.passphrase),
    );
  }

  private constructor(online: RoleSigners, offline: RoleSigners) {
    this.#online = online;
    this.#offline = offline;
  }

  /** @throws Error for a role that has no keys */
  keysOf(role: string): readonly Signer[] {
    const keys = this.#online.get(role) ?? this.#offline.get(role);
    if (keys === undefined) throw new Error(`no key of ${role} was stolen`);
    return keys;
  }

  /**
   * Publishes a channel folder anew with the stolen online keys: whatever index files stand under their ordinary names
   * become what index, snapshot and timestamp list, each role one version up. `targets` and `yank` are signed anew only where
   * they are forged.
   */
  async republish(
    folder: string,
    forgeries: { readonly [Role in OnlineRole | 'targets']?: Forgery } = {},
  ): Promise<void> {
    const roles = readRoles(folder);
    const { timestamp, snapshot, index } = roles;
    for (const role of ['targets', 'yank'] as const) {
      if (forgeries[role] === undefined) continue;
      roles[role].version++;
      list(snapshot.meta, `${role}.json`, await this.#sign(folder, role, roles[role], forgeries[role]));
    }
    for (const [path, target] of Object.entries<Signed>(index.targets)) {
      const bytes = await readFile(join(folder, path)).catch(() => undefined);
      if (bytes !== undefined) Object.assign(target, await stage(folder, path, bytes));
    }
    index.version++;
    list(snapshot.meta, 'index.json', await this.#sign(folder, 'index', index, forgeries.index));
    snapshot.version++;
    list(timestamp.meta, 'snapshot.json', await this.#sign(folder, 'snapshot', snapshot, forgeries.snapshot));
    timestamp.version++;
    await this.#sign(folder, 'timestamp', timestamp, forgeries.timestamp);
  }

  /** The bytes of a role's file whose `signed` part is this, or this JSON text. */
  signWith(signed: Signed, keys: readonly Signer[]): Promise<Uint8Array> {
    return signText(typeof signed === 'string' ? signed : JSON.stringify(signed), keys);
  }

  /** Signs conda-content-trust's `key_mgr` anew, where clients of it alone read it; TUF's targets go on listing the old one. */
  async resignKeyMgr(folder: string, forge: Forgery): Promise<void> {
    const file = join(folder, 'cct/key_mgr.json');
    const { signed } = JSON.parse(readFileSync(file, 'utf8'));
    const forged = forge(signed);
    const text = typeof forged === 'string' ? forged : JSON.stringify(signed);
    writeFileSync(file, await signCct(parse(text), this.keysOf('key_mgr'), 'raw', nodeCrypto, 0));
  }

  async #sign(folder: string, role: string, signed: Signed, forge: Forgery = () => {}): Promise<Listed> {
    const { version } = signed;
    const forged = forge(signed);
    const text = typeof forged === 'string' ? forged : JSON.stringify(signed);
    const bytes = await signText(text, this.keysOf(role));
    // A forgery of the version stands under the name of the version that the owner would have used.
    const name = role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`;
    await writeFile(join(folder, 'tuf', name), bytes);
    const stated = JSON.parse(text).version;
    return { version: Number.isSafeInteger(stated) ? stated : version, bytes };
  }
}

interface Listed {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** The bytes of a role's file whose `signed` part is this JSON text. */
export function signText(text: string, keys: readonly Signer[]): Promise<Uint8Array> {
  return signTuf(parse(text), keys, nodeCrypto);
}

function parse(text: string): JsonObject {
  return readJson(Buffer.from(text), { maxBytes: 1 << 24, maxDepth: 100 }) as JsonObject;
}

export interface RootForgery {
  readonly keys: readonly Signer[];
  readonly signers: readonly Signer[];
  /** 2 by default, as the owner's ceremony has it. */
  readonly threshold?: number;
  /** 2 by default: the one after the first. */
  readonly version?: number;
}

/** The bytes of a root like a channel's first one, but with other keys for the role root. */
export function forgedRoot(folder: string, forgery: RootForgery): Promise<Uint8Array> {
  const { keys, signers, threshold = 2, version = 2 } = forgery;
  const root = JSON.parse(readFileSync(join(folder, 'tuf/1.root.json'), 'utf8')).signed;
  const listed = keys.map(({ publicKey }) => [keyId(publicKey, nodeCrypto), tufKeyOf(publicKey)] as const);
  root.version = version;
  Object.assign(root.keys, Object.fromEntries(listed));
  root.roles.root = { keyids: listed.map(([id]) => id), threshold };
  return signText(JSON.stringify(root), signers);
}

/** An Ed25519 key as TUF metadata states it. */
export function tufKeyOf({ bytes }: PublicKey): Signed {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: bytesToHex(bytes) } };
}

/** The `signed` parts of the newest roles in a channel folder, ready to be forged. */
export function readRoles(folder: string): Record<OnlineRole | 'targets', Signed> {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, 'tuf', name), 'utf8')).signed;
  const timestamp = read('timestamp.json');
  const snapshot = read(`${timestamp.meta['snapshot.json'].version}.snapshot.json`);
  const of = (role: string) => {
    const meta = snapshot.meta[`${role}.json`];
    return meta && read(`${meta.version}.${role}.json`);
  };
  return { timestamp, snapshot, index: of('index'), yank: of('yank'), targets: of('targets') };
}

/** Puts bytes under a target's hash-prefixed name. */
export async function stage(folder: string, path: string, bytes: Uint8Array): Promise<Signed> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = join(folder, 'tuf/targets', hashPrefixed(path, sha256));
  await mkdir(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return { length: bytes.length, hashes: { sha256 } };
}

/** `linux-64/repodata.json` → `linux-64/<sha256>.repodata.json` */
export function hashPrefixed(path: string, sha256: string): string {
  return path.replace(/[^/]+$/, (name) => `${sha256}.${name}`);
}

function list(meta: Signed, name: string, { version, bytes }: Listed): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  meta[name] = { version, length: bytes.length, hashes: { sha256 } };
}

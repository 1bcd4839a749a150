/**
 * The owner of a small channel, who runs the library's operations on a folder, and all that was ever published in it. After
 * each operation it is asserted that the channel is what the operation promises, and that a newcomer can follow to it.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signer } from '@antivenom/core';
import { NO_PROGRESS } from '@antivenom/node';
import {
  type AllKeysOptions,
  initChannel,
  type PublisherEnv,
  refreshChannel,
  renewChannel,
  revokeKey,
  rotateRole,
  signChannel,
  unyankFile,
  yankFile,
} from '@antivenom/publisher';
import { loadKeys } from '@antivenom/signers';
import { SeededRandom } from '@antivenom/testkit';
import { assertKeys, keyAt, keysAfter } from './key-changes.ts';
import {
  expires,
  isSignedBy,
  keysOf,
  LOWER_ROLES,
  type LowerRole,
  type Metadata,
  ONLINE,
  parse,
  ROLES,
  type RoleName,
  sameBytes,
  sameKeys,
  sha256,
  version,
} from './metadata.ts';
import { assertWhole, LISTED, type Publication } from './publication.ts';
import type { OwnerStep } from './steps.ts';

/** Whole seconds. */
export const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const PASSPHRASE = 'model';
/** What clients ask for. */
export const TARGET = 'noarch/repodata.json';

/** Some roles that one stolen key suffices for, and some that it does not. */
const ROLE_KEYS = {
  root: { keys: 3, threshold: 2 },
  targets: { keys: 2, threshold: 2 },
  index: { keys: 1, threshold: 1 },
  snapshot: { keys: 2, threshold: 2 },
  timestamp: { keys: 2, threshold: 1 },
  yank: { keys: 1, threshold: 1 },
};
/** Short, so that time passes for all of them. */
const LIFETIME_DAYS = { root: 25, targets: 30, index: 7, yank: 7, snapshot: 5, timestamp: 3 };

export class Owner {
  readonly folder: string;
  readonly options: AllKeysOptions & { readonly zstdLevel: number };
  /** Oldest first. */
  readonly publications: Publication[] = [];
  /** Every root, by its version. */
  readonly roots = new Map<number, Metadata>();
  /** By path below the channel, of all times; of files that change in their place, their newest bytes. */
  readonly files = new Map<string, Uint8Array>();
  /** What is taken back, by name: SHA-256, hex. */
  readonly yanked = new Map<string, string>();
  /** Of all that was ever taken back and then was not. */
  readonly givenBack = new Set<string>();
  readonly #published = new Set<string>();
  readonly #random: SeededRandom;
  #indexes = 0;

  /** @param place holds the channel and its keys, which follow from the seed */
  private constructor(place: string, seed: string) {
    this.#random = new SeededRandom(seed);
    this.folder = join(place, 'channel');
    const passphrase = async () => PASSPHRASE;
    this.options = {
      keys: join(place, 'keys'),
      onlinePassphrase: passphrase,
      offlinePassphrase: passphrase,
      zstdLevel: 1,
    };
  }

  /** Makes the channel that every sequence begins with, once. */
  static async begin(place: string): Promise<void> {
    const owner = new Owner(place, 'the first keys');
    const { folder, options } = owner;
    mkdirSync(join(folder, 'noarch'), { recursive: true });
    owner.index();
    const ceremony = { roleKeys: ROLE_KEYS, lifetimeDays: LIFETIME_DAYS, scryptCost: { n: 16, r: 1, p: 1 }, for: [] };
    await initChannel(folder, { ...options, ...ceremony }, owner.env(START));
    await signChannel(folder, options, owner.env(START));
  }

  /** Goes on with a copy of that channel. */
  static async of(template: string, place: string): Promise<Owner> {
    cpSync(template, place, { recursive: true });
    const owner = new Owner(place, 'later keys');
    owner.#indexes = 1;
    owner.#read();
    return owner;
  }

  env(now: number): PublisherEnv {
    const randomBytes = (length: number) => Buffer.from(this.#random.hex(2 * length), 'hex');
    return { now, randomBytes, progress: NO_PROGRESS, lockWaitMs: 5000 };
  }

  get newest(): Publication {
    const newest = this.publications.at(-1);
    assert.ok(newest);
    return newest;
  }

  /** So many publications before the newest, in a circle. */
  back(count: number): Publication {
    return circle(this.publications, this.publications.length - 1 - count);
  }

  /** Whether these bytes ever stood in the channel. */
  hasPublished(bytes: Uint8Array): boolean {
    return this.#published.has(sha256(bytes));
  }

  root(version: number): Metadata {
    const root = this.roots.get(version);
    assert.ok(root, `there is no root ${version}`);
    return root;
  }

  /** Whether timestamp or snapshot keys are others in any root after the one version up to the other. */
  haveOnlineKeysChanged(from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      const [before, after] = [this.root(at), this.root(at + 1)];
      for (const role of ['timestamp', 'snapshot'] as const) {
        if (!sameKeys(keysOf(role, { root: before }), keysOf(role, { root: after }))) return true;
      }
    }
    return false;
  }

  /** What the indexer does, who knows nothing of yanks: one record more than before. */
  index(): void {
    this.#indexes++;
    const records = Array.from({ length: this.#indexes }, (_, at) => recordOf(`${at + 1}`));
    const repodata = { info: { subdir: 'noarch' }, packages: {}, 'packages.conda': Object.fromEntries(records) };
    writeFileSync(join(this.folder, TARGET), JSON.stringify(repodata));
  }

  /** Files that the newest index lists. */
  get listed(): readonly string[] {
    const { hashes } = this.newest.index.signed.targets[TARGET];
    const bytes = this.files.get(`tuf/targets/${TARGET.replace(/[^/]+$/, (name) => `${hashes.sha256}.${name}`)}`);
    return Object.keys(JSON.parse(Buffer.from(bytes ?? []).toString())['packages.conda']);
  }

  /** The private halves of the keys that a role has now. */
  async onlineKeys(role: LowerRole): Promise<readonly Signer[]> {
    const signers = await loadKeys(join(this.options.keys, 'online'), PASSPHRASE);
    return signers.get(role) ?? [];
  }

  async run(step: OwnerStep, now: number): Promise<void> {
    if (step.do === 'yank' && this.listed.length === 0) return;
    if (step.do === 'unyank' && this.yanked.size === 0) return;
    const before = this.newest;
    const expected = keysAfter(step, before);
    const operate = () => this.#operate(step, now);
    if (expected === 'refused') await assert.rejects(operate, { code: 'usage' });
    else await operate();
    this.#read();
    if (expected === 'refused') assert.equal(this.newest, before, 'what is refused changes nothing');
    else assertKeys(this.newest, expected);
    this.#assertFollows(before);
    const all = Array.from({ length: this.#indexes }, (_, at) => recordOf(`${at + 1}`)[0]);
    assert.deepEqual([...this.listed].sort(), all.filter((file) => !this.yanked.has(file)).sort());
    const signedNow: Partial<Record<OwnerStep['do'], readonly RoleName[]>> = {
      publish: ['index', 'snapshot', 'timestamp'],
      renew: ROLES,
      yank: ONLINE,
      unyank: LOWER_ROLES,
    };
    for (const role of signedNow[step.do] ?? []) assert.ok(expires(this.newest[role]) > now, `${role} has expired`);
    for (const role of step.do === 'refresh' ? ONLINE : []) {
      const left = (expires(this.newest[role]) - now) / LIFETIME_DAYS[role] / DAY;
      assert.ok(left >= 0.5, `${role} is past half its life`);
    }
  }

  async #operate(step: OwnerStep, now: number): Promise<unknown> {
    const { folder, options } = this;
    const env = this.env(now);
    switch (step.do) {
      case 'publish':
        this.index();
        return signChannel(folder, options, env);
      case 'refresh':
        return refreshChannel(folder, options, env);
      case 'renew':
        return renewChannel(folder, options, env);
      case 'rotate': {
        const key = step.key === undefined ? undefined : keyAt(step.role, step.key, this.newest);
        return rotateRole(folder, step.role, { ...options, ...(key === undefined ? {} : { key }) }, env);
      }
      case 'threshold': {
        const { keys, threshold } = step;
        return rotateRole(folder, step.role, { ...options, roleKeys: { keys, threshold } }, env);
      }
      case 'yank': {
        const file = circle(this.listed, step.file);
        this.yanked.set(file, sha256Of(file));
        return yankFile(folder, `noarch/${file}`, { ...options, reason: 'it was a mistake' }, env);
      }
      case 'unyank': {
        const file = circle([...this.yanked.keys()], step.file);
        this.yanked.delete(file);
        this.givenBack.add(sha256Of(file));
        return unyankFile(folder, `noarch/${file}`, options, env);
      }
      case 'revoke':
        return revokeKey(folder, { ...options, key: keyAt(step.role, step.key, this.newest) }, env);
    }
  }

  /** Takes what stands in the folder now for a publication, if it is another than before. */
  #read(): void {
    const entries = readdirSync(join(this.folder, 'tuf'), { withFileTypes: true, recursive: true });
    const there = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
    for (const path of [...there, join(this.folder, TARGET)]) {
      const name = path.slice(this.folder.length + 1);
      if (this.files.has(name) && name.startsWith('tuf/') && name !== 'tuf/timestamp.json') continue;
      const bytes = readFileSync(path);
      this.files.set(name, bytes);
      this.#published.add(sha256(bytes));
      const [, number] = /^tuf\/(\d+)\.root\.json$/.exec(name) ?? [];
      if (number !== undefined) this.roots.set(Number(number), parse(bytes));
    }
    const last = this.publications.at(-1);
    const timestamp = this.#metadata('timestamp.json', last?.timestamp);
    if (timestamp === last?.timestamp) return;
    const snapshot = this.#metadata(`${timestamp.signed.meta['snapshot.json'].version}.snapshot.json`, last?.snapshot);
    const listed = LISTED.map((role) => {
      const { version } = snapshot.signed.meta[`${role}.json`];
      return [role, this.#metadata(`${version}.${role}.json`, last?.[role])] as const;
    });
    this.publications.push({
      root: this.root(Math.max(...this.roots.keys())),
      ...(Object.fromEntries(listed) as Pick<Publication, (typeof LISTED)[number]>),
      snapshot,
      timestamp,
    });
  }

  #metadata(name: string, last: Metadata | undefined): Metadata {
    const bytes = this.files.get(`tuf/${name}`);
    assert.ok(bytes, `${name} is not there`);
    return last !== undefined && sameBytes(last.bytes, bytes) ? last : parse(bytes);
  }

  /** A newcomer, and whoever knows the publication before, is led to the newest. */
  #assertFollows(before: Publication): void {
    const { newest } = this;
    for (let at = version(before.root); at < version(newest.root); at++) {
      const [known, next] = [this.root(at), this.root(at + 1)];
      assert.equal(version(next), at + 1);
      for (const root of [known, next]) assert.ok(isSignedBy(next, keysOf('root', { root })), `root ${at + 1}`);
    }
    assertWhole(newest);
    for (const role of ROLES) {
      const [old, now] = [before[role], newest[role]];
      assert.ok(version(now) > version(old) || sameBytes(now.bytes, old.bytes), `${role} was changed in its place`);
    }
  }
}

/** @returns its name, and what the indexer writes of it */
function recordOf(version: string): [file: string, record: object] {
  const file = `model-${version}-0.conda`;
  const identity = { name: 'model', version, build: '0', build_number: 0, subdir: 'noarch' };
  return [file, { ...identity, depends: [], sha256: sha256Of(file), size: 1000 }];
}

function sha256Of(file: string): string {
  return sha256(Buffer.from(file));
}

function circle<T>(all: readonly T[], at: number): T {
  const found = all[((at % all.length) + all.length) % all.length];
  assert.ok(found !== undefined);
  return found;
}

/**
 * The client workflow of TUF for one authority of a channel: fetches, has core verify, and stores at once what was accepted,
 * so that a server that stops half-way cannot make us forget what we have seen.
 *
 * @see https://theupdateframework.github.io/specification/v1.0.34/#detailed-client-workflow
 */
import type { FoundTarget, MetaFile, TargetFile, Targets, TufEnv, Verified, Yank } from '@antivenom/core';
import {
  ContentTrustError,
  DownloadError,
  earlierSnapshot,
  earlierTargets,
  findTarget,
  roleFileName,
  TrustedMetadata,
  teamsOf,
} from '@antivenom/core/tuf';
import type { AuthorityMemory } from '../trust/authority-store.ts';
import { AcceptedFiles } from './accepted-files.ts';
import type { MetadataSource } from './metadata-source.ts';
import { readSeenYanks, seeYanks } from './seen-yanks.ts';
import { failureOf } from './stored-expiry.ts';

/** A targets role that was loaded, and the one that delegates to it; undefined for the top-level role. */
export interface LoadedRole {
  readonly role: string;
  readonly parent: Verified<Targets> | undefined;
  readonly targets: Verified<Targets>;
}

export class TufAuthority {
  readonly kind = 'tuf';
  readonly trusted: TrustedMetadata;
  readonly source: MetadataSource;
  readonly #store: AcceptedFiles;
  readonly #lockWaitMs: number;
  readonly #loaded: LoadedRole[];

  private constructor(
    trusted: TrustedMetadata,
    top: Verified<Targets>,
    source: MetadataSource,
    store: AcceptedFiles,
    lockWaitMs: number,
  ) {
    this.trusted = trusted;
    this.source = source;
    this.#store = store;
    this.#lockWaitMs = lockWaitMs;
    this.#loaded = [{ role: 'targets', parent: undefined, targets: top }];
  }

  /**
   * Refreshes the metadata down to the top-level targets.
   *
   * @param env its time is the machine's; it is moved on to the last acceptance where the clock was set back
   * @throws VerificationError, MalformedError, FreshnessError as {@link TrustedMetadata}; `missing`
   * @throws DownloadError `unreachable` where the server does not answer and what is stored has not expired
   * @throws StoreError `store-corrupt`, `locked`
   */
  static async refresh(
    memory: AuthorityMemory,
    source: MetadataSource,
    env: TufEnv,
    lockWaitMs: number,
  ): Promise<TufAuthority> {
    const store = new AcceptedFiles(memory);
    return store.locked(lockWaitMs, async () => {
      const trusted = await trustedRoots(store, env);
      let top: Verified<Targets>;
      try {
        top = await refreshTopLevel(trusted, store, source);
      } catch (error) {
        throw await failureOf(error, () => checkStored(store, env));
      }
      await store.accept(env.now);
      return new TufAuthority(trusted, top, source, store, lockWaitMs);
    });
  }

  /** Every targets role that a search has needed so far, the top-level one first. */
  get loaded(): readonly LoadedRole[] {
    return this.#loaded;
  }

  /** Every file of metadata that was accepted, as it came, by the name under which a repository of TUF serves it. */
  published(): ReadonlyMap<string, Uint8Array> {
    const { root, timestamp, snapshot, consistentSnapshot } = this.trusted;
    const files = new Map<string, Uint8Array>();
    for (const [version, bytes] of this.#store.roots(root.version)) files.set(roleFileName('root', version), bytes);
    const add = (role: string, version: number | undefined) => {
      const bytes = this.#store.file(role);
      if (bytes !== undefined) files.set(roleFileName(role, version), bytes);
    };
    if (timestamp !== undefined) add('timestamp', undefined);
    const versioned = (version: number) => (consistentSnapshot ? version : undefined);
    if (snapshot !== undefined) add('snapshot', versioned(snapshot.version));
    for (const { role, targets } of this.#loaded) add(role, versioned(targets.version));
    return files;
  }

  /** When the first of the metadata that all of the channel hangs on expires, ms since the epoch. */
  get expires(): number {
    const { root, timestamp, snapshot, targets } = this.trusted;
    const roles = this.#loaded.filter(({ role, parent }) => parent !== targets || !isOfPackagesAlone(role, targets));
    const others = [timestamp, snapshot, ...roles.map((role) => role.targets)];
    return Math.min(root.expires, ...others.flatMap((signed) => signed?.expires ?? []));
  }

  /**
   * The most trusted statement about a target, loading the roles that may make one.
   *
   * @returns undefined where no role lists the path
   * @throws as {@link TufAuthority.refresh}
   */
  async find(path: string): Promise<Verified<FoundTarget> | undefined> {
    const search = findTarget(this.trusted, path);
    let step = search.next();
    for (; !step.done; step = search.next()) {
      const { role, parent } = step.value;
      await this.#load(role, parent);
    }
    return step.value;
  }

  /** Loads every role that the top-level one delegates to, whatever anybody searches for. */
  async loadDelegated(): Promise<void> {
    const { snapshot, targets } = this.trusted;
    for (const file of snapshot?.meta.keys() ?? []) {
      const role = file.replace(/\.json$/, '');
      if (targets?.delegations?.role(role) === undefined) continue;
      if (this.trusted.delegatedTargets(role, targets) === undefined) await this.#load(role, targets);
    }
  }

  /**
   * A role that the top-level one itself delegates to.
   *
   * @throws as {@link TufAuthority.refresh}
   */
  async delegated(role: string): Promise<Verified<Targets>> {
    const [top] = this.#loaded;
    if (top === undefined) throw new Error('the top-level role comes first');
    const known = this.trusted.delegatedTargets(role, top.targets);
    if (known !== undefined) return known;
    await this.#load(role, top.targets);
    return this.delegated(role);
  }

  /** What the authority was seen to take back; undefined where it never had a list. */
  seenYanks(): Promise<readonly Yank[] | undefined> {
    return readSeenYanks(this.#store);
  }

  /** Keeps these in mind too. @returns all that was ever seen */
  seeYanks(yanks: readonly Yank[]): Promise<readonly Yank[]> {
    return this.#store.locked(this.#lockWaitMs, () => seeYanks(this.#store, yanks));
  }

  async #load(role: string, parent: Verified<Targets>): Promise<void> {
    await this.#store.locked(this.#lockWaitMs, () => load(this.trusted, role, parent, this.#store, this.source));
    const targets = this.trusted.delegatedTargets(role, parent);
    if (targets !== undefined) this.#loaded.push({ role, parent, targets });
  }

  /**
   * What version `version` of the snapshot named, where it still stands and is earlier than the one in force.
   *
   * @throws DownloadError `unreachable`
   */
  earlierSnapshot(version: number): Promise<ReadonlyMap<string, MetaFile> | undefined> {
    const { maxSnapshotLength } = this.trusted.env.limits;
    return this.#earlier(roleFileName('snapshot', version), maxSnapshotLength, (bytes) =>
      earlierSnapshot(this.trusted, bytes),
    );
  }

  /**
   * What a role listed in the version that an earlier snapshot names, where that still stands.
   *
   * @throws DownloadError `unreachable`
   */
  earlierTargets({ role, parent }: LoadedRole, meta: MetaFile): Promise<ReadonlyMap<string, TargetFile> | undefined> {
    const { maxTargetsLength } = this.trusted.env.limits;
    return this.#earlier(roleFileName(role, meta.version), atMost(maxTargetsLength, meta.length), (bytes) =>
      earlierTargets(this.trusted, bytes, meta, role, parent),
    );
  }

  async #earlier<T>(name: string, maxLength: number, verify: (bytes: Uint8Array) => T): Promise<T | undefined> {
    try {
      const bytes = await this.source.optional(name, maxLength);
      return bytes && verify(bytes);
    } catch (error) {
      // Whatever stands there, no earlier publication had it.
      if (error instanceof ContentTrustError && !(error instanceof DownloadError)) return undefined;
      throw error;
    }
  }
}

/** The newest root that was accepted before; those before it verify each other, from the first on. */
async function trustedRoots(store: AuthorityMemory, env: TufEnv): Promise<TrustedMetadata> {
  let bytes = await store.firstRoot();
  const chain = storedRoot(store, 'the first root', () => TrustedMetadata.fromRoot(bytes, env));
  for (;;) {
    const version = chain.root.version + 1;
    const next = await store.root(version);
    // Anew, so that `keysRotated` speaks of this refresh alone.
    if (next === undefined) return TrustedMetadata.fromRoot(bytes, env);
    storedRoot(store, `${version}.root.json`, () => chain.updateRoot(next));
    bytes = next;
  }
}

function storedRoot<T>(store: AuthorityMemory, name: string, verify: () => T): T {
  try {
    return verify();
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw store.damaged(name, cause.message, cause);
  }
}

async function refreshTopLevel(
  trusted: TrustedMetadata,
  store: AuthorityMemory,
  source: MetadataSource,
): Promise<Verified<Targets>> {
  const { limits } = trusted.env;
  // 5.3: one root after the other, while there is one.
  for (let walked = 0; walked < limits.maxRootRotations; walked++) {
    const version = trusted.root.version + 1;
    const next = await source.optional(`${version}.root.json`, limits.maxRootLength);
    if (next === undefined) break;
    trusted.updateRoot(next);
    // 5.3.11 before 5.3.8: a crash in between must not leave the new root beside the old timestamp, whose version a thief of
    // the old keys may have driven far ahead.
    if (trusted.keysRotated) {
      await store.remove('timestamp.json');
      await store.remove('snapshot.json');
    }
    await store.saveRoot(version, next);
  }
  trusted.finishRoots();

  // 5.4
  await tryStored(store, 'timestamp.json', (bytes) => trusted.updateTimestamp(bytes));
  const known = trusted.timestamp;
  const timestamp = await source.required('timestamp.json', limits.maxTimestampLength);
  trusted.updateTimestamp(timestamp);
  // 5.4.3.1: another one of the same version was dropped.
  if (trusted.timestamp !== known) await store.write('timestamp.json', timestamp);

  // 5.5
  const taken = await tryStored(store, 'snapshot.json', (bytes) => trusted.updateSnapshot(bytes, { trusted: true }));
  if (!taken) {
    const meta = trusted.timestamp?.snapshotMeta;
    const name = roleFileName('snapshot', trusted.consistentSnapshot ? meta?.version : undefined);
    const snapshot = await source.required(name, atMost(limits.maxSnapshotLength, meta?.length));
    trusted.updateSnapshot(snapshot, { trusted: false });
    await store.write('snapshot.json', snapshot);
  }

  // 5.6
  await load(trusted, 'targets', undefined, store, source);
  if (trusted.targets === undefined) throw new Error('targets were taken and are not there');
  return trusted.targets;
}

/** The stored bytes serve where they are still what is asked for; else they are fetched anew. */
async function load(
  trusted: TrustedMetadata,
  role: string,
  parent: Verified<Targets> | undefined,
  store: AuthorityMemory,
  source: MetadataSource,
): Promise<void> {
  const take = (bytes: Uint8Array): void => {
    if (parent === undefined) trusted.updateTargets(bytes);
    else trusted.updateDelegatedTargets(bytes, role, parent);
  };
  const storedName = roleFileName(role);
  if (await tryStored(store, storedName, take)) return;
  const meta = trusted.metaOf(role);
  const name = roleFileName(role, trusted.consistentSnapshot ? meta.version : undefined);
  const bytes = await source.required(name, atMost(trusted.env.limits.maxTargetsLength, meta.length));
  take(bytes);
  await store.write(storedName, bytes);
}

/** What a role states of another one's length may be a thief's word: it never raises the limit. */
function atMost(limit: number, stated: number | undefined): number {
  return Math.min(limit, stated ?? limit);
}

/** Whether stored bytes were taken. Damaged or outdated ones are no error: their successor is fetched. */
async function tryStored(store: AuthorityMemory, name: string, take: (bytes: Uint8Array) => void): Promise<boolean> {
  const bytes = await store.read(name);
  if (bytes === undefined) return false;
  try {
    take(bytes);
    return true;
  } catch (error) {
    if (error instanceof ContentTrustError) return false;
    throw error;
  }
}

/** Whether it is a team whose expiry ends no more than what it says of its packages. */
function isOfPackagesAlone(role: string, top: Verified<Targets> | undefined): boolean {
  return top !== undefined && teamsOf(top).some(({ name, signsIndexes }) => name === role && !signsIndexes);
}

/** @throws FreshnessError `expired` */
async function checkStored(store: AuthorityMemory, env: TufEnv): Promise<void> {
  const stored = await trustedRoots(store, env);
  stored.finishRoots();
  const timestamp = await store.read('timestamp.json');
  if (timestamp === undefined) return;
  stored.updateTimestamp(timestamp);
  const snapshot = await store.read('snapshot.json');
  if (snapshot !== undefined) stored.updateSnapshot(snapshot, { trusted: true });
  const targets = await store.read('targets.json');
  if (targets !== undefined) stored.updateTargets(targets);
  const { targets: top } = stored;
  for (const file of stored.snapshot?.meta.keys() ?? []) {
    const role = file.replace(/\.json$/, '');
    if (top?.delegations?.role(role) === undefined || isOfPackagesAlone(role, top)) continue;
    const bytes = await store.read(roleFileName(role));
    if (bytes !== undefined) stored.updateDelegatedTargets(bytes, role, top);
  }
}

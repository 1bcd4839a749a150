/** A TUF repository in memory whose every number can be set wrong: tests change a field and ask for the files again. */
import {
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  type FoundTarget,
  findTarget,
  type Hashes,
  type MetaFile,
  type Signer,
  signTuf,
  type TargetFields,
  TrustedMetadata,
  type TufEnv,
  type TufType,
  type Verified,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner } from './seeded-signer.ts';

const DAY = 86_400_000;

/** One role: who signs it, how many the delegator asks for, and what stands in its head. */
export interface TestRole {
  signers: Signer[];
  threshold: number;
  version: number;
  /** ms since the epoch */
  expires: number;
}

export interface TestTargetsRole extends TestRole {
  files: Map<string, Uint8Array>;
  delegations: { name: string; paths: string[]; terminating: boolean }[];
}

export class TufRepository {
  consistentSnapshot = true;
  readonly root: TestRole;
  readonly timestamp: TestRole;
  readonly snapshot: TestRole;
  /** `targets` and every delegated role, by name. */
  readonly targets = new Map<string, TestTargetsRole>();
  /** The root before this one, whose keys sign too. */
  previousRootSigners: Signer[] = [];
  /** Whether timestamp and snapshot state lengths and hashes. */
  stateHashes = true;
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
    this.root = this.#role('root');
    this.timestamp = this.#role('timestamp');
    this.snapshot = this.#role('snapshot');
    this.addRole('targets');
  }

  /** Adds a targets role; its delegator has to name it in `delegations`. */
  addRole(name: string): TestTargetsRole {
    const role = { ...this.#role(name), files: new Map<string, Uint8Array>(), delegations: [] };
    this.targets.set(name, role);
    return role;
  }

  /** Adds a targets role that `parent` delegates to. */
  delegate(parent: string, name: string, paths: string[], terminating = false): TestTargetsRole {
    this.targetsRole(parent).delegations.push({ name, paths, terminating });
    return this.targets.get(name) ?? this.addRole(name);
  }

  targetsRole(name: string): TestTargetsRole {
    const role = this.targets.get(name);
    if (role === undefined) throw new Error(`the test repository has no role ${name}`);
    return role;
  }

  async rootFile(): Promise<Uint8Array> {
    const roles: Record<TufType, TestRole> = {
      root: this.root,
      timestamp: this.timestamp,
      snapshot: this.snapshot,
      targets: this.targetsRole('targets'),
    };
    const withKeys = (role: TestRole) => ({
      keys: role.signers.map(({ publicKey }) => publicKey),
      threshold: role.threshold,
    });
    const signed = buildRoot(
      {
        ...this.root,
        consistentSnapshot: this.consistentSnapshot,
        roles: {
          root: withKeys(roles.root),
          timestamp: withKeys(roles.timestamp),
          snapshot: withKeys(roles.snapshot),
          targets: withKeys(roles.targets),
        },
      },
      nodeCrypto,
    );
    return signTuf(signed, [...new Set([...this.root.signers, ...this.previousRootSigners])], nodeCrypto);
  }

  async timestampFile(): Promise<Uint8Array> {
    const snapshot = this.#meta(this.snapshot, await this.snapshotFile());
    return signTuf(buildTimestamp({ ...this.timestamp, snapshot }), this.timestamp.signers, nodeCrypto);
  }

  async snapshotFile(): Promise<Uint8Array> {
    const roles = new Map<string, MetaFile>();
    for (const [name, role] of this.targets) roles.set(name, this.#meta(role, await this.targetsFile(name)));
    return signTuf(buildSnapshot({ ...this.snapshot, roles }), this.snapshot.signers, nodeCrypto);
  }

  async targetsFile(name = 'targets'): Promise<Uint8Array> {
    const role = this.targetsRole(name);
    const delegations = role.delegations.map((delegation) => {
      const { signers, threshold } = this.targetsRole(delegation.name);
      return { ...delegation, keys: signers.map(({ publicKey }) => publicKey), threshold };
    });
    const targets = [...role.files].map(
      ([path, bytes]): TargetFields => ({ path, length: bytes.length, hashes: hashesOf(bytes) }),
    );
    const fields = { version: role.version, expires: role.expires, targets };
    const signed = buildTargets(delegations.length === 0 ? fields : { ...fields, delegations }, nodeCrypto);
    return signTuf(signed, role.signers, nodeCrypto);
  }

  /** A whole refresh from the root as it is now, no step left out. */
  async refresh(env: TufEnv): Promise<TrustedMetadata> {
    const trusted = TrustedMetadata.fromRoot(await this.rootFile(), env);
    trusted.finishRoots();
    trusted.updateTimestamp(await this.timestampFile());
    trusted.updateSnapshot(await this.snapshotFile(), { trusted: false });
    trusted.updateTargets(await this.targetsFile());
    return trusted;
  }

  /** Searches a target, loading roles as the search asks for them; `visited` takes their names in order. */
  async find(
    trusted: TrustedMetadata,
    path: string,
    visited: string[] = [],
  ): Promise<Verified<FoundTarget> | undefined> {
    const search = findTarget(trusted, path);
    let step = search.next();
    for (; !step.done; step = search.next()) {
      const { role, parent } = step.value;
      visited.push(role);
      trusted.updateDelegatedTargets(await this.targetsFile(role), role, parent);
    }
    return step.value;
  }

  #role(name: string): TestRole {
    return { signers: [seededSigner(name)], threshold: 1, version: 1, expires: this.#now + DAY };
  }

  #meta({ version }: TestRole, bytes: Uint8Array): MetaFile {
    return this.stateHashes ? { version, length: bytes.length, hashes: hashesOf(bytes) } : { version };
  }
}

/** Roomy limits for test repositories. */
export function tufTestEnv(now: number): TufEnv {
  const length = 1_000_000;
  return {
    crypto: nodeCrypto,
    now,
    limits: {
      json: { maxBytes: length, maxDepth: 64 },
      maxRootLength: length,
      maxTimestampLength: length,
      maxSnapshotLength: length,
      maxTargetsLength: length,
      maxRootRotations: 32,
      maxDelegations: 32,
    },
  };
}

function hashesOf(bytes: Uint8Array): Hashes {
  return new Map([['sha256', Buffer.from(nodeCrypto.createHash('sha256').update(bytes).digest()).toString('hex')]]);
}

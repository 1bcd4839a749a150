/** A TUF repository in memory whose every number can be set wrong: tests change a field and ask for the files again. */
import {
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  bytesToHex,
  type FoundTarget,
  findTarget,
  type HashAlgorithm,
  type Hashes,
  type JsonObject,
  type MetaFile,
  type Signer,
  signTuf,
  type TargetFields,
  TrustedMetadata,
  type TufEnv,
  type TufType,
  type Verified,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { signText } from './key-thief.ts';
import { seededSigner } from './seeded-signer.ts';

const DAY = 86_400_000;

/** One role: who signs it, how many the delegator asks for, and what stands in its head. */
export interface TestRole {
  signers: Signer[];
  threshold: number;
  version: number;
  /** ms since the epoch */
  expires: number;
  /** Changes the JSON text of the signed part before it is signed. */
  forgery?: (signed: string) => string;
  /** Who signs in place of `signers`, whose keys are those that are stated. */
  signedBy?: Signer[];
}

export interface TestTargetsRole extends TestRole {
  files: Map<string, Uint8Array>;
  hashAlgorithms: HashAlgorithm[];
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
    const role: TestTargetsRole = {
      ...this.#role(name),
      files: new Map(),
      hashAlgorithms: ['sha256'],
      delegations: [],
    };
    this.targets.set(name, role);
    return role;
  }

  /** Adds a targets role that `parent` delegates to. */
  delegate(parent: string, name: string, paths: string[], terminating = false): TestTargetsRole {
    this.targetsRole(parent).delegations.push({ name, paths, terminating });
    return this.targets.get(name) ?? this.addRole(name);
  }

  /** Any role by its name. */
  role(name: string): TestRole {
    return { root: this.root, timestamp: this.timestamp, snapshot: this.snapshot }[name] ?? this.targetsRole(name);
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
    return sign(signed, { ...this.root, signers: [...new Set([...this.root.signers, ...this.previousRootSigners])] });
  }

  async timestampFile(): Promise<Uint8Array> {
    const snapshot = this.#meta(this.snapshot, await this.snapshotFile());
    return sign(buildTimestamp({ ...this.timestamp, snapshot }), this.timestamp);
  }

  async snapshotFile(): Promise<Uint8Array> {
    const roles = new Map<string, MetaFile>();
    for (const [name, role] of this.targets) roles.set(name, this.#meta(role, await this.targetsFile(name)));
    return sign(buildSnapshot({ ...this.snapshot, roles }), this.snapshot);
  }

  async targetsFile(name = 'targets'): Promise<Uint8Array> {
    const role = this.targetsRole(name);
    const delegations = role.delegations.map((delegation) => {
      const { signers, threshold } = this.targetsRole(delegation.name);
      return { ...delegation, keys: signers.map(({ publicKey }) => publicKey), threshold };
    });
    const fields = { version: role.version, expires: role.expires, targets: this.targetFiles(name) };
    const signed = buildTargets(delegations.length === 0 ? fields : { ...fields, delegations }, nodeCrypto);
    return sign(signed, role);
  }

  /** What a role lists, and the bytes. */
  targetFiles(name: string): (TargetFields & { readonly bytes: Uint8Array })[] {
    const { files, hashAlgorithms } = this.targetsRole(name);
    return [...files].map(([path, bytes]) => {
      return { path, length: bytes.length, hashes: hashesOf(bytes, hashAlgorithms), bytes };
    });
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
    return this.stateHashes ? { version, length: bytes.length, hashes: hashesOf(bytes, ['sha256']) } : { version };
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

function sign(
  signed: JsonObject,
  { signers, signedBy = signers, forgery }: Pick<TestRole, 'signers' | 'signedBy' | 'forgery'>,
): Promise<Uint8Array> {
  if (forgery === undefined) return signTuf(signed, signedBy, nodeCrypto);
  return signText(forgery(new TextDecoder().decode(writeJson(signed))), signedBy);
}

function hashesOf(bytes: Uint8Array, algorithms: readonly HashAlgorithm[]): Hashes {
  return new Map(
    algorithms.map((algorithm) => [algorithm, bytesToHex(nodeCrypto.createHash(algorithm).update(bytes).digest())]),
  );
}

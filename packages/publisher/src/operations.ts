/** What the operations of a publisher take and give: `initChannel`, `signChannel`, `refreshChannel`, `renewChannel`, `changeExpiry`, `hashBins`, `rotateRole`, `revokeKey`, `yankFile`, `unyankFile`, `channelStatus`. */
import type { ErrorCode, PublicKey, RecordClient, RoleStatus, Yank, YankStatus } from '@antivenom/core';
import type { ProgressReporter } from '@antivenom/node';
import type { ScryptCost } from '@antivenom/signers';
import type { Retention } from './channel/retention-settings.ts';
import type { KeptFiles } from './publication/kept-files.ts';
import type { KeyedRole, LifetimeRole, RoleKeysPlan } from './roles/role-plan.ts';
import type { TheftWindow } from './roles/theft-windows.ts';

/** What every operation gets of the world around. */
export interface PublisherEnv {
  /** The time of the operation, ms since the epoch; read once by the caller. */
  readonly now: number;
  /** Cryptographically secure random bytes. */
  randomBytes(length: number): Uint8Array;
  readonly progress: ProgressReporter;
  /** How long to wait for another command at work on the channel, in ms. */
  readonly lockWaitMs: number;
}

/** Asks for a passphrase; called at most once an operation, and only where keys are opened or made. */
export type PassphraseProvider = () => Promise<string>;

/** Folder with `offline/` and `online/`. */
export interface KeysOption {
  readonly keys: string;
}

export interface OnlineKeysOptions extends KeysOption {
  readonly onlinePassphrase: PassphraseProvider;
}

export interface AllKeysOptions extends OnlineKeysOptions {
  readonly offlinePassphrase: PassphraseProvider;
}

export interface InitOptions extends AllKeysOptions {
  /** For which clients records are signed: each has a chain of its own. */
  readonly for: readonly RecordClient[];
  /** Keys and thresholds other than `DEFAULT_ROLE_KEYS`. */
  readonly roleKeys?: Partial<Readonly<Record<KeyedRole, RoleKeysPlan>>>;
  /** Days until expiry other than `DEFAULT_LIFETIME_DAYS`. */
  readonly lifetimeDays?: Partial<Readonly<Record<LifetimeRole, number>>>;
  /** Cost of opening the key files, `DEFAULT_SCRYPT_COST` by default. */
  readonly scryptCost?: ScryptCost;
  /** Makes each package a target, in so many hash bins, a power of two. */
  readonly hashBins?: number;
}

export interface InitResult {
  /** SHA-256 of the bytes of `1.root.json`, hex: what consumers are given. */
  readonly rootFingerprint: string;
  readonly roles: readonly RoleStatus[];
  /** To be moved away from this machine. */
  readonly offlineFolder: string;
  readonly onlineFolder: string;
  /** Metadata written, relative to the channel. */
  readonly files: readonly string[];
}

export interface ImportCctOptions extends InitOptions {
  /** The folder of the chain; by default the channel's `cct`, or its base. */
  readonly chain?: string;
  /** Private keys in the form of conda-content-trust; with a role, it must be one of that role's. */
  readonly rawKeys: readonly { readonly path: string; readonly role?: AdoptedRole }[];
}

export interface UpdateCctOptions extends AllKeysOptions {
  /** The folder of the newer chain, from its first root on. */
  readonly chain: string;
}

export type AdoptedRole = 'root' | 'key_mgr' | 'pkg_mgr';

export interface ImportCctResult extends InitResult {
  /** Where the chain stood: the channel's `cct`, its base, or what `chain` named. */
  readonly chainFolder: string;
  /** Of records that can carry one: those that stay, and those that the next `sign` makes. */
  readonly signatures: { readonly kept: number; readonly new: number };
  /** `<subdir>/<name>` of records that carry a signature which is not over them: they may have been tampered with. */
  readonly badSignatures: readonly string[];
  /** Keys that there are of each role, and that must sign it. Of root and key_mgr they are taken only where they are enough. */
  readonly adopted: Readonly<Record<AdoptedRole, { readonly keys: number; readonly threshold: number }>>;
  /** Key files that sign nothing in the chain. */
  readonly unusedKeys: readonly string[];
}

export interface SignOptions extends OnlineKeysOptions {
  /** Where to publish; remembered for the channel. Without it: where it was published last, at first the channel itself. */
  readonly out?: string;
  /** These subdirs alone; the others stay as they were last published. */
  readonly subdirs?: readonly string[];
  /** Hash every package on disk against its record. */
  readonly checkPackages?: boolean;
  /** Replace derived forms that contradict `repodata.json`. */
  readonly rebuild?: boolean;
  /** Hosts that `base_url` and `shards_base_url` may lead to. */
  readonly allowHosts?: readonly string[];
  /** Zstandard level of the `.zst` forms, 1 to 22; `DEFAULT_ZSTD_LEVEL` by default. */
  readonly zstdLevel?: number;
  /** How much of earlier publications stays, from now on: remembered for the channel. */
  readonly keep?: Partial<Retention>;
}

export interface SignResult {
  readonly records: {
    /** Records in all indexes looked at. */
    readonly total: number;
    readonly signed: number;
    readonly reused: number;
    /** Without `subdir`, so without a record signature. */
    readonly withoutSubdir: number;
    /** Without a signature for mamba, since its reading of them cannot be foretold, by reason. */
    readonly unforeseeable: Readonly<Record<string, number>>;
  };
  /** False where nothing had changed, and so nothing was written. */
  readonly published: boolean;
  /** Index and metadata files that were written, and files that were taken away; relative to the published folder. */
  readonly files: readonly string[];
  /** The published folder. */
  readonly folder: string;
  /** Bytes of `repodata.json.zst` over the subdirs that changed, without and with record signatures. */
  readonly growth: { readonly unsigned: number; readonly signed: number };
  /** Packages that an index lists and the folder lacks (`checkPackages`). */
  readonly missingPackages: readonly string[];
  readonly warnings: readonly Warning[];
}

export interface RefreshOptions extends OnlineKeysOptions {
  /** As in {@link SignOptions}. */
  readonly keep?: Partial<Retention>;
}

export interface RefreshResult {
  /** Whether a role was renewed. */
  readonly published: boolean;
  /** Names of the roles renewed. */
  readonly renewed: readonly string[];
  readonly files: readonly string[];
  readonly folder: string;
  readonly warnings: readonly Warning[];
}

export interface HashBinsOptions extends AllKeysOptions {
  /** How many, a power of two; by default as many as there are, or one for some 200 packages. */
  readonly bins?: number;
  /** As in {@link SignOptions}. */
  readonly keepMs?: number;
}

export interface HashBinsResult extends RefreshResult {
  readonly bins: number;
  /** Packages that they list. */
  readonly packages: number;
  /** Public keys, hex, of those that were made. */
  readonly newKeys: readonly string[];
}

export type RenewOptions = AllKeysOptions;
export type RenewResult = RefreshResult;

export interface RotateOptions extends AllKeysOptions {
  /** Hex of a public key or of its id, or the first 8 characters at least: that key alone; without it all keys of the role. */
  readonly key?: string;
  /** How many keys the role has from now on, and how many of them must sign; as before by default. */
  readonly roleKeys?: RoleKeysPlan;
}

export interface RevokeOptions extends AllKeysOptions {
  /** As in {@link RotateOptions}. */
  readonly key: string;
}

export interface RotateResult extends RenewResult {
  /** Public keys, hex, of those that were made. */
  readonly newKeys: readonly string[];
  /** Key files that were moved away, where they are now. */
  readonly retired: readonly string[];
}

export interface ExpiryOptions extends AllKeysOptions {
  /** Role, as `status` names it → days from its signing to its expiry. */
  readonly days: ReadonlyMap<string, number>;
}

/** How long a role lasts, and what follows from it for whoever keeps it alive. */
export interface RoleExpiry {
  readonly role: string;
  readonly days: number;
  /** The command that signs it anew; `renew` takes the offline keys. */
  readonly renewedBy: 'refresh' | 'renew';
  /** So often, in days, that must run. */
  readonly everyDays: number;
  /** So long before its end, in days, the owner is told. */
  readonly noticeDays: number;
}

export interface ExpiryPolicy {
  readonly roles: readonly RoleExpiry[];
  /** What of it defeats itself. */
  readonly warnings: readonly Warning[];
}

export interface ExpiryResult extends RenewResult {
  /** As it is now. */
  readonly policy: readonly RoleExpiry[];
}

export interface DelegateOptions extends AllKeysOptions {
  /** Patterns of the team's package files, as in `packagePatterns`; those of before by default. */
  readonly paths?: readonly string[];
  /** Subdirs whose indexes are the team's too. Where neither paths nor subdirs are given, both stay. */
  readonly subdirs?: readonly string[];
  /** Public keys that the team handed over; those of before by default. */
  readonly teamKeys?: readonly PublicKey[];
  /** How many of them must sign; by default as before, or 1. */
  readonly threshold?: number;
  /** What the team signed with them, to be published in the same moment. */
  readonly signed?: Uint8Array;
}

export interface TeamResult extends RefreshResult {
  readonly team: string;
  readonly paths: readonly string[];
  /** Public keys, hex. */
  readonly keys: readonly string[];
  readonly threshold: number;
}

export interface YankOptions extends OnlineKeysOptions {
  /** For everybody who asks for the file; one line. */
  readonly reason: string;
}

export interface UnyankOptions extends AllKeysOptions {
  /** Entries that a thief of the key signed, whom consumers believed: they are cancelled too where they are of that file. */
  readonly alsoListed?: readonly Yank[];
}

export interface YankResult extends RefreshResult {
  /** The entries that count from now on; of `unyankFile` those that count no more. */
  readonly yanked: readonly Yank[];
}

export interface StatusResult {
  /** What is yanked, and what of it is in the hands of the online keys alone. */
  readonly yanks: YankStatus;
  readonly roles: readonly RoleStatus[];
  /** SHA-256, hex, of `1.root.json` and of the newest root. */
  readonly rootFingerprint: { readonly first: string; readonly current: string; readonly currentVersion: number };
  readonly folder: string;
  readonly windows: readonly TheftWindow[];
  /** What of this and earlier publications stands in `tuf`. */
  readonly kept: KeptFiles;
  readonly problems: readonly Warning[];
}

/** Something its owner should know, one sentence for a person. */
export interface Warning {
  readonly kind:
    | 'expired'
    | 'expires-soon'
    | 'not-renewed'
    | 'stale'
    | 'unsigned'
    | 'behind'
    | 'damaged'
    | 'emptied'
    | 'self-defeating'
    | 'mamba-refuses'
    | 'missing'
    | 'overlap';
  /** The role or file it is about. */
  readonly about: string;
  readonly message: string;
}

/** One reason why `signChannel` refused; its error lists all of them as `details.refused`. */
export interface Refused {
  /** `<subdir>/<name>` */
  readonly file: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

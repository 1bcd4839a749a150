/** The commands, as the command line hands them what was typed. Each is loaded when it is used. */
import type { RecordClient } from '@antivenom/core';
import type { PassphraseOptions } from './passphrases.ts';
import type { Session } from './session.ts';
import type { ExitStatus, ForeignStatus } from './world.ts';

type Command<Given extends unknown[], Status = ExitStatus> = (session: Session, ...given: Given) => Promise<Status>;

export interface KeyOptions extends PassphraseOptions {
  readonly keys?: string;
}

export interface InitOptions extends KeyOptions {
  readonly for: readonly RecordClient[];
  readonly threshold: readonly RoleThreshold[];
  readonly expiry: readonly RoleExpiry[];
  /** How many. */
  readonly hashBins?: number;
}

export interface HashBinsOptions extends KeyOptions {
  readonly bins?: number;
}

/** So many of so many keys must sign the role. */
export interface RoleThreshold {
  readonly role: string;
  readonly threshold: number;
  readonly keys: number;
}

export interface RoleExpiry {
  readonly role: string;
  readonly days: number;
}

export interface RotateOptions extends KeyOptions {
  readonly key?: string;
  readonly threshold?: Omit<RoleThreshold, 'role'>;
}

export interface DelegateCommandOptions extends KeyOptions {
  readonly paths: readonly string[];
  readonly subdir: readonly string[];
  /** Files, or hex. */
  readonly key: readonly string[];
  readonly threshold?: number;
  readonly signed?: string;
  readonly remove?: boolean;
}

export interface TeamOptions {
  readonly dir?: string;
  readonly passphraseFile?: string;
}

export interface TeamKeysOptions extends TeamOptions {
  readonly count: number;
  readonly replace?: boolean;
}

export interface TeamSignOptions extends TeamOptions {
  readonly paths: readonly string[];
  readonly subdir: readonly string[];
  readonly remove: readonly string[];
  readonly replace?: boolean;
  /** Days. */
  readonly expiry: number;
}

export type TeamPublishOptions = KeyOptions;

export interface YankOptions extends KeyOptions {
  readonly reason: string;
}

export interface UnyankOptions extends KeyOptions {
  readonly list?: string;
}

export interface RetentionOptions {
  /** Publications whose metadata is kept. */
  readonly keepMetadata?: number;
  /** How long what was replaced is kept, ms. */
  readonly keepFor?: number;
}

export interface SignOptions extends KeyOptions, RetentionOptions {
  readonly out?: string;
  readonly subdir: readonly string[];
  readonly checkPackages?: boolean;
  readonly rebuild?: boolean;
  readonly allowHost: readonly string[];
}

export interface CheckOptions {
  /** As typed; `parseTimeOfCheck` reads it. */
  readonly at?: string;
  readonly policy?: string;
}

export interface ImportCctOptions extends InitOptions {
  readonly chain?: string;
  readonly rawKeys?: string;
  readonly rootKey: readonly string[];
  readonly keyMgrKey: readonly string[];
  readonly pkgMgrKey: readonly string[];
}

export interface ExportCctOptions {
  readonly channel?: string;
  readonly keys?: string;
  /** Addresses under which mamba knows the channel. */
  readonly url: readonly string[];
  readonly force?: boolean;
}

export interface TrustAddOptions {
  readonly root?: string;
  readonly fingerprint?: RootFingerprint;
  readonly metadata?: string;
  readonly threshold?: number;
}

/** SHA-256 of the bytes of `<version>.root.json`. */
export interface RootFingerprint {
  readonly version: number;
  /** Hex, 64 characters, lower case. */
  readonly sha256: string;
}

export interface GatewayCommandOptions extends CheckOptions {
  readonly config?: string;
  readonly credentials?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly listen: ListenAddress;
  readonly hostName: readonly string[];
  readonly tokens?: string;
  readonly channel: readonly NamedChannel[];
  /** ms. */
  readonly refresh: number;
  /** ms. */
  readonly grace: number;
  /** Bytes. */
  readonly cacheSize: number;
}

export interface ExecOptions extends CheckOptions {
  readonly config?: string;
  readonly credentials?: string;
  /** Those that this machine trusts where none is named. */
  readonly channel: readonly NamedChannel[];
  /** Names of channels, or URLs. */
  readonly allowUntrusted: readonly string[];
  /** Folders. */
  readonly environment: readonly string[];
}

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface NamedChannel {
  readonly name: string;
  /** A URL or a folder, as typed. */
  readonly channel: string;
}

export interface Commands {
  init: Command<[channel: string, options: InitOptions]>;
  sign: Command<[channel: string, options: SignOptions]>;
  refresh: Command<[channel: string, options: KeyOptions & RetentionOptions]>;
  renew: Command<[channel: string, options: KeyOptions]>;
  hashBins: Command<[channel: string, options: HashBinsOptions]>;
  expiry: Command<[channel: string, wanted: readonly RoleExpiry[], options: KeyOptions]>;
  rotate: Command<[channel: string, role: string, options: RotateOptions]>;
  revoke: Command<[channel: string, key: string, options: KeyOptions]>;
  delegate: Command<[channel: string, team: string, options: DelegateCommandOptions]>;
  teamKeys: Command<[team: string, options: TeamKeysOptions]>;
  teamSign: Command<[team: string, files: readonly string[], options: TeamSignOptions]>;
  teamPublish: Command<[channel: string, team: string, file: string, options: TeamPublishOptions]>;
  yank: Command<[channel: string, file: string, options: YankOptions]>;
  unyank: Command<[channel: string, file: string, options: UnyankOptions]>;
  status: Command<[channel: string, options: CheckOptions]>;
  importCct: Command<[channel: string, options: ImportCctOptions]>;
  exportCct: Command<[dir: string, channel: string | undefined, options: ExportCctOptions]>;
  trustAdd: Command<[url: string, options: TrustAddOptions]>;
  trustList: Command<[]>;
  trustRemove: Command<[url: string]>;
  trustUpdate: Command<[url: string | undefined]>;
  verifyChannel: Command<[channel: string, options: CheckOptions & { readonly subdir: readonly string[] }]>;
  verifyPackage: Command<[file: string, options: CheckOptions & { readonly channel: string }]>;
  gateway: Command<[options: GatewayCommandOptions]>;
  exec: Command<[command: readonly string[], options: ExecOptions], ForeignStatus>;
  shell: Command<[options: ExecOptions], ForeignStatus>;
  verifyMetadata: Command<[files: readonly string[], options: { readonly root: string; readonly at?: string }]>;
  checkRecords: Command<[options: CheckOptions & { readonly allowUntrusted: readonly string[] }]>;
}

/** Those that there are: the others are unknown commands. */
export type LoadedWhenUsed = { readonly [Name in keyof Commands]?: () => Promise<Commands[Name]> };

/** Loads a command, and runs it with what was typed. */
export type Start = <Name extends keyof Commands>(
  load: () => Promise<Commands[Name]>,
  ...given: Parameters<Commands[Name]> extends [unknown, ...infer Rest] ? Rest : never
) => Promise<void>;

/** What the owner of a machine demands: the model of `antivenom.yaml`. */
import type { NamePattern } from './name-pattern.ts';

/** The kinds of evidence that a policy can ask for. */
export const EVIDENCE = ['index', 'record', 'file'] as const;

export type Evidence = (typeof EVIDENCE)[number];

export interface ChannelRule {
  readonly name: string;
  /** As {@link channelUrlKey} spells it. */
  readonly url: string;
  /** Where the channel's trust metadata stands, if not beside its packages. */
  readonly metadata: string | undefined;
  readonly require: ReadonlySet<Evidence>;
  /** Whose file evidence is required; undefined where any team's will do. */
  readonly team?: string;
  /** Hosts besides its own that its indexes may send clients to, with port where it is not the usual one; absent: none. */
  readonly allowHosts?: readonly string[];
  /** How old a package must be before it is offered. */
  readonly cooldown?: Cooldown;
  /** `FILE:LINE:COLUMN`. */
  readonly where: string;
}

export interface Cooldown {
  readonly ms: number;
  /** Whether the age goes by the signed `indexed_timestamp` where there is one, not by first sight. */
  readonly trustTimestamps: boolean;
}

export interface PackageRule {
  readonly match: NamePattern;
  /** The one channel that may offer these names. */
  readonly channel: ChannelRule | undefined;
  /** Adds to what the channel must have. */
  readonly require: ReadonlySet<Evidence>;
  /** As in {@link ChannelRule}. */
  readonly team?: string;
  /** `FILE:LINE:COLUMN`. */
  readonly where: string;
}

export interface Policy {
  readonly channels: readonly ChannelRule[];
  readonly packages: readonly PackageRule[];
}

/** Where no file says otherwise: every channel needs index evidence. */
export const DEFAULT_POLICY: Policy = { channels: [], packages: [] };

/** Whether the evidence at hand is what the policy asks for. */
import { channelUrlKey } from './channel-url.ts';
import { type ChannelRule, EVIDENCE, type Evidence, type PackageRule, type Policy } from './policy.ts';

export interface PolicyQuestion {
  /** In any spelling of {@link channelUrlKey}. */
  readonly channelUrl: string;
  readonly packageName: string;
  /** What was verified for this package; `waived` where the user lets it through unverified. */
  readonly evidence: ReadonlySet<Evidence> | 'waived';
  /** Whose the file evidence is, where there is any. */
  readonly team?: string | undefined;
}

export type PolicyVerdict =
  | { readonly status: 'accepted'; readonly required: ReadonlySet<Evidence> }
  | {
      readonly status: 'refused';
      readonly code: 'policy-refused';
      /** One sentence that names the package and the rule. */
      readonly message: string;
      readonly required: ReadonlySet<Evidence>;
      readonly missing: readonly Evidence[];
    };

/**
 * Decides on one package of one channel. Every rule that matches counts: what they ask for adds up, and a channel that
 * any of them names is the only one.
 */
export function evaluatePolicy(policy: Policy, question: PolicyQuestion): PolicyVerdict {
  const { packageName, evidence, team } = question;
  const channel = channelRule(policy, question.channelUrl);
  const rules = policy.packages.filter((rule) => rule.match.matches(packageName));
  const demands = demandsOf(channel, rules);
  const required = new Set(demands.map(({ kind }) => kind));
  const unmet = evidence === 'waived' ? [] : demands.filter((demand) => !meets(evidence, team, demand));
  const missing = EVIDENCE.filter((kind) => unmet.some((demand) => demand.kind === kind));

  const bound = rules.find((rule) => rule.channel !== undefined && rule.channel !== channel);
  if (bound?.channel !== undefined) {
    const message = `${packageName} may come from ${bound.channel.url} alone (${bound.where})`;
    return { status: 'refused', code: 'policy-refused', message, required, missing };
  }
  const first = unmet.find(({ kind }) => kind === missing[0]);
  if (first !== undefined && evidence !== 'waived') {
    const found = EVIDENCE.filter((kind) => evidence.has(kind)).map((kind) => inWords(kind, team));
    const asked = inWords(first.kind, first.team);
    const message = `${packageName} needs ${asked} evidence and has ${found.join(' and ') || 'no'} evidence (${first.where})`;
    return { status: 'refused', code: 'policy-refused', message, required, missing };
  }
  return { status: 'accepted', required };
}

/**
 * What the policy asks of a channel as a whole, before any package's name is known: what its own rule says, and index
 * evidence without one.
 */
export function evidenceOfChannel(policy: Policy, channelUrl: string): ReadonlySet<Evidence> {
  return new Set(demandsOf(channelRule(policy, channelUrl), []).map(({ kind }) => kind));
}

/** Hosts besides its own that the channel's indexes may lead to, as `checkRedirects` takes them. */
export function allowedHosts(policy: Policy, channelUrl: string): readonly string[] {
  return channelRule(policy, channelUrl)?.allowHosts ?? [];
}

function channelRule(policy: Policy, channelUrl: string): ChannelRule | undefined {
  const key = channelUrlKey(channelUrl);
  return policy.channels.find((rule) => rule.url === key);
}

interface Demand {
  readonly kind: Evidence;
  /** The one whose file evidence is asked for; undefined: any. */
  readonly team: string | undefined;
  /** `FILE:LINE:COLUMN` of the rule that asks. */
  readonly where: string;
}

function demandsOf(channel: ChannelRule | undefined, rules: readonly PackageRule[]): Demand[] {
  const asking = channel === undefined ? rules : [channel, ...rules];
  const demands = asking.flatMap(({ require, team, where }) =>
    [...require].map((kind): Demand => ({ kind, team: kind === 'file' ? team : undefined, where })),
  );
  if (channel !== undefined) return demands;
  return [{ kind: 'index', team: undefined, where: 'every channel does, unless a policy says otherwise' }, ...demands];
}

function meets(evidence: ReadonlySet<Evidence>, team: string | undefined, demand: Demand): boolean {
  return evidence.has(demand.kind) && (demand.team === undefined || demand.team === team);
}

/** `numpy-team's file` */
function inWords(kind: Evidence, team: string | undefined): string {
  return kind === 'file' && team !== undefined ? `${team}'s file` : kind;
}

/** Whether the evidence at hand is what the policy asks for. */
import { channelUrlKey } from './channel-url.ts';
import { type ChannelRule, EVIDENCE, type Evidence, type PackageRule, type Policy } from './policy.ts';

export interface PolicyQuestion {
  /** In any spelling of {@link channelUrlKey}. */
  readonly channelUrl: string;
  readonly packageName: string;
  /** What was verified for this package. */
  readonly evidence: ReadonlySet<Evidence>;
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
  const { packageName, evidence } = question;
  const channel = channelRule(policy, question.channelUrl);
  const rules = policy.packages.filter((rule) => rule.match.matches(packageName));
  const demands = demandsOf(channel, rules);
  const required = new Set(demands.keys());
  const missing = EVIDENCE.filter((kind) => required.has(kind) && !evidence.has(kind));

  const bound = rules.find((rule) => rule.channel !== undefined && rule.channel !== channel);
  if (bound?.channel !== undefined) {
    const message = `${packageName} may come from ${bound.channel.url} alone (${bound.where})`;
    return { status: 'refused', code: 'policy-refused', message, required, missing };
  }
  const [first] = missing;
  if (first !== undefined) {
    const found = EVIDENCE.filter((kind) => evidence.has(kind)).join(' and ') || 'no';
    const message = `${packageName} needs ${first} evidence and has ${found} evidence (${demands.get(first)})`;
    return { status: 'refused', code: 'policy-refused', message, required, missing };
  }
  return { status: 'accepted', required };
}

/**
 * What the policy asks of a channel as a whole, before any package's name is known: what its own rule says, and index
 * evidence without one.
 */
export function evidenceOfChannel(policy: Policy, channelUrl: string): ReadonlySet<Evidence> {
  return new Set(demandsOf(channelRule(policy, channelUrl), []).keys());
}

function channelRule(policy: Policy, channelUrl: string): ChannelRule | undefined {
  const key = channelUrlKey(channelUrl);
  return policy.channels.find((rule) => rule.url === key);
}

/** Evidence and the place of the first rule that asks for it. */
function demandsOf(channel: ChannelRule | undefined, rules: readonly PackageRule[]): Map<Evidence, string> {
  const demands = new Map<Evidence, string>();
  const add = (kinds: Iterable<Evidence>, where: string) => {
    for (const kind of kinds) if (!demands.has(kind)) demands.set(kind, where);
  };
  if (channel === undefined) add(['index'], 'every channel does, unless a policy says otherwise');
  else add(channel.require, channel.where);
  for (const rule of rules) add(rule.require, rule.where);
  return demands;
}

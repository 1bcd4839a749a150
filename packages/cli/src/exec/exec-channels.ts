/** The channels that a command behind `exec` reaches. */
import { TrustStore } from '@antivenom/client';
import { channelUrlKey, type Policy, PolicyError, UsageError } from '@antivenom/core';
import { type ChannelPlan, RESERVED_NAMES } from '@antivenom/gateway';
import type { ProxiedChannel } from '@antivenom/gateway/proxy';
import { LOCK_WAIT_MS } from '../client-session.ts';
import type { ExecOptions } from '../commands.ts';
import { type Credentials, plansOf } from '../served-channels.ts';
import type { Session } from '../session.ts';

export interface ExecChannels {
  /** Those that are verified, with credentials perhaps. */
  readonly plans: readonly ChannelPlan[];
  readonly proxied: readonly ProxiedChannel[];
}

/**
 * Those that are named, else all that this machine trusts; and those that are let through unverified.
 *
 * @throws UsageError `usage` for what is no channel on the web
 * @throws PolicyError `not-trusted` where there is none
 */
export async function execChannels(
  options: ExecOptions,
  policy: Policy,
  credentials: Credentials,
  session: Session,
): Promise<ExecChannels> {
  const trusted = new Set((await new TrustStore(session.home, LOCK_WAIT_MS).channels()).map(({ url }) => url));
  const configured = options.config === undefined ? [] : policy.channels;
  const named = [...configured.map(({ name, url }) => ({ name, channel: url })), ...options.channel];
  const plans = named.length > 0 ? await plansOf(named, session.world.cwd) : trustedPlans(trusted, policy);
  const channels = plans.map(({ name, url }) => ({ name, url: credentials.withToken(url), key: webKey(url) }));
  const allowed = new Set(
    options.allowUntrusted.map((given) => channels.find(({ name }) => name === given)?.key ?? webKey(given)),
  );
  const known = new Set(channels.map(({ key }) => key));
  const more = [...allowed]
    .filter((key) => !known.has(key))
    .map((key, at) => ({ name: `untrusted-${at + 1}`, url: key, key }));
  const proxied = [...channels, ...more].map(({ name, key }) => {
    return { name, url: key, isVerified: trusted.has(key) || !allowed.has(key) };
  });
  if (!proxied.some(({ url, isVerified }) => trusted.has(url) || !isVerified)) throw nothingTrusted([...known]);
  for (const key of allowed) {
    const isTrusted = trusted.has(key);
    session.warn(isTrusted ? `${key} is trusted: it stays verified` : `${key} is let through unverified`);
  }
  const verified = new Set(proxied.filter(({ isVerified }) => isVerified).map(({ name }) => name));
  return { plans: [...channels, ...more].filter(({ name }) => verified.has(name)), proxied };
}

/** Folders are read by clients themselves: no proxy is asked. */
function trustedPlans(trusted: ReadonlySet<string>, policy: Policy): ChannelPlan[] {
  const taken = new Set(RESERVED_NAMES);
  return [...trusted]
    .filter((url) => !url.startsWith('file:'))
    .map((url) => {
      const wanted = policy.channels.find((channel) => channel.url === url)?.name ?? lastPart(url);
      let name = wanted;
      for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`;
      taken.add(name);
      return { name, url };
    });
}

function lastPart(url: string): string {
  const name = new URL(url).pathname.replace(/.*\//, '').replace(/[^a-zA-Z0-9._-]/g, '-');
  return /^[a-zA-Z0-9]/.test(name) ? name : 'channel';
}

/** @throws UsageError `usage` */
function webKey(url: string): string {
  const key = channelUrlKey(url);
  if (key !== undefined && !key.startsWith('file:')) return key;
  // Nothing of it is repeated: it may hold a secret.
  throw new UsageError(
    'usage',
    'a channel behind exec has an http or https address, or the name of one that is configured',
    {
      hint: 'Write it as https://channel.example/name. Folders are read by clients themselves: use antivenom gateway for them.',
    },
  );
}

function nothingTrusted(urls: readonly string[]): PolicyError {
  const which = urls.length === 0 ? 'no channel on the web is' : `none of these channels is: ${urls.join(', ')}:`;
  return new PolicyError('not-trusted', `${which} trusted on this machine`.replace(': trusted', ' trusted'), {
    hint: 'Get the fingerprint of a root from its owner, then: antivenom trust add URL --fingerprint HEX',
    details: { channels: urls },
  });
}

/** The channels that a gateway serves, as they are named on the command line, and what this machine has for them. */
import { join } from 'node:path';
import { HostCredentials, type TrustStore } from '@antivenom/client';
import { channelUrlKey, PolicyError, UsageError } from '@antivenom/core';
import { type ChannelPlan, RESERVED_NAMES } from '@antivenom/gateway';
import { readFileIfThere } from '@antivenom/node';
import { channelUrl } from './channel-argument.ts';
import type { NamedChannel } from './commands.ts';
import { readNamedFile } from './named-path.ts';
import type { Session } from './session.ts';

/** @throws UsageError `usage` */
export async function plansOf(named: readonly NamedChannel[], cwd: string): Promise<ChannelPlan[]> {
  const names = new Set<string>();
  for (const { name } of named) {
    if (RESERVED_NAMES.has(name))
      throw wrong(`${name} is an address of the gateway's own`, 'Give the channel another name.');
    if (names.has(name)) throw wrong(`two channels are named ${name}`, 'Give each channel a name of its own.');
    names.add(name);
  }
  return Promise.all(named.map(async ({ name, channel }) => ({ name, url: await channelUrl(channel, cwd) })));
}

/**
 * A gateway that can never serve anything does not start; one channel that is not trusted keeps the others from nothing.
 *
 * @throws PolicyError `not-trusted`
 */
export async function requireTrust(channels: readonly ChannelPlan[], store: TrustStore): Promise<void> {
  const trusted = new Set((await store.channels()).map(({ url }) => url));
  if (channels.some(({ url }) => trusted.has(channelUrlKey(url) ?? ''))) return;
  const urls = channels.map(({ url }) => channelUrlKey(url)).join(', ');
  throw new PolicyError('not-trusted', `none of the channels is trusted on this machine: ${urls}`, {
    hint: 'Get the fingerprint of a root from its owner, then: antivenom trust add URL --fingerprint HEX',
    details: { channels: urls },
  });
}

export type Credentials = Pick<HostCredentials, 'authorization' | 'withToken'>;

/** @throws UsageError `usage` */
export async function readCredentials(option: string | undefined, { world }: Session): Promise<Credentials> {
  const named =
    option === undefined ? undefined : HostCredentials.parse(await readNamedFile(option, world.cwd), option);
  const netrc = await readFileIfThere(join(world.userHome, '.netrc'));
  const others = HostCredentials.ofNetrc(netrc === undefined ? '' : new TextDecoder().decode(netrc));
  return {
    authorization: (url) => named?.authorization(url) ?? others.authorization(url),
    withToken: (url) => named?.withToken(url) ?? url,
  };
}

function wrong(message: string, hint: string): UsageError {
  return new UsageError('usage', message, { hint });
}

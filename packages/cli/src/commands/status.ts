/** `status CHANNEL|URL`: the roles of a channel and their health. */
import { remoteStatus } from '@antivenom/client';
import { channelStatus, expiryWarnings, theftWindows } from '@antivenom/publisher';
import { channelFolder, isUrl } from '../channel-argument.ts';
import { type ChannelHealth, healthInJson, healthLines } from '../channel-health.ts';
import { clientEnv } from '../client-session.ts';
import type { CheckOptions, Commands } from '../commands.ts';
import type { Session } from '../session.ts';
import { parseTimeOfCheck } from '../time-of-check.ts';

export const status: Commands['status'] = async (session, channel, options) => {
  const { name, health, now, facts } = await look(session, channel, options);
  session.result({ ...healthInJson(health), ...facts }, healthLines(name, health, now));
  return 0;
};

interface Look {
  readonly name: string;
  readonly health: ChannelHealth;
  /** The time of the check, ms since the epoch. */
  readonly now: number;
  /** What only this kind of channel has, for JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

async function look(session: Session, channel: string, options: CheckOptions): Promise<Look> {
  if (isUrl(channel) && !channel.toLowerCase().startsWith('file:')) {
    const env = await clientEnv(session, options);
    const { url, roles, yanks, rootFingerprint, isTrusted } = await remoteStatus(channel, env);
    if (!isTrusted) session.warn(`${url} is not trusted on this machine by this first root: compare its fingerprint`);
    const problems = expiryWarnings(roles, env.now);
    const health = { roles, yanks, rootFingerprint, windows: theftWindows(roles), problems };
    return { name: url, health, now: env.now, facts: { url, trusted: isTrusted } };
  }
  const now = options.at === undefined ? session.world.now() : parseTimeOfCheck(options.at);
  const folder = await channelFolder(channel, session.world.cwd);
  const health = await channelStatus(folder, { now });
  return { name: health.folder, health, now, facts: { folder: health.folder, kept: health.kept } };
}

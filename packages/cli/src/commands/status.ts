/** `status CHANNEL`: the roles of a channel and their health. */
import { channelStatus } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { healthInJson, healthLines } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { parseTimeOfCheck } from '../time-of-check.ts';

export const status: Commands['status'] = async (session, channel, options) => {
  const now = options.at === undefined ? session.world.now() : parseTimeOfCheck(options.at);
  const folder = await channelFolder(channel, session.world.cwd);
  const health = await channelStatus(folder, { now });
  session.result({ ...healthInJson(health), folder: health.folder }, healthLines(health.folder, health));
  return 0;
};

/** `renew CHANNEL`: sign the offline roles anew, with the same keys. */
import { renewChannel } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import { tellRenewal } from './refresh.ts';

export const renew: Commands['renew'] = async (session, channel, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  tellRenewal(session, await renewChannel(folder, keysOf(session, folder, options, 'existing'), publisherEnv(session)));
  return 0;
};

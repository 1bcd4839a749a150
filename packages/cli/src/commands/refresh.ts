/** `refresh CHANNEL`: renew what expires soon, for a daily job. */
import { type RefreshResult, refreshChannel } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv, retentionOf } from '../publisher-environment.ts';
import type { Session } from '../session.ts';

export const refresh: Commands['refresh'] = async (session, channel, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const refreshing = { ...keysOf(session, folder, options, 'existing'), ...retentionOf(options) };
  tellRenewal(session, await refreshChannel(folder, refreshing, publisherEnv(session)));
  return 0;
};

export function tellRenewal(session: Session, result: RefreshResult): void {
  const { published, renewed, files, folder, warnings } = result;
  const lines = [
    published ? `Renewed in ${folder}: ${renewed.join(', ')}.` : `Nothing is due in ${folder}.`,
    ...(!published && files.length > 0
      ? [`Mended ${countOf(files.length, 'file')} that an earlier run left behind.`]
      : []),
  ];
  session.result({ ok: true, ...result, warnings: warnings.map(problemInJson) }, lines);
  for (const { message } of warnings) session.warn(message);
}

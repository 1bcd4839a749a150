/** `hash-bins CHANNEL`: each package becomes a target that any client of TUF can fetch. */
import { hashBins as build } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';

export const hashBins: Commands['hashBins'] = async (session, channel, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const keys = keysOf(session, folder, options, 'existing');
  const wanted = options.bins === undefined ? {} : { bins: options.bins };
  const result = await build(folder, { ...keys, ...wanted }, publisherEnv(session));
  const { bins, packages, newKeys, warnings } = result;
  session.result({ ok: true, ...result, warnings: warnings.map(problemInJson) }, [
    `Published in ${result.folder}: ${countOf(packages, 'package')} in ${countOf(bins, 'hash bin')}.`,
    ...newKeys.map((key) => `New key:      ${key}`),
    ...(newKeys.length > 0 ? ['Keep a copy of the new key file.'] : []),
  ]);
  for (const { message } of warnings) session.warn(message);
  return 0;
};

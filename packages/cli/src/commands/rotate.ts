/** `rotate CHANNEL ROLE` and `revoke CHANNEL KEYID`: keys that sign no more, and others in their place. */
import { type RotateResult, revokeKey, rotateRole } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { countOf, problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import type { Session } from '../session.ts';

export const rotate: Commands['rotate'] = async (session, channel, role, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const { key, threshold } = options;
  const rotation = {
    ...keysOf(session, folder, options, 'existing'),
    ...(key === undefined ? {} : { key }),
    ...(threshold === undefined ? {} : { roleKeys: threshold }),
  };
  tell(session, await rotateRole(folder, role, rotation, publisherEnv(session)));
  return 0;
};

export const revoke: Commands['revoke'] = async (session, channel, key, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const revocation = { ...keysOf(session, folder, options, 'existing'), key };
  tell(session, await revokeKey(folder, revocation, publisherEnv(session)));
  return 0;
};

function tell(session: Session, result: RotateResult): void {
  const { published, renewed, newKeys, retired, folder, warnings } = result;
  const lines = [
    published
      ? `Published in ${folder} with the keys of now: ${renewed.join(', ')}.`
      : `No role of ${folder} names the key.`,
    ...newKeys.map((key) => `New key:      ${key}`),
    ...retired.map((file) => `Signs no more: ${file}`),
    ...(newKeys.length > 0 ? [`Keep a copy of the ${countOf(newKeys.length, 'new key file')}.`] : []),
  ];
  session.result({ ok: true, ...result, warnings: warnings.map(problemInJson) }, lines);
  for (const { message } of warnings) session.warn(message);
}

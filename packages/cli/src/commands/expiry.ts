/** `expiry CHANNEL [ROLE=DAYS…]`: how long the roles last, and other lifetimes for them. */
import { spanText } from '@antivenom/core';
import { changeExpiry, channelExpiry, type RoleExpiry } from '@antivenom/publisher';
import { channelFolder } from '../channel-argument.ts';
import { problemInJson } from '../channel-health.ts';
import type { Commands } from '../commands.ts';
import { keysOf, publisherEnv } from '../publisher-environment.ts';
import { daysByRole } from '../role-options.ts';

const DAY_MS = 86_400_000;

export const expiry: Commands['expiry'] = async (session, channel, wanted, options) => {
  const folder = await channelFolder(channel, session.world.cwd);
  const days = daysByRole(wanted);
  if (days.size === 0) {
    const { roles, warnings } = await channelExpiry(folder);
    session.result({ ok: true, published: false, policy: roles, warnings: warnings.map(problemInJson) }, lines(roles));
    for (const { message } of warnings) session.warn(message);
    return 0;
  }
  const change = { ...keysOf(session, folder, options, 'existing'), days };
  const { policy, warnings, ...result } = await changeExpiry(folder, change, publisherEnv(session));
  session.result({ ok: true, ...result, policy, warnings: warnings.map(problemInJson) }, [
    `Signed anew in ${result.folder}: ${result.renewed.join(', ')}.`,
    ...lines(policy),
  ]);
  for (const { message } of warnings) session.warn(message);
  return 0;
};

function lines(policy: readonly RoleExpiry[]): string[] {
  const width = Math.max(...policy.map(({ role }) => role.length));
  return policy.map(({ role, days, renewedBy, everyDays, noticeDays }) => {
    const who =
      renewedBy === 'refresh'
        ? `run refresh at least every ${spanText(everyDays * DAY_MS)}`
        : `run renew, with the offline keys, within that time; you are told ${spanText(noticeDays * DAY_MS)} before`;
    return `  ${role.padEnd(width)}  good for ${spanText(days * DAY_MS)}: ${who}`;
  });
}

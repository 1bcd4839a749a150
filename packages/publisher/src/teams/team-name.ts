/** What a team can be called: its name is that of a role, of files, and of nothing that the channel signs itself. */
import { isTeamName, UsageError } from '@antivenom/core';
import { DEFAULT_ROLE_KEYS } from '../roles/role-plan.ts';

/** @throws UsageError `usage` */
export function requireTeamName(name: string): void {
  const wrong = !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)
    ? 'a name is lower-case letters, digits, - and _, at most 64 of them'
    : isTaken(name)
      ? 'the channel has a role of that name itself'
      : undefined;
  if (wrong === undefined) return;
  throw new UsageError('usage', `no team can be called ${JSON.stringify(name)}: ${wrong}`, {
    hint: 'Call it by what it builds: numpy-team.',
    details: { team: name },
  });
}

function isTaken(name: string): boolean {
  return !isTeamName(name) || Object.hasOwn(DEFAULT_ROLE_KEYS, name) || /^bin(-|$)/.test(name);
}

/** How the roles of a channel and what is wrong with it are told, as JSON and as lines; of a folder and of a URL alike. */
import { type RoleStatus, spanText } from '@antivenom/core';
import type { StatusResult, TheftWindow, Warning } from '@antivenom/publisher';

/** What can be told of a channel wherever it stands. */
export type ChannelHealth = Pick<StatusResult, 'roles' | 'yanks' | 'rootFingerprint' | 'windows' | 'problems'>;

export function healthInJson(health: ChannelHealth): Record<string, unknown> {
  const { roles, yanks, rootFingerprint, windows, problems } = health;
  return {
    ok: true,
    roles: roles.map(roleInJson),
    rootFingerprint,
    windows,
    yanked: yanks.files,
    yankWindow: yanks.window ?? null,
    problems: problems.map(problemInJson),
  };
}

/**
 * @param name the channel as a person knows it: a URL or a folder
 * @param now ms since the epoch
 */
export function healthLines(name: string, health: ChannelHealth, now: number): string[] {
  const { roles, yanks, rootFingerprint, windows, problems } = health;
  const { first, current, currentVersion } = rootFingerprint;
  return [
    name,
    ...roleLines(roles, now).flatMap((line, at) => [line, ...keyLines(roles[at])]),
    '',
    `First root:    ${first}  (what consumers are given)`,
    `Current root:  ${current}  (version ${currentVersion})`,
    '',
    'What a thief of online keys could do until you rotate them, and until when those believe it who are kept from seeing that:',
    ...windows.map((window) => windowLine(window, now)),
    '',
    ...yankLines(yanks),
    ...(problems.length === 0 ? ['No problems.'] : [`${countOf(problems.length, 'problem')}:`]),
    ...problems.map(({ kind, message }) => `  ${kind.padEnd(12)}  ${message}`),
  ];
}

function windowLine({ role, with: others, does, until, endedBy }: TheftWindow, now: number): string {
  const keys = others.length === 0 ? role : `${role}, with ${others.join(' and ')}`;
  const end =
    Date.parse(until) <= now ? `no more: ${endedBy} expired` : `until ${endedBy} expires on ${until.slice(0, 10)}`;
  return `  ${keys}: ${does} (${end})`;
}

function yankLines({ files, window }: ChannelHealth['yanks']): string[] {
  if (files.length === 0 || window === undefined) return [];
  const lines = files.map(({ subdir, file, time, reason }) => `  ${subdir}/${file}  ${time.slice(0, 10)}: ${reason}`);
  return [`${countOf(files.length, 'yanked file')}:`, ...lines, window, ''];
}

/** A role as `--json` shows it. */
export function roleInJson(role: RoleStatus): Record<string, unknown> {
  const { name, version, expires, daysLeft, threshold, keys, bins } = role;
  return { name, version, expires, daysLeft, threshold, keys, ...(bins === undefined ? {} : { bins }) };
}

/**
 * A table with one line a role.
 *
 * @param now ms since the epoch
 */
export function roleLines(roles: readonly RoleStatus[], now: number): string[] {
  const width = Math.max(...roles.map(({ name }) => name.length));
  return roles.map(({ name, version, expires, threshold, keys, bins }) => {
    const signers = `${threshold} of ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`;
    const many = bins === undefined ? '' : `, ${countOf(bins, 'hash bin')}`;
    return `  ${name.padEnd(width)}  version ${version}${many}, ${signers}, ${lifeLeft(expires, now)}`;
  });
}

/** Digits of a key that tell it from any other, for `rotate --key` and `revoke`. */
const KEY_DIGITS = 16;

function keyLines(role: RoleStatus | undefined): string[] {
  return (role?.keys ?? []).map((key) => `    key ${key.slice(0, KEY_DIGITS)}…`);
}

function lifeLeft(expires: string, now: number): string {
  const day = expires.slice(0, 10);
  const left = Date.parse(expires) - now;
  return left <= 0 ? `expired on ${day}` : `good until ${day} (${spanText(left)})`;
}

/** A problem as `--json` shows it. */
export function problemInJson({ kind, about, message }: Warning): Record<string, unknown> {
  return { kind, about, message };
}

/** `1 key`, `2 keys` */
export function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What follows an option, read into what it means. */
import { RECORD_CHAINS, type RecordClient } from '@antivenom/core';
import { InvalidArgumentError } from 'commander';
import type { ListenAddress, NamedChannel, RoleExpiry, RoleThreshold, RootFingerprint } from './commands.ts';

export function collect<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => [...before, parse(text)];
}

/** `none`, or a list of clients, in any order. */
export function signFor(text: string): readonly RecordClient[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.length === 1 && words[0] === 'none') return [];
  const clients = RECORD_CHAINS.map(({ client }) => client);
  const unknown = words.find((word) => !clients.some((client) => client === word));
  if (unknown === undefined) return clients.filter((client) => words.includes(client));
  const wrong =
    unknown === 'none' ? 'none stands alone' : unknown === '' ? 'a word is missing' : `${unknown} is no such client`;
  throw new InvalidArgumentError(`${wrong}.\n(It is conda, mamba, conda,mamba or none.)`);
}

/** `ROLE=M/N`. */
export function roleThreshold(text: string): RoleThreshold {
  const [, role, threshold, keys] = /^([a-z_/-]+)=([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? [];
  if (role === undefined || Number(threshold) > Number(keys)) {
    throw new InvalidArgumentError('It is written ROLE=M/N: M of N keys must sign, for example root=2/3.');
  }
  return { role, threshold: Number(threshold), keys: Number(keys) };
}

/** `M/N`. */
export function keysThreshold(text: string): Omit<RoleThreshold, 'role'> {
  const [, threshold, keys] = /^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? [];
  if (threshold === undefined || Number(threshold) > Number(keys) || Number(keys) > 100) {
    throw new InvalidArgumentError('It is written M/N: M of N keys must sign, for example 2/3; at most 100 keys.');
  }
  return { threshold: Number(threshold), keys: Number(keys) };
}

/** Of a team: as many keys as a role may have. */
export function countOfKeys(text: string): number {
  if (/^[1-9]\d?$|^100$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of keys, from 1 to 100.');
}

export function countOfDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 36_500) return Number(text);
  throw new InvalidArgumentError('It is a number of days, from 1 to 36500.');
}

/** `ROLE=DAYS`. */
export function roleExpiry(text: string): RoleExpiry {
  const [, role, days] = /^([a-z_/-]+)=([1-9]\d{0,4})$/.exec(text) ?? [];
  if (role === undefined) throw new InvalidArgumentError('It is written ROLE=DAYS, for example timestamp=3.');
  return { role, days: Number(days) };
}

export function versions(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of publications, at least 2.');
}

export function authorities(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of authorities, at least 1.');
}

export function binCount(text: string): number {
  const count = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
  if (count >= 2 && count <= 65_536 && Number.isInteger(Math.log2(count))) return count;
  throw new InvalidArgumentError('It is a power of two from 2 to 65536: one for some 200 packages.');
}

/** `HEX` is that of `1.root.json`, `N:HEX` that of `N.root.json`. */
export function rootFingerprint(text: string): RootFingerprint {
  const [, version = '1', sha256] = /^(?:([1-9]\d{0,8}):)?([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (sha256 === undefined) throw new InvalidArgumentError('It is 64 hex digits, or N: and 64 hex digits.');
  return { version: Number(version), sha256: sha256.toLowerCase() };
}

/** One folder of a channel. */
export function subdir(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]*$/.test(text)) return text;
  throw new InvalidArgumentError("It is the name of one of the channel's folders, for example linux-64.");
}

/** `HOST` or `HOST:PORT`, as it stands in an address: compared with that, so an address would match nothing. */
export function allowedHost(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(:\d{1,5})?$/.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It is a host alone, for example conda.anaconda.org.');
}

/** `HOST:PORT`, `[::1]:PORT`; port 0 is any that is free. */
export function listenAddress(text: string): ListenAddress {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('It is written HOST:PORT, for example 127.0.0.1:8480.');
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** A host's name without its port, in lower case. */
export function hostName(text: string): string {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It is the name of a host alone, for example gateway.example.');
}

/** `NAME=URL`, or `NAME=FOLDER`. */
export function namedChannel(text: string): NamedChannel {
  const [, name, channel] = /^([a-zA-Z0-9][a-zA-Z0-9._-]*)=(.+)$/.exec(text) ?? [];
  // The URL may hold a secret: nothing of it is repeated.
  if (name === undefined || channel === undefined) {
    throw new InvalidArgumentError('It is written NAME=URL, for example good=https://channel.example/good.');
  }
  return { name, channel };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `30s`, `5m`, `12h`, `3d`. @returns ms */
export function timeSpan(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new InvalidArgumentError('It is a number and s, m, h or d, for example 5m.');
  }
  return Number(count) * (SECONDS[unit] ?? 1) * 1000;
}

const MULTIPLES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** `500MB`, `20GB`. @returns bytes */
export function dataSize(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(MB|GB|TB)$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new InvalidArgumentError('It is a number and MB, GB or TB, for example 20GB.');
  }
  return Number(count) * (MULTIPLES[unit] ?? 1);
}

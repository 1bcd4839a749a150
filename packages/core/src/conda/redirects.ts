/**
 * Members of an index that send a client elsewhere: to another host for packages or shards, into another channel, or
 * into code that decides what a machine is. Signing such an index vouches for what stands there.
 */
import { VerificationError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { writeJson } from '../json/write.ts';
import { concat } from './cut.ts';
import type { RecordMap } from './record-maps.ts';
import { fileOf, type Repodata } from './repodata.ts';

export interface Redirect {
  /** `info.base_url`, `info.channel_relations`, `url`, … */
  readonly field: string;
  /** The package file whose record it stands in; undefined for the index itself. */
  readonly file: string | undefined;
  readonly value: JsonValue;
}

/** Where a redirect may lead. */
export interface RedirectRules {
  /** The folder whose index it is: relative addresses start there. */
  readonly subdir: string;
  /** The channel's address, which its consumers know: what stays within it is no redirect. */
  readonly channelUrl?: string;
  /** Host names, with port where it is not the usual one, that the channel's owner allows besides. */
  readonly allowHosts: readonly string[];
}

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['base_url', 'shards_base_url']);
const OTHER_FIELDS = ['channel_relations', 'virtual_package_detectors'] as const;
/** Stands for the address of a channel that has none yet: no other host equals it. */
const UNKNOWN_CHANNEL = 'https://channel.invalid/channel';

/** What in `info` (or `metadata`) redirects; empty addresses, which shard indexes always state, do not. */
export function infoRedirects(info: JsonObject | undefined, name: 'info' | 'metadata' = 'info'): Redirect[] {
  if (info === undefined) return [];
  return [...ADDRESS_FIELDS, ...OTHER_FIELDS].flatMap((field) => {
    const value = info.get(field);
    if (value === undefined || value === null || value === '') return [];
    return [{ field: `${name}.${field}`, file: undefined, value }];
  });
}

/**
 * What in a record redirects: a `url` or `channel` of its own, or an `fn` that is not the file.
 *
 * @param file the record's key in its map
 */
export function recordRedirects(file: string, map: RecordMap, record: JsonObject): Redirect[] {
  const fn = record.get('fn');
  // The key of a wheel cannot spell its file name, so `fn` does.
  const packageFile = map === 'v3.whl' && typeof fn === 'string' ? fn : fileOf({ map, file });
  return ['url', 'channel', 'fn'].flatMap((field) => {
    const value = record.get(field);
    if (value === undefined || value === null || (field === 'fn' && value === packageFile)) return [];
    return [{ field, file: packageFile, value }];
  });
}

/** What redirects outside of the records: in `info`, and in `metadata`, which subchannel tools write in its place. */
export function headRedirects(repodata: Repodata): Redirect[] {
  return [...infoRedirects(repodata.info), ...infoRedirects(repodata.metadata, 'metadata')];
}

/** The same file without what {@link headRedirects} lists: its packages and shards stand beside it. */
export function withoutHeadRedirects(repodata: Repodata): Uint8Array {
  const { bytes } = repodata;
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const { key, valueStart, valueEnd } of repodata.members) {
    const info = key === 'info' ? repodata.info : key === 'metadata' ? repodata.metadata : undefined;
    if (info === undefined) continue;
    const fields = [...ADDRESS_FIELDS, ...OTHER_FIELDS];
    const plain = new Map([...info].filter(([field]) => !fields.includes(field)));
    pieces.push(bytes.subarray(at, valueStart), writeJson(plain));
    at = valueEnd;
  }
  return concat([...pieces, bytes.subarray(at)]);
}

/** Everything in an index that redirects. Reads each record once. */
export function indexRedirects(repodata: Repodata): Redirect[] {
  return [
    ...headRedirects(repodata),
    ...repodata.records.flatMap((slice) => recordRedirects(slice.file, slice.map, repodata.record(slice))),
  ];
}

/**
 * Refuses what leads out of the channel to a host that was not allowed, and whatever pulls in another channel or detector.
 *
 * @throws VerificationError `unsafe-index`, naming the first such member.
 */
export function checkRedirects(redirects: readonly Redirect[], rules: RedirectRules): void {
  for (const redirect of redirects) {
    const where = redirect.file === undefined ? rules.subdir : `${rules.subdir}/${redirect.file}`;
    const { field, value } = redirect;
    const kind = field.replace(/^(info|metadata)\./, '');
    if (kind === 'fn') throw refusal(where, `\`fn\` names another file, ${JSON.stringify(value)}`);
    if (kind === 'channel_relations' || kind === 'virtual_package_detectors') {
      throw refusal(where, `\`${field}\` makes clients follow what this index does not hold`);
    }
    if (typeof value !== 'string') throw refusal(where, `\`${field}\` must be an address`);
    if (kind === 'channel' && !value.includes('/')) {
      if (rules.channelUrl?.replace(/\/+$/, '').endsWith(`/${value}`)) continue;
      throw refusal(where, `\`channel\` names another channel, ${value}`);
    }
    if (kind === 'url' && redirect.file !== undefined && !namesFile(value, redirect.file)) {
      throw refusal(where, `\`url\` names another file, ${value}`);
    }
    checkAddress(where, field, value, rules);
  }
}

function namesFile(address: string, file: string): boolean {
  return address.endsWith(`/${file}`) || address.endsWith(`/${encodeURIComponent(file)}`);
}

function checkAddress(where: string, field: string, value: string, rules: RedirectRules): void {
  const channel = URL.parse(`${(rules.channelUrl ?? UNKNOWN_CHANNEL).replace(/\/+$/, '')}/`);
  const target = channel && URL.parse(value, `${channel.href}${rules.subdir}/`);
  if (!channel || !target || /%2f|%5c|%2e/i.test(value)) throw refusal(where, `\`${field}\` is no address: ${value}`);
  const sameHost = target.protocol === channel.protocol && target.host === channel.host;
  const within = sameHost && `${target.pathname}/`.startsWith(channel.pathname);
  if (within && !target.username && !target.password) return;
  if (/^https?:$/.test(target.protocol) && rules.allowHosts.includes(target.host)) return;
  const what = `\`${field}\` leads out of the channel, to ${target.host || target.protocol}`;
  throw refusal(where, what, rules.channelUrl === undefined ? ownerHint(target.host) : CONSUMER_HINT, target.host);
}

const TAKE_OUT = 'Take the member out and index the channel again.';
const CONSUMER_HINT = 'No index is followed out of its channel: tell the owner of the channel.';

function ownerHint(host: string): string {
  if (host === '') return TAKE_OUT;
  return `If the packages shall come from there, say --allow-host ${host}; else take the member out and index again.`;
}

function refusal(where: string, what: string, hint = TAKE_OUT, host?: string): VerificationError {
  return new VerificationError('unsafe-index', `${where}: ${what}`, {
    hint,
    details: { where, ...(host ? { host } : {}) },
  });
}

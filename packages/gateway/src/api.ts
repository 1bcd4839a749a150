/** What the gateway tells of itself: documents of `/api/v1`. */
import { entryOf, rolesOf } from '@antivenom/client';
import { fileOf, formatTimestamp } from '@antivenom/core';
import type { ContentCache } from './content-cache.ts';
import { notListed } from './problem-document.ts';
import type { ServedChannel } from './served-channel.ts';

/** @param now ms since the epoch */
export function channelDocument(channel: ServedChannel, now: number): Readonly<Record<string, unknown>> {
  const { name, failure, last, refreshedAt } = channel;
  const facts = { name, ok: failure === undefined };
  const failed = failure === undefined ? {} : { failure: refusalDocument(failure) };
  if (last === undefined) return { ...facts, serving: false, ...failed };
  const { publication } = last;
  return {
    ...facts,
    serving: now < publication.expires,
    url: publication.channel.key,
    evidence: publication.channel.kind === 'tuf' ? 'index' : 'record',
    expires: formatTimestamp(publication.expires),
    ...(refreshedAt === undefined ? {} : { refreshed: formatTimestamp(refreshedAt) }),
    ...failed,
    subdirs: [...publication.subdirs.values()].map(({ subdir, source, leftOut }) => ({
      subdir,
      records: source.records.length,
      leftOut: leftOut.size,
    })),
    roles: rolesOf(publication.channel, now).map(({ name: role, version, expires, threshold }) => ({
      name: role,
      version,
      expires,
      threshold,
    })),
  };
}

/** Which records are not offered, and why. */
export function leftOutDocument({ name, last }: ServedChannel): Readonly<Record<string, unknown>> {
  const subdirs = [...(last?.publication.subdirs.values() ?? [])];
  return {
    channel: name,
    leftOut: subdirs.flatMap(({ subdir, leftOut }) =>
      [...leftOut].map(([slice, error]) => ({ file: `${subdir}/${fileOf(slice)}`, ...refusalDocument(error) })),
    ),
  };
}

export function cacheDocument({ count, bytes, maxBytes }: ContentCache): Readonly<Record<string, unknown>> {
  return { files: count, bytes, maxBytes };
}

/**
 * Whether a package may be offered, by its record.
 *
 * @throws Problem 404, or as `ServedChannel.current`
 */
export async function verdictDocument(
  channel: ServedChannel,
  subdir: string,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = `${subdir}/${name}`;
  const { publication } = await channel.current('package', file);
  const index = publication.subdirs.get(subdir);
  const slice = index?.source.find(name);
  if (index === undefined || slice === undefined) {
    const place = { channel: channel.name, file };
    throw notListed(`the verified index of ${channel.name} does not list ${file}`, place);
  }
  const entry = entryOf(index.source, slice);
  const refusal = index.leftOut.get(slice);
  const sha256 = entry.record.get('sha256');
  return {
    channel: channel.name,
    file,
    offered: refusal === undefined,
    evidence: index.evidenceOf(entry),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(refusal === undefined ? {} : { refusal: refusalDocument(refusal) }),
  };
}

function refusalDocument(error: { code: string; message: string; hint: string | undefined }): Record<string, string> {
  return { code: error.code, message: error.message, hint: error.hint ?? '' };
}

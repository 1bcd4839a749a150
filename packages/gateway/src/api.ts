/** What the gateway tells of itself: documents of `/api/v1`. */
import { rolesOf } from '@antivenom/client';
import { fileOf, formatTimestamp } from '@antivenom/core';
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

function refusalDocument(error: { code: string; message: string; hint: string | undefined }): Record<string, string> {
  return { code: error.code, message: error.message, hint: error.hint ?? '' };
}

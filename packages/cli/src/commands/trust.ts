/** `trust add`, `list`, `remove`, `update`: the channels that this machine trusts. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type AuthorityKind,
  addTrust,
  CredentialsFile,
  type OpenChannel,
  openChannel,
  RECORDS_ALONE,
  type RefusedFile,
  type TrustedChannel,
  TrustStore,
} from '@antivenom/client';
import { ContentTrustError, formatTimestamp, PolicyError, UsageError } from '@antivenom/core';
import { channelUrl, isUrl } from '../channel-argument.ts';
import { clientEnv, LOCK_WAIT_MS } from '../client-session.ts';
import type { Commands } from '../commands.ts';
import { fetcherOf } from '../fetcher.ts';
import { readNamedFile } from '../named-path.ts';
import { tellChecked } from '../refused-files.ts';
import type { Session } from '../session.ts';

export const trustAdd: Commands['trustAdd'] = async (session, typed, options) => {
  const { cwd } = session.world;
  const { fingerprint, root, metadata, threshold } = options;
  if (fingerprint === undefined && root === undefined) {
    throw new UsageError('usage', 'one of --root and --fingerprint is needed');
  }
  const added = await addTrust(
    {
      url: await channelUrl(typed, cwd),
      metadata: metadata === undefined ? undefined : await channelUrl(metadata, cwd),
      root:
        root === undefined
          ? (fingerprint as NonNullable<typeof fingerprint>)
          : { file: root, bytes: await readNamedFile(root, cwd) },
      threshold,
    },
    { home: session.home, fetcher: fetcherOf(session), lockWaitMs: LOCK_WAIT_MS },
  );
  const { channel, kind } = added;
  if (kind === 'cct') session.warn(`${channel.url} has a conda-content-trust root: ${RECORDS_ALONE}`);
  session.result({ ok: true, channels: [document(channel)] }, [
    `${channel.url} is trusted: root ${added.root.version}, ${added.root.sha256}`,
    ...(kind === 'cct' && metadata === undefined
      ? [
          `Its chain is read at ${channel.url}. Where it stands elsewhere, add --metadata, for example ${channel.url}/cct`,
        ]
      : []),
    ...(channel.authorities.length > 1 ? [agreementLine(channel)] : []),
  ]);
  return 0;
};

export const trustList: Commands['trustList'] = async (session) => {
  const channels = await storeOf(session).channels();
  const lines = channels.flatMap((channel) => [
    channel.url,
    ...channel.authorities.map(({ kind, metadata, root }) => {
      const place = metadata === undefined ? '' : `, metadata at ${metadata}`;
      return `  ${NAMES[kind]} root ${root.version} ${root.sha256}${place}`;
    }),
    ...(channel.authorities.length > 1 ? [`  ${agreementLine(channel)}`] : []),
  ]);
  if (channels.length === 0) session.note(NONE_YET);
  session.result({ ok: true, channels: channels.map(document) }, lines);
  return 0;
};

export const trustRemove: Commands['trustRemove'] = async (session, typed) => {
  const store = storeOf(session);
  const url = await trustedUrl(typed, session);
  const removed = await store.remove(url).catch((error: unknown) => {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(error.code, error.message, { hint: LIST_HINT, details: error.details });
  });
  const credentials = new CredentialsFile(session.home, LOCK_WAIT_MS);
  await credentials.forget(removed.url);
  for (const { metadata } of removed.authorities) if (metadata !== undefined) await credentials.forget(metadata);
  session.result({ ok: true, channels: [document(removed)] }, [`${removed.url} is trusted no more`]);
  return 0;
};

export const trustUpdate: Commands['trustUpdate'] = async (session, typed) => {
  const env = await clientEnv(session, {});
  const store = storeOf(session);
  const channels =
    typed === undefined ? await store.channels() : [await store.channel(await trustedUrl(typed, session))];
  if (channels.length === 0) session.note(NONE_YET);
  const updated: { channel: TrustedChannel; expires: number }[] = [];
  const refused: RefusedFile[] = [];
  for (const channel of channels) {
    try {
      updated.push({ channel, expires: firstExpiry(await openChannel(channel.url, env)) });
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      refused.push({
        file: channel.url,
        code: error.code,
        message: error.message,
        hint: error.hint,
        details: error.details,
      });
    }
  }
  const members = {
    channels: updated.map(({ channel, expires }) => ({ ...document(channel), expires: formatTimestamp(expires) })),
  };
  const lines = updated.map(
    ({ channel, expires }) => `${channel.url} is up to date, good until ${formatTimestamp(expires)}`,
  );
  return tellChecked(session, members, lines, refused);
};

const NONE_YET = 'No channel is trusted yet. Start with: antivenom trust add URL --fingerprint HEX';
const LIST_HINT = 'Those that are trusted: antivenom trust list';

const NAMES: Readonly<Record<AuthorityKind, string>> = { tuf: 'TUF', cct: 'conda-content-trust' };

function storeOf(session: Session): TrustStore {
  return new TrustStore(session.home, LOCK_WAIT_MS);
}

/** The folder of a channel that was trusted may be gone. */
async function trustedUrl(typed: string, session: Session): Promise<string> {
  if (isUrl(typed)) return channelUrl(typed, session.world.cwd);
  return pathToFileURL(resolve(session.world.cwd, typed)).href;
}

function document({ url, threshold, authorities }: TrustedChannel): Record<string, unknown> {
  return {
    url,
    threshold: threshold ?? authorities.length,
    authorities: authorities.map(({ kind, metadata, root }) => ({ kind, metadata: metadata ?? url, root })),
  };
}

function agreementLine({ threshold, authorities }: TrustedChannel): string {
  const all = authorities.length;
  return threshold === undefined || threshold === all
    ? `all ${all} authorities must agree`
    : `${threshold} of ${all} authorities must agree`;
}

/** When the first of the roles runs out, ms since the epoch. */
function firstExpiry(channel: OpenChannel): number {
  const expiries =
    channel.kind === 'cct'
      ? [channel.cct.root.expires, channel.cct.keyMgr?.expires]
      : channel.authorities.map(({ expires }) => expires);
  return Math.min(...expiries.filter((expires) => expires !== undefined));
}

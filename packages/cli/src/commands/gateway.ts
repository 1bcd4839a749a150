/** `gateway --channel NAME=URL…`: serves verified channels until it is asked to stop. */
import { createSecureContext } from 'node:tls';
import { TrustStore } from '@antivenom/client';
import { UsageError } from '@antivenom/core';
import { GatewayServer, type LogEntry } from '@antivenom/gateway';
import { clientEnv, LOCK_WAIT_MS } from '../client-session.ts';
import type { Commands, GatewayCommandOptions } from '../commands.ts';
import { fetcherOf } from '../fetcher.ts';
import { readNamedFile } from '../named-path.ts';
import { plansOf, readCredentials, requireTrust } from '../served-channels.ts';
import type { Session } from '../session.ts';

/** A channel that is slow to read does not keep the others waiting for longer. */
const FIRST_READ_MS = 30_000;

export const gateway: Commands['gateway'] = async (session, options) => {
  const { world, home } = session;
  const { config, policy } = options;
  const file = config ?? policy;
  const { now, ...client } = await clientEnv(
    session,
    { ...options, ...(file === undefined ? {} : { policy: file }) },
    { cooldown: 'enforced' },
  );
  const configured =
    config === undefined ? [] : client.policy.channels.map(({ name, url }) => ({ name, channel: url }));
  const credentials = await readCredentials(options.credentials, session);
  const plans = await plansOf([...configured, ...options.channel], world.cwd);
  if (plans.length === 0) {
    throw wrong(
      'a gateway needs a channel',
      'Name one: --channel good=https://channel.example/good, or a file of them: --config FILE.',
    );
  }
  const channels = plans.map(({ name, url }) => ({ name, url: credentials.withToken(url) }));
  const fetcher = fetcherOf(session, {}, (url) => credentials.authorization(url));
  const tokens = await readTokens(options.tokens, session);
  const tls = await readTls(options, world.cwd);
  await requireTrust(channels, new TrustStore(home, LOCK_WAIT_MS));
  const stopping = world.askedToStop();
  const serving = await GatewayServer.start(
    {
      ...options.listen,
      names: options.hostName,
      tokens,
      channels,
      refreshMs: options.refresh,
      graceMs: options.grace,
      firstReadMs: FIRST_READ_MS,
      maxCacheBytes: options.cacheSize,
      ...(tls === undefined ? {} : { tls }),
    },
    {
      client: { ...client, fetcher },
      now: client.isRealTime ? world.now : () => now,
      clock: world.now,
      log: (entry) => tell(entry, session),
    },
  );
  session.result({ ok: true, url: serving.url }, [`listening on ${serving.url}`]);
  await stopping;
  await serving.stop();
  return 0;
};

/** What stands in a path as it is, and is not guessed. */
const CLIENT_TOKEN = /^[A-Za-z0-9._~-]{16,}$/;

/**
 * Those that clients may show.
 *
 * @throws UsageError `usage`; nothing of a token is repeated
 */
async function readTokens(file: string | undefined, { world }: Session): Promise<string[]> {
  const text = file === undefined ? '' : new TextDecoder().decode(await readNamedFile(file, world.cwd));
  const own = world.env['ANTIVENOM_GATEWAY_TOKEN'];
  const tokens = [...text.split('\n'), own ?? ''].map((line) => line.trim()).filter((line) => line !== '');
  const isEmpty = file !== undefined && text.trim() === '';
  if (isEmpty || !tokens.every((token) => CLIENT_TOKEN.test(token))) {
    throw wrong(
      isEmpty ? `${file} holds no token` : 'a token of the clients is not as it should be',
      'A token is 16 characters or more of letters, digits and ._~-: openssl rand -hex 32',
    );
  }
  return tokens;
}

/** @throws UsageError `usage` */
async function readTls(
  { tlsCertificate, tlsKey }: GatewayCommandOptions,
  cwd: string,
): Promise<{ key: string; certificate: string } | undefined> {
  if (tlsCertificate === undefined && tlsKey === undefined) return undefined;
  if (tlsCertificate === undefined || tlsKey === undefined) {
    throw wrong('--tls-certificate and --tls-key go together', 'Give both, or neither.');
  }
  const text = async (file: string) => new TextDecoder().decode(await readNamedFile(file, cwd));
  const tls = { certificate: await text(tlsCertificate), key: await text(tlsKey) };
  try {
    createSecureContext({ cert: tls.certificate, key: tls.key });
  } catch {
    // What was wrong could repeat the key.
    throw wrong(`${tlsCertificate} and ${tlsKey} are no certificate and its key`, 'Both are PEM files.');
  }
  return tls;
}

/** One JSON document a line, on stderr. */
function tell(entry: LogEntry, session: Session): void {
  session.note(JSON.stringify({ ...entry, time: new Date(entry.time).toISOString() }));
}

function wrong(message: string, hint: string): UsageError {
  return new UsageError('usage', message, { hint });
}

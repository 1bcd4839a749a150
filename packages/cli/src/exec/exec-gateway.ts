/** The gateway of one command, with the proxy that the command's clients ask, and what became of their requests. */
import { randomBytes } from 'node:crypto';
import { Gateway } from '@antivenom/gateway';
import { ChannelAddresses, ChannelProxy, type HandedOver, type ProxyRefusal } from '@antivenom/gateway/proxy';
import { clientEnv } from '../client-session.ts';
import type { ExecOptions } from '../commands.ts';
import { fetcherOf } from '../fetcher.ts';
import { readCredentials } from '../served-channels.ts';
import type { Session } from '../session.ts';
import type { ProxySettings } from './client-settings.ts';
import { execChannels } from './exec-channels.ts';

/** ms between looks for newer publications of what was asked for. */
const REFRESH_MS = 300_000;
/** For answers that nobody waits for any more, ms. */
const GRACE_MS = 1000;
const MAX_CACHE_BYTES = 20e9;

export class ExecGateway implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly addresses: ChannelAddresses;
  /** False where some channel is let through unverified. */
  readonly isVerified: boolean;
  readonly #proxy: ChannelProxy;
  readonly #seen: Seen;

  /** @throws UsageError `usage`, `policy-invalid`; PolicyError `not-trusted` */
  static async start(session: Session, options: ExecOptions): Promise<ExecGateway> {
    const { world } = session;
    const file = options.config ?? options.policy;
    const check = { ...options, ...(file === undefined ? {} : { policy: file }) };
    const { now, ...client } = await clientEnv(session, check, { cooldown: 'enforced' });
    const credentials = await readCredentials(options.credentials, session);
    const { plans, proxied } = await execChannels(options, client.policy, credentials, session);
    const fetcher = fetcherOf(session, {}, (url) => credentials.authorization(url));
    const gateway = await Gateway.open(
      { channels: plans, refreshMs: REFRESH_MS, maxCacheBytes: MAX_CACHE_BYTES },
      {
        client: { ...client, fetcher },
        now: client.isRealTime ? world.now : () => now,
        clock: world.now,
        log: () => {},
      },
    );
    const addresses = new ChannelAddresses(proxied);
    const seen: Seen = { refusals: [], handedOver: [], requests: 0 };
    const proxy = await ChannelProxy.start(gateway, {
      addresses,
      password: randomBytes(24).toString('base64url'),
      now: world.now(),
      fetcher,
      asked: () => seen.requests++,
      refused: (refusal) => seen.refusals.push(refusal),
      handedOver: (taken) => seen.handedOver.push(taken),
    });
    return new ExecGateway(gateway, addresses, proxy, seen);
  }

  private constructor(gateway: Gateway, addresses: ChannelAddresses, proxy: ChannelProxy, seen: Seen) {
    this.gateway = gateway;
    this.addresses = addresses;
    this.isVerified = addresses.all.every((channel) => channel.isVerified);
    this.#proxy = proxy;
    this.#seen = seen;
  }

  get settings(): ProxySettings {
    const { url, authority } = this.#proxy;
    return {
      url,
      authority,
      mirrors: new Map(this.addresses.all.map((channel) => [channel.url, `${url}/${channel.name}`])),
    };
  }

  get refusals(): readonly ProxyRefusal[] {
    return this.#seen.refusals;
  }

  get handedOver(): readonly HandedOver[] {
    return this.#seen.handedOver;
  }

  /** How many were made with the password. */
  get requests(): number {
    return this.#seen.requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy.stop();
    await this.gateway.settle(GRACE_MS);
    this.gateway.close();
  }
}

interface Seen {
  readonly refusals: ProxyRefusal[];
  readonly handedOver: HandedOver[];
  requests: number;
}

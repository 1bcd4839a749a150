/** Which channel an original address belongs to, and what it is called at the gateway. */
import { channelUrlKey } from '@antivenom/core';
import { type Route, routeOf } from './routes.ts';

export interface ProxiedChannel {
  readonly name: string;
  /** As `channelUrlKey` spells it, http or https. */
  readonly url: string;
  /** False for one that the user lets through unverified. */
  readonly isVerified: boolean;
}

export interface FoundAddress {
  readonly channel: ProxiedChannel;
  /** The original address, with what the client put into it. */
  readonly url: URL;
  /** At the gateway: path, escaped. */
  readonly target: string;
  readonly route: Route;
}

export class ChannelAddresses {
  readonly #channels: readonly ProxiedChannel[];

  constructor(channels: readonly ProxiedChannel[]) {
    // The longest first: a channel may stand below another one.
    this.#channels = channels.toSorted((one, other) => other.url.length - one.url.length);
  }

  get all(): readonly ProxiedChannel[] {
    return this.#channels;
  }

  /** The servers of all channels by `host:port`, as `CONNECT` names them; without credentials or path. */
  get servers(): ReadonlyMap<string, URL> {
    const servers = this.#channels.map(({ url }) => new URL('/', url));
    return new Map(servers.map((server) => [`${server.hostname}:${effectivePort(server)}`, server]));
  }

  /**
   * @param url as the client asks for it; credentials, a conda token and the query in it say nothing of what it names
   * @returns undefined for what is in no channel. So is what lies deeper than a channel reaches: it is another one (`…/label/dev`).
   */
  find(url: URL): FoundAddress | undefined {
    const key = channelUrlKey(`${url.protocol}//${url.host}${url.pathname}`);
    const channel = this.#channels.find((one) => key?.startsWith(`${one.url}/`));
    if (key === undefined || channel === undefined) return undefined;
    const target = `/${channel.name}${key.slice(channel.url.length)}`;
    const route = routeOf(target);
    return route.kind === 'nothing' ? undefined : { channel, url, target, route };
  }

  /** @param target a path of the gateway's, escaped, as clients with mirror settings ask for it */
  ofTarget(target: string): FoundAddress | undefined {
    const route = routeOf(target);
    const channel = 'channel' in route ? this.#channels.find(({ name }) => name === route.channel) : undefined;
    if (channel === undefined || target.startsWith('/api/')) return undefined;
    const url = new URL(`${channel.url}${target.slice(channel.name.length + 1)}`);
    return { channel, url, target, route };
  }
}

function effectivePort({ protocol, port }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** The address of the channel that something in it most likely belongs to, without credentials. */
export function likelyChannel(url: URL): string {
  const key = channelUrlKey(`${url.protocol}//${url.host}${url.pathname}`) ?? url.origin;
  return key.replace(/\/[^/]+\/[^/]+\.[^/]+$/, '');
}

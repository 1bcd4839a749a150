/** The consumer's trust store: `<home>/trust`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContentTrustError, channelUrlKey, PolicyError, StoreError, UsageError } from '@antivenom/core';
import { makeFolder, readFileIfThere, removeLeftovers, sha256Hex, withLock, writeFileAtomic } from '@antivenom/node';
import { AuthorityStore } from './authority-store.ts';
import { type Authority, readTrustedChannels, type TrustedChannel, writeTrustedChannels } from './trusted-channels.ts';

export class TrustStore {
  readonly folder: string;
  readonly #lockWaitMs: number;

  /** @param home the folder that Antivenom keeps things in */
  constructor(home: string, lockWaitMs: number) {
    this.folder = join(home, 'trust');
    this.#lockWaitMs = lockWaitMs;
  }

  /**
   * All channels that are trusted, in the order they were added.
   *
   * @throws StoreError `store-corrupt`
   */
  async channels(): Promise<TrustedChannel[]> {
    const path = this.#channelsPath;
    const bytes = await readFileIfThere(path);
    if (bytes === undefined) return [];
    try {
      return readTrustedChannels(bytes);
    } catch (cause) {
      if (!(cause instanceof ContentTrustError)) throw cause;
      throw new StoreError('store-corrupt', `the trust store is damaged: ${path}: ${cause.message}`, {
        hint: 'Move the file away, and trust each channel anew with the fingerprint from its owner.',
        details: { file: path },
        cause,
      });
    }
  }

  /**
   * @param url any spelling of the channel's address
   * @throws PolicyError `not-trusted`
   * @throws StoreError `store-corrupt`
   */
  async channel(url: string): Promise<TrustedChannel> {
    const key = channelUrlKey(url);
    const found = (await this.channels()).find((channel) => channel.url === key);
    if (found !== undefined) return found;
    throw notTrusted(key);
  }

  /**
   * Trusts a channel by one more authority, whose first root was verified by the caller.
   *
   * @param threshold how many must agree from now on; undefined: all, once there is another authority than before
   * @returns the channel as it stands now
   * @throws UsageError `usage` for a threshold that the authorities cannot reach, or two kinds of authority for one channel.
   */
  async add(
    url: string,
    authority: Omit<Authority, 'id'>,
    rootBytes: Uint8Array,
    threshold: number | undefined,
  ): Promise<TrustedChannel> {
    const added = { ...authority, id: authorityId(url, authority) };
    return this.#change(async (channels) => {
      const before = channels.find((channel) => channel.url === url);
      const known = before?.authorities ?? [];
      const isKnown = known.some(({ id }) => id === added.id);
      const channel = {
        url,
        threshold: threshold ?? (isKnown ? before?.threshold : undefined),
        // Named again it is the same one, perhaps at another place: two places of one root are not two who agree.
        authorities: isKnown ? known.map((other) => (other.id === added.id ? added : other)) : [...known, added],
      };
      requireSound(channel);
      // The folder comes first: without it the entry would be damage.
      await this.authorityStore(channel, added, false).saveRoot(added.root.version, rootBytes);
      const rest = channels.filter((other) => other.url !== url);
      return { channels: before === undefined ? [...rest, channel] : replace(channels, channel), result: channel };
    });
  }

  /**
   * @returns the channel as it was
   * @throws PolicyError `not-trusted`
   */
  async remove(url: string): Promise<TrustedChannel> {
    const removed = await this.channel(url);
    return this.#change(async (channels) => ({
      channels: channels.filter((channel) => channel.url !== removed.url),
      result: removed,
      afterwards: async () => {
        for (const authority of removed.authorities) {
          await rm(this.#authorityFolder(authority), { recursive: true, force: true });
        }
      },
    }));
  }

  authorityStore(channel: TrustedChannel, authority: Authority, readOnly: boolean): AuthorityStore {
    return new AuthorityStore(this.#authorityFolder(authority), channel.url, authority.root, readOnly);
  }

  get #channelsPath(): string {
    return join(this.folder, 'channels.json');
  }

  #authorityFolder({ id }: Authority): string {
    return join(this.folder, 'authorities', id);
  }

  async #change<T>(
    change: (channels: readonly TrustedChannel[]) => Promise<{
      channels: readonly TrustedChannel[];
      result: T;
      /** Once the list is written. */
      afterwards?: () => Promise<void>;
    }>,
  ): Promise<T> {
    await makeFolder(this.folder, { mode: 0o700 });
    return withLock(join(this.folder, 'lock'), { waitMs: this.#lockWaitMs }, async () => {
      await removeLeftovers(this.folder);
      const { channels, result, afterwards } = await change(await this.channels());
      await writeFileAtomic(this.#channelsPath, writeTrustedChannels(channels));
      await afterwards?.();
      return result;
    });
  }
}

/** @param key the channel's address, as `channelUrlKey` spells it */
export function notTrusted(key: string | undefined): PolicyError {
  return new PolicyError('not-trusted', `${key} is not trusted on this machine`, {
    hint: `Get the fingerprint of its root from its owner, then: antivenom trust add ${key} --fingerprint HEX`,
    details: { channel: key },
  });
}

function replace(channels: readonly TrustedChannel[], channel: TrustedChannel): TrustedChannel[] {
  return channels.map((other) => (other.url === channel.url ? channel : other));
}

function requireSound({ url, threshold, authorities }: TrustedChannel): void {
  if (new Set(authorities.map(({ kind }) => kind)).size > 1) {
    throw new UsageError('usage', `${url} is trusted by a root of the other kind already`, {
      hint: `A TUF root proves more than a conda-content-trust root: antivenom trust remove ${url}, then add the one you want.`,
    });
  }
  if (threshold !== undefined && threshold > authorities.length) {
    throw new UsageError('usage', `${threshold} authorities can never agree where there are ${authorities.length}`, {
      hint: 'Add the other authorities first, and give --threshold with the last one.',
    });
  }
}

/** By its root, wherever its metadata stands: what is remembered of it goes along when that moves. */
function authorityId(url: string, { kind, root }: Omit<Authority, 'id'>): string {
  const text = [url, kind, root.version, root.sha256].join('\n');
  return sha256Hex(new TextEncoder().encode(text)).slice(0, 32);
}

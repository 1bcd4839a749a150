/** Addresses that hold secrets and never show them. */
import { inspect } from 'node:util';
import { channelUrlKey, holdsCredentials, UsageError, VerificationError } from '@antivenom/core/tuf';

const TOKEN = /\/t\/([^/]+)(?=\/|$)/g;
/** Parts that lead elsewhere or nowhere (empty, `.`, `..`, also percent-escaped), and what would end the path. */
const LEADS_OUT = /(^|\/)(\.|%2e){0,2}(\/|$)|[\\?#\0-\x20\x7f]/i;

/**
 * An `http`, `https` or `file` address. However it is printed (`toString`, `toJSON`, `util.inspect`), it shows neither
 * user info nor query, and `/t/<TOKEN>/` for a conda token; only {@link reveal} gives the secrets away.
 */
export class RedactedUrl {
  readonly #url: URL;

  private constructor(url: URL) {
    this.#url = url;
  }

  /** @throws UsageError `usage` for any other text, of which nothing is repeated: it may be a mistyped secret. */
  static parse(text: string): RedactedUrl {
    const url = URL.parse(text);
    if (url === null || !['http:', 'https:', 'file:'].includes(url.protocol)) {
      throw new UsageError('usage', 'an address must be an http, https or file URL', {
        hint: 'Write it out, such as https://channel.example/name.',
      });
    }
    if (url.protocol === 'file:' && url.host !== '') {
      throw new UsageError('usage', 'a file URL names no host: only files of this machine are read', {
        hint: 'Write file:///folder/channel, with three slashes.',
      });
    }
    url.hash = '';
    return new RedactedUrl(url);
  }

  /**
   * What stands below this address, which is taken as a folder; its query is not handed on.
   *
   * @param path relative and percent-escaped, such as `tuf/1.root.json`
   * @throws VerificationError `unsafe-name` for a path that could lead out of the folder
   */
  join(path: string): RedactedUrl {
    if (LEADS_OUT.test(path)) {
      throw new VerificationError('unsafe-name', `the path ${JSON.stringify(path)} is refused: it may lead elsewhere`, {
        hint: 'Tell the owner of the channel: no name of this kind is ever published by mistake.',
        details: { path },
      });
    }
    const url = new URL(this.#url);
    url.search = '';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    return new RedactedUrl(url);
  }

  /**
   * What a reference in a file of this folder leads to (RFC 3986 section 5). The credentials go along within the same
   * scheme, host and port alone.
   *
   * @throws VerificationError `unsafe-index` for what is no web address, or from the web a file of this machine
   */
  resolve(reference: string): RedactedUrl {
    const folder = new URL(this.#url);
    folder.search = '';
    if (!folder.pathname.endsWith('/')) folder.pathname += '/';
    const url = URL.parse(reference, folder.href);
    const web = url !== null && ['http:', 'https:'].includes(url.protocol);
    if (url === null || !(web || (url.protocol === 'file:' && url.host === '' && this.isFile))) {
      throw new VerificationError('unsafe-index', `an address in a file below ${this} leads to no web server`, {
        hint: 'Tell the owner of the channel.',
        details: { url: `${this}` },
      });
    }
    const { username, password, origin } = this.#url;
    const isOwn = web && url.origin === origin;
    url.username = isOwn ? username : '';
    url.password = isOwn ? password : '';
    url.hash = '';
    return new RedactedUrl(url);
  }

  /**
   * The spelling by which a channel at this address is known, see {@link channelUrlKey}.
   *
   * @throws UsageError `usage` for an address with a query
   */
  get key(): string {
    const key = channelUrlKey(this.#url.href);
    if (key !== undefined) return key;
    throw new UsageError('usage', `a channel's address has no query: ${this}`);
  }

  get isFile(): boolean {
    return this.#url.protocol === 'file:';
  }

  get holdsCredentials(): boolean {
    return holdsCredentials(this.#url.href);
  }

  /** User, password and tokens as they stand in the address, to look for where they must not be. */
  get secrets(): readonly string[] {
    const { username, password, pathname } = this.#url;
    const tokens = [...pathname.matchAll(TOKEN)].map((match) => match[1] as string);
    return [username, password, ...tokens].filter((secret) => secret !== '');
  }

  /** The whole address, secrets among it: for the transport and the file of credentials alone. */
  reveal(): string {
    return this.#url.href;
  }

  toString(): string {
    const { protocol, host, pathname, search } = this.#url;
    return `${protocol}//${host}${pathname.replace(TOKEN, '/t/<TOKEN>')}${search === '' ? '' : '?<QUERY>'}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

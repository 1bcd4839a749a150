/**
 * Credentials of hosts, from a file of ours and from `.netrc`. Each goes to its host alone: a redirect to another one is asked
 * for with whatever that one has.
 */
import {
  ContentTrustError,
  expectObject,
  expectString,
  type JsonObject,
  member,
  readJson,
  UsageError,
} from '@antivenom/core';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 4 };

export class HostCredentials {
  /** Host, with its port where that is not the usual one → the value of `Authorization`. */
  readonly #authorization: ReadonlyMap<string, string>;
  /** Host → conda token, the part after `/t/`. */
  readonly #tokens: ReadonlyMap<string, string>;

  /**
   * @param file `{"channel.example": {"basic": {"user": …, "password": …}} | {"bearer": …} | {"token": …}}`
   * @param named how messages name it
   * @throws UsageError `usage` for what is of another form; nothing of the file is repeated
   */
  static parse(file: Uint8Array, named: string): HostCredentials {
    const authorization = new Map<string, string>();
    const tokens = new Map<string, string>();
    try {
      for (const [host, value] of expectObject(readJson(file, LIMITS), 'the file')) {
        const entry = expectObject(value, 'a host');
        const basic = entry.get('basic');
        if (basic !== undefined) authorization.set(host, basicOf(expectObject(basic, '`basic`')));
        else if (entry.has('bearer')) authorization.set(host, `Bearer ${text(entry, 'bearer', /^[\x21-\x7e]+$/)}`);
        else tokens.set(host, text(entry, 'token', /^[a-zA-Z0-9._~-]+$/));
      }
    } catch (error) {
      if (!(error instanceof ContentTrustError)) throw error;
      throw new UsageError('usage', `${named} is no file of credentials`, {
        hint: 'It maps each host to one of {"basic": {"user": …, "password": …}}, {"bearer": …} and {"token": …}.',
      });
    }
    return new HostCredentials(authorization, tokens);
  }

  /** @param netrc the text of `.netrc`; what is not understood in it is passed over, as others do */
  static ofNetrc(netrc: string): HostCredentials {
    const authorization = new Map<string, string>();
    const words = netrc.replace(/^\s*#.*$/gm, '').split(/\s+/);
    let host: string | undefined;
    let login = '';
    for (const [at, word] of words.entries()) {
      const next = words[at + 1] ?? '';
      if (word === 'machine') [host, login] = [next, ''];
      else if (word === 'default' || word === 'macdef') host = undefined;
      else if (word === 'login') login = next;
      else if (word === 'password' && host !== undefined) authorization.set(host, basic(login, next));
    }
    return new HostCredentials(authorization, new Map());
  }

  private constructor(authorization: ReadonlyMap<string, string>, tokens: ReadonlyMap<string, string>) {
    this.#authorization = authorization;
    this.#tokens = tokens;
  }

  /** The value of `Authorization` for an address, by host and port, else by host. */
  authorization(url: URL): string | undefined {
    return this.#authorization.get(url.host) ?? this.#authorization.get(url.hostname);
  }

  /** A channel's address with the conda token of its host, where there is one. */
  withToken(url: string): string {
    const parsed = URL.parse(url);
    const token = parsed === null ? undefined : this.#tokens.get(parsed.host);
    if (parsed === null || token === undefined || /^\/t\//.test(parsed.pathname)) return url;
    parsed.pathname = `/t/${token}${parsed.pathname}`;
    return parsed.href;
  }
}

function basicOf(entry: JsonObject): string {
  return basic(text(entry, 'user', /^[^:]*$/), text(entry, 'password', /^/));
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function text(entry: JsonObject, name: string, form: RegExp): string {
  const value = expectString(member(entry, name, 'a host'), `\`${name}\``);
  if (form.test(value)) return value;
  throw new UsageError('usage', `\`${name}\` is not of its form`);
}

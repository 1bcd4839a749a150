/**
 * Who may ask: web pages that lead a name of theirs to this machine (DNS rebinding) may not, nor, where the gateway has tokens,
 * whoever has none.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { Problem } from './problem-document.ts';

export interface AccessRules {
  /** Where the gateway listens: an address, or a name. */
  readonly listen: string;
  /** Other names by which clients call it; with some, or on loopback, it answers to no further ones. */
  readonly names: readonly string[];
  /** Each opens all channels; none: no token is asked for. */
  readonly tokens: readonly string[];
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export class Access {
  /** Undefined: any. */
  readonly #names: ReadonlySet<string> | undefined;
  readonly #tokens: readonly Buffer[];

  constructor({ listen, names, tokens }: AccessRules) {
    const isOpen = names.length === 0 && !isLoopback(listen);
    this.#names = isOpen ? undefined : new Set(['localhost', listen, ...names].map((name) => name.toLowerCase()));
    this.#tokens = tokens.map(digest);
  }

  /**
   * @param token that stands in the path
   * @throws Problem 421 for a name that is not the gateway's, 401 without a token
   */
  check({ headers }: Pick<IncomingMessage, 'headers'>, token: string | undefined): void {
    if (!this.#isCalled(headers.host ?? '')) {
      throw new Problem(
        421,
        'usage',
        'the gateway does not answer to the name that this request is for',
        'Ask for it by its address, or start it with --host-name NAME.',
        {},
      );
    }
    if (this.#tokens.length === 0) return;
    const shown = [token, ...tokensOf(headers.authorization)].filter((given) => given !== undefined);
    if (shown.map((given) => this.#isKnown(given)).includes(true)) return;
    throw new Problem(
      401,
      'usage',
      'the gateway asks its clients for a token',
      'Put it in the address, http://HOST:PORT/t/TOKEN/NAME, or send it as a bearer token or a password.',
      {},
      { 'www-authenticate': 'Basic realm="antivenom", charset="UTF-8", Bearer realm="antivenom"' },
    );
  }

  /** An address is nobody's name: no page was loaded from one by mistake. */
  #isCalled(host: string): boolean {
    const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '');
    if (name === undefined || name === '') return false;
    return isIP(name) !== 0 || this.#names === undefined || this.#names.has(name);
  }

  /** Takes the same time for each, however much of it is right. */
  #isKnown(token: string): boolean {
    const given = digest(token);
    return this.#tokens.map((known) => timingSafeEqual(known, given)).includes(true);
  }
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A bearer token, or the password, or the user without one, of a basic authorization. */
function tokensOf(authorization: string | undefined): string[] {
  const [, scheme = '', given = ''] = /^(bearer|basic) +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() !== 'basic') return given === '' ? [] : [given];
  const text = Buffer.from(given, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return [];
  return [text.slice(colon + 1) || text.slice(0, colon)];
}

/** Which proxy serves a request, by the variables that curl and Python's requests read too. */
import { BlockList, isIP } from 'node:net';
import { UsageError } from '@antivenom/core/tuf';
import { hostClass } from './address-class.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined for a request that goes to its server itself. */
export type ProxyChoice = (url: URL) => URL | undefined;

/**
 * `http_proxy`, `https_proxy` and `no_proxy`, or the same in capitals where the small spelling is not set. This machine
 * is never asked for through a proxy.
 *
 * @throws UsageError `usage` for a proxy that is no http or https URL; its value, which may hold a password, is not shown
 */
export function proxyChoice(environment: Environment): ProxyChoice {
  const read = (name: string) => environment[name] ?? environment[name.toUpperCase()] ?? '';
  const proxies = new Map(['http', 'https'].map((scheme) => [`${scheme}:`, proxyUrl(`${scheme}_proxy`, read)]));
  const exceptions = read('no_proxy')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return (url) => {
    if (hostClass(url.hostname) === 'loopback') return undefined;
    if (exceptions.some((entry) => isException(entry, url))) return undefined;
    return proxies.get(url.protocol);
  };
}

/** `user:password` of a URL as the header that proves it, undefined where there is none. */
export function basicCredentials(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const pair = `${unescaped(url.username)}:${unescaped(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function proxyUrl(name: string, read: (name: string) => string): URL | undefined {
  const text = read(name);
  if (text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError('usage', `${name.toUpperCase()} is set to what is no http or https URL`, {
    hint: 'Set it to http://HOST:PORT, or unset it.',
  });
}

/** `*`, an address, a range of addresses (`10.0.0.0/8`), or a name that also stands for those below it; with `:PORT` for that port alone. */
function isException(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const [range, prefix] = entry.split('/');
  if (range !== undefined && prefix !== undefined) return isInRange(host, range, Number(prefix));
  const [, name = entry, port] = /^(.*?[^:]|\[.*\]):(\d+)$/.exec(entry) ?? [];
  if (port !== undefined && isIP(entry) === 0 && port !== effectivePort(url)) return false;
  const wanted = (isIP(entry) === 0 ? name : entry)
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\./, '');
  return host === wanted || (isIP(host) === 0 && host.endsWith(`.${wanted}`));
}

function isInRange(host: string, range: string, prefix: number): boolean {
  const family = isIP(range);
  if (family === 0 || isIP(host) !== family || !(prefix >= 0 && prefix <= (family === 6 ? 128 : 32))) return false;
  const list = new BlockList();
  list.addSubnet(range, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** The port that a URL leads to, also where it is not written. */
export function effectivePort(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % stands for itself
  }
}

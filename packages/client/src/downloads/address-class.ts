/** How near an address is: what a redirect may lead to depends on it. */
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** `private` also holds addresses reserved for anything else that is not the public internet. */
export type AddressClass = 'public' | 'private' | 'link-local' | 'loopback';

// IANA's registries of special-purpose addresses; `0.0.0.0` and `::` reach this machine.
const CLASSES: readonly (readonly [AddressClass, BlockList])[] = [
  ['loopback', blocks('127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128')],
  ['link-local', blocks('169.254.0.0/16', 'fe80::/10')],
  [
    'private',
    blocks(
      ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
      ...['224.0.0.0/4', '240.0.0.0/4', 'fc00::/7', 'fec0::/10', 'ff00::/8', '2001::/32', '2002::/16'],
    ),
  ],
];
/** Addresses of IPv6 whose last 32 bits are one of IPv4: mapped, compatible, and NAT64 (RFC 6052). */
const HOLDS_IPV4 = blocks('::ffff:0:0/96', '::/96', '64:ff9b::/96');

/** @param address of IPv4 or IPv6, without brackets; a zone (`%eth0`) is not looked at */
export function addressClass(address: string): AddressClass {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  const found = CLASSES.find(([, list]) => list.check(bare, family))?.[0];
  if (found !== undefined) return found;
  if (family === 'ipv6' && HOLDS_IPV4.check(bare, family)) return addressClass(embeddedIpv4(bare));
  return 'public';
}

/**
 * What a host is by its spelling alone, where nothing is connected to it by us: an address is what it is, `localhost` is
 * this machine, any other name counts as public.
 */
export function hostClass(host: string): AddressClass {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return addressClass(bare);
  return /(^|\.)localhost\.?$/i.test(bare) ? 'loopback' : 'public';
}

/** Anyone may lead to a public address; to another one only who is there already. */
export function mayLead(from: AddressClass, to: AddressClass): boolean {
  return to === 'public' || to === from;
}

/** Thrown into a connection whose host has only addresses that a redirect may not lead to. */
export class AddressRefused extends Error {
  readonly to: AddressClass;

  constructor(to: AddressClass) {
    super(`a ${to} address`);
    this.to = to;
  }
}

/**
 * A look-up that knows no addresses but those that `from` may lead to. What it answers is what is connected to, so a
 * name that changes its address between a check and the connection gains nothing.
 */
export function guardedLookup(lookup: LookupFunction, from: AddressClass): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '');
      const all: LookupAddress[] = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const allowed = all.filter(({ address }) => mayLead(from, addressClass(address)));
      const [first] = allowed;
      if (first === undefined) return callback(new AddressRefused(addressClass(all[0]?.address ?? '')), '');
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}

function embeddedIpv4(address: string): string {
  // The URL parser writes the last 32 bits as two groups of hex digits.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function blocks(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** What an address of the gateway names. */
import { shardHashOf } from '@antivenom/core';
import { attestationsOf } from './attestations.ts';

export type Route =
  | { readonly kind: 'health' | 'ready' | 'metrics' | 'channels' | 'cache' | 'openapi' }
  | { readonly kind: 'channel' | 'refresh' | 'left-out' | 'refusals'; readonly channel: string }
  | { readonly kind: 'verdict'; readonly channel: string; readonly subdir: string; readonly file: string }
  /** A file of trust metadata, `3.root.json`. */
  | { readonly kind: 'metadata'; readonly channel: string; readonly name: string }
  /** `tuf/targets/<subdir>/<hash>.<form>` */
  | { readonly kind: 'target'; readonly channel: string; readonly hash: string; readonly path: string }
  /** A form of an index, `linux-64/repodata.json` or `channeldata.json`, or a file of a chain, `cct/key_mgr.json`. */
  | { readonly kind: 'index'; readonly channel: string; readonly path: string }
  | { readonly kind: 'shard'; readonly channel: string; readonly subdir: string; readonly hash: string }
  | { readonly kind: 'package'; readonly channel: string; readonly subdir: string; readonly file: string }
  /** `<package>.sigs` and the like. */
  | {
      readonly kind: 'attestations';
      readonly channel: string;
      readonly subdir: string;
      readonly file: string;
      readonly suffix: string;
    }
  | { readonly kind: 'nothing' };

const NOTHING: Route = { kind: 'nothing' };
/** What no channel can be called: these are paths of the gateway's own, or begin with a token. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['api', 'healthz', 'readyz', 'metrics', 't']);
const PACKAGE = /\.(conda|tar\.bz2|whl)$/;

/** @param target of the request, escaped, with its query */
export function routeOf(target: string): Route {
  const parts = partsOf(target);
  if (parts === undefined) return NOTHING;
  const [first = '', second, third] = parts;
  if (RESERVED_NAMES.has(first)) return ownRoute(parts);
  if (second === 'tuf' && parts.length > 2) return metadataRoute(first, parts.slice(2));
  if (second === undefined || parts.length > 3) return NOTHING;
  if (third === undefined) return { kind: 'index', channel: first, path: second };
  if (PACKAGE.test(third)) return { kind: 'package', channel: first, subdir: second, file: third };
  const beside = attestationsOf(third);
  if (beside !== undefined) return { kind: 'attestations', channel: first, subdir: second, ...beside };
  const hash = shardHashOf(third);
  if (hash !== undefined) return { kind: 'shard', channel: first, subdir: second, hash };
  return { kind: 'index', channel: first, path: `${second}/${third}` };
}

function ownRoute(parts: readonly string[]): Route {
  switch (parts.join('/')) {
    case 'healthz':
      return { kind: 'health' };
    case 'readyz':
      return { kind: 'ready' };
    case 'metrics':
      return { kind: 'metrics' };
    case 'api/v1/channels':
      return { kind: 'channels' };
    case 'api/v1/cache':
      return { kind: 'cache' };
    case 'api/v1/openapi.json':
      return { kind: 'openapi' };
  }
  const [, , , channel, what, ...more] = parts;
  if (parts.slice(0, 3).join('/') !== 'api/v1/channels' || channel === undefined) return NOTHING;
  const [subdir, file, further] = more;
  if (what === 'verdicts' && subdir !== undefined && file !== undefined && further === undefined) {
    return { kind: 'verdict', channel, subdir, file };
  }
  if (more.length > 0) return NOTHING;
  if (what === undefined) return { kind: 'channel', channel };
  return what === 'refresh' || what === 'left-out' || what === 'refusals' ? { kind: what, channel } : NOTHING;
}

function metadataRoute(channel: string, parts: readonly string[]): Route {
  const [name = '', ...rest] = parts;
  if (rest.length === 0) return { kind: 'metadata', channel, name };
  const [, hash, file] = /^([0-9a-f]{64,128})\.(.+)$/.exec(rest.at(-1) ?? '') ?? [];
  if (name !== 'targets' || hash === undefined || file === undefined) return NOTHING;
  return { kind: 'target', channel, hash, path: [...rest.slice(0, -1), file].join('/') };
}

/** The parts of a path, unescaped; undefined where one could be taken for more or less than a name. */
function partsOf(target: string): string[] | undefined {
  const [path = ''] = target.split(/[?#]/, 1);
  if (!path.startsWith('/')) return undefined;
  try {
    const parts = path.slice(1).split('/').map(decodeURIComponent);
    return parts.some(isOdd) ? undefined : parts;
  } catch {
    return undefined; // escapes that spell no text name nothing
  }
}

function isOdd(part: string): boolean {
  const control = [...part].some((character) => character < ' ' || character === '\u007f');
  return control || /[/\\]/.test(part) || ['', '.', '..'].includes(part);
}

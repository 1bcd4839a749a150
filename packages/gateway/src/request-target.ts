/** What a client asks for, apart from the token that it has in the path, and by the channel's own path as by its name here. */

export interface RequestTarget {
  /** From the slash on, as `routeOf` reads it: `/NAME/…`. */
  readonly target: string;
  /** Of `/t/TOKEN/`, which conda clients put before the path. */
  readonly token: string | undefined;
  /** The path for logs: without token and query. */
  readonly shown: string;
}

const TOKEN = /^\/t\/([^/?#]*)(?=[/?#]|$)/;

/**
 * @param url of the request line
 * @param paths of channels at their own servers, `/a/good`, to their names here
 */
export function readTarget(url: string, paths: ReadonlyMap<string, string>): RequestTarget {
  // Whatever else stands there, such as the whole address that a proxy is asked for, may hold a password.
  if (!url.startsWith('/')) return { target: url, token: undefined, shown: '' };
  const token = TOKEN.exec(url)?.[1];
  const target = url.replace(TOKEN, '');
  const path = target.split(/[?#]/, 1)[0] ?? '';
  const shown = token === undefined ? path : `/t/<TOKEN>${path}`;
  return { target: byName(target, path, paths), token: token && unescaped(token), shown };
}

/** With the name in place of the longest path of a channel that it begins with. */
function byName(target: string, path: string, paths: ReadonlyMap<string, string>): string {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const name = paths.get(path.slice(0, end));
    if (name !== undefined) return `/${encodeURIComponent(name)}${target.slice(end)}`;
  }
  return target;
}

/**
 * The paths of channels at their own servers, for clients whose mirror setting names a server alone. A name here comes first, and
 * a path that two channels have is nobody's.
 *
 * @param channels by name; each a URL without credentials
 */
export function channelPaths(
  channels: ReadonlyMap<string, string>,
  reserved: ReadonlySet<string>,
): Map<string, string> {
  const served = [...channels].filter(([, url]) => /^https?:/.test(url));
  const found = Map.groupBy(served, ([, url]) => URL.parse(url)?.pathname.replace(/\/+$/, '') ?? '');
  const paths = new Map<string, string>();
  for (const [path, [only, another]] of found) {
    const first = path.split('/')[1] ?? '';
    if (only === undefined || another !== undefined || first === '' || reserved.has(first) || channels.has(first))
      continue;
    paths.set(path, only[0]);
  }
  return paths;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // it will be no token
  }
}

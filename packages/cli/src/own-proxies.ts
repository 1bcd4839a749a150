/**
 * The user's own proxies, also behind `exec`, where the usual variables name the proxy of the run: Antivenom verifies what it gets by
 * itself, and the gateway of the run would wait for the trust store that this command holds.
 */
type Variables = Readonly<Record<string, string | undefined>>;

/** Holds the others, as a query does. */
export const OWN_PROXIES = 'ANTIVENOM_OWN_PROXIES';
const NAMES = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** The proxy variables as they are outside of `exec`. */
export function ownProxies(env: Variables): Variables {
  const kept = env[OWN_PROXIES];
  if (kept !== undefined) return Object.fromEntries(new URLSearchParams(kept));
  return Object.fromEntries(NAMES.map((name) => [name, env[name]]));
}

/** What `OWN_PROXIES` is set to for a command behind `exec`. */
export function keptProxies(env: Variables): string {
  const set = Object.entries(ownProxies(env)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(set).toString();
}

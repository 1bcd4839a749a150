/** Tells bytes of an earlier signed publication, which a mirror that lags still serves, from bytes that nobody signed. */
import type { LoadedRole, TufAuthority } from '../authority/tuf-authority.ts';

/** How many versions back a lagging mirror is recognised; a publisher keeps two publications and those of a day. */
const MAX_VERSIONS = 64;

export class EarlierPublications {
  readonly #authorities: readonly TufAuthority[];
  /** `path` and SHA-256 of all that earlier versions listed; read once, when first asked. */
  #known: Promise<ReadonlySet<string>> | undefined;

  constructor(authorities: readonly TufAuthority[]) {
    this.#authorities = authorities;
  }

  /** Whether an earlier version, signed by keys that are trusted today, listed these bytes under this path. */
  async listed(path: string, sha256: string): Promise<boolean> {
    this.#known ??= this.#read();
    return (await this.#known).has(idOf(path, sha256));
  }

  async #read(): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (const authority of this.#authorities) {
      for (const role of authority.loaded) await collect(authority, role, known);
    }
    return known;
  }
}

async function collect(authority: TufAuthority, role: LoadedRole, known: Set<string>): Promise<void> {
  const newest = authority.trusted.metaOf(role.role).version;
  for (let version = newest - 1; version >= Math.max(1, newest - MAX_VERSIONS); version--) {
    const targets = await authority.earlier(role, version);
    // Versions go in the order of their age: beyond the first that is gone there is none.
    if (targets === undefined) return;
    for (const { path, hashes } of targets.values()) {
      const sha256 = hashes.get('sha256');
      if (sha256 !== undefined) known.add(idOf(path, sha256));
    }
  }
}

function idOf(path: string, sha256: string): string {
  return `${sha256} ${path}`;
}

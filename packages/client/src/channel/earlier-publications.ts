/** Tells bytes of an earlier signed publication, which a mirror that lags still serves, from bytes that none had. */
import { roleFileName } from '@antivenom/core';
import type { TufAuthority } from '../authority/tuf-authority.ts';
import { forEachParallel } from '../parallel.ts';

/** How many versions back a lagging mirror is recognised; a publisher keeps two publications and those of a day. */
const MAX_VERSIONS = 64;

export class EarlierPublications {
  readonly #authorities: readonly TufAuthority[];
  /** `path` and SHA-256 of all that earlier versions listed; read once, when first asked. */
  #known: Promise<ReadonlySet<string>> | undefined;

  constructor(authorities: readonly TufAuthority[]) {
    this.#authorities = authorities;
  }

  /** Whether an earlier publication, signed throughout by keys that are trusted today, listed these bytes under this path. */
  async listed(path: string, sha256: string): Promise<boolean> {
    this.#known ??= this.#read();
    return (await this.#known).has(idOf(path, sha256));
  }

  async #read(): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (const authority of this.#authorities) await collect(authority, known);
    return known;
  }
}

/** By the snapshots: what a role signed and no snapshot named was never published. Publishers keep but some of them. */
async function collect(authority: TufAuthority, known: Set<string>): Promise<void> {
  const newest = authority.trusted.snapshot?.version ?? 1;
  const versions = Array.from({ length: Math.min(newest - 1, MAX_VERSIONS) }, (_, back) => newest - 1 - back);
  const asked = new Set<string>();
  await forEachParallel(versions, 8, async (version) => {
    const snapshot = await authority.earlierSnapshot(version);
    for (const role of snapshot === undefined ? [] : authority.loaded) {
      const meta = snapshot?.get(roleFileName(role.role));
      const id = `${role.role} ${meta?.version}`;
      if (meta === undefined || meta.version === role.targets.version || asked.has(id)) continue;
      asked.add(id);
      for (const { path, hashes } of (await authority.earlierTargets(role, meta))?.values() ?? []) {
        const sha256 = hashes.get('sha256');
        if (sha256 !== undefined) known.add(idOf(path, sha256));
      }
    }
  });
}

function idOf(path: string, sha256: string): string {
  return `${sha256} ${path}`;
}

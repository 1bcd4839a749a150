/** A client of any TUF repository: the same updater that channels are read with, over a folder of plain metadata files. */
import { TrustedMetadata } from '@antivenom/core/tuf';
import { nodeCrypto } from '@antivenom/node/tuf';
import { MetadataSource } from '../authority/metadata-source.ts';
import { TufAuthority } from '../authority/tuf-authority.ts';
import type { ClientEnv } from '../client-env.ts';
import type { RedactedUrl } from '../downloads/redacted-url.ts';
import { TUF_LIMITS } from '../limits.ts';
import { downloadTarget, type TargetPlaces } from './download-target.ts';
import { MetadataFolder } from './metadata-folder.ts';

export type TufClientEnv = Pick<ClientEnv, 'fetcher' | 'now' | 'lockWaitMs'>;

/** Where a repository's metadata stands, and where what was accepted of it is kept. */
export interface TufRepositoryPlaces {
  readonly metadataFolder: string;
  readonly metadataUrl: RedactedUrl;
}

/**
 * Trusts a root from now on: well formed and signed by its own keys, perhaps expired. What is kept already stays, and is
 * verified by the new root when it is read next.
 *
 * @throws MalformedError
 * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`
 * @throws StoreError `locked`, `io`
 */
export async function initTufClient(folder: string, root: Uint8Array, lockWaitMs: number): Promise<void> {
  const { version } = TrustedMetadata.fromRoot(root, { crypto: nodeCrypto, now: 0, limits: TUF_LIMITS }).root;
  const store = new MetadataFolder(folder);
  await store.locked(lockWaitMs, () => store.saveRoot(version, root));
}

/**
 * Brings the top-level metadata up to date.
 *
 * @throws PolicyError `not-trusted`, and all that {@link TufAuthority.refresh} throws
 */
export async function refreshTufClient(
  { metadataFolder, metadataUrl }: TufRepositoryPlaces,
  env: TufClientEnv,
): Promise<TufAuthority> {
  const store = new MetadataFolder(metadataFolder);
  // A clock that was set back must not revive what had expired.
  const now = Math.max(env.now, await store.acceptedAt());
  const tufEnv = { crypto: nodeCrypto, now, limits: TUF_LIMITS };
  return TufAuthority.refresh(store, new MetadataSource(env.fetcher, metadataUrl), tufEnv, env.lockWaitMs);
}

/**
 * Brings the metadata up to date, then downloads targets one after the other, and stops at the first that fails.
 *
 * @param downloaded takes the file of each target once it is there
 * @throws as {@link refreshTufClient} and {@link downloadTarget}
 */
export async function downloadTufTargets(
  paths: readonly string[],
  repository: TufRepositoryPlaces,
  places: TargetPlaces,
  env: TufClientEnv,
  downloaded: (file: string) => void,
): Promise<void> {
  const updater = await refreshTufClient(repository, env);
  for (const path of paths) downloaded(await downloadTarget(path, updater, places, env));
}

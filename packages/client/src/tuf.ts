/** A client of TUF repositories, so that it starts without loading what reads channels. */
export { createFetcher, type Fetcher } from './downloads/fetcher.ts';
export { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './downloads/limits.ts';
export { RedactedUrl } from './downloads/redacted-url.ts';
export type { TargetPlaces } from './tuf/download-target.ts';
export {
  downloadTufTargets,
  initTufClient,
  refreshTufClient,
  type TufClientEnv,
  type TufRepositoryPlaces,
} from './tuf/tuf-client.ts';

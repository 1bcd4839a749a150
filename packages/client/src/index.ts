export type { Fetcher, FetcherOptions, FetchRequest } from './downloads/fetcher.ts';
export { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './downloads/limits.ts';
export { RedactedUrl } from './downloads/redacted-url.ts';

export type { LoadedRole, TufAuthority } from './authority/tuf-authority.ts';
export { type CachedFile, ContentFolder, type ExpectedFile, type OpenFile } from './cache/content-folder.ts';
export { VerifiedFiles } from './cache/verified-files.ts';
export { rolesOf } from './channel/channel-roles.ts';
export { fetchShard } from './channel/fetch-shard.ts';
export { fetchTarget } from './channel/fetch-target.ts';
export { entryOf } from './channel/find-record.ts';
export { GATEWAY_HEADER } from './channel/gateway-selection.ts';
export { contentOf, verifyForm } from './channel/index-contents.ts';
export { type IndexListing, subdirsOf } from './channel/index-listing.ts';
export { type OpenChannel, openChannel, type ProvenChannel, type RecordsChannel } from './channel/open-channel.ts';
export { PackageFile } from './channel/package-file.ts';
export { type ProvenRoots, provenRoots } from './channel/proven-roots.ts';
export { readNewest } from './channel/publication-moved.ts';
export { type IndexedRecord, RecordCheck } from './channel/record-check.ts';
export { type RemoteStatus, remoteStatus } from './channel/remote-status.ts';
export {
  type ChannelReport,
  Findings,
  firstRefusal,
  type IgnoredSignatures,
  type RefusedFile,
} from './channel/report.ts';
export { verifyChannel } from './channel/verify-channel.ts';
export { type PackageVerdict, verifyPackage } from './channel/verify-package.ts';
export { policyForRecords, RECORDS_ALONE, recordsAlone, unprovenIndex } from './channel/verify-records-alone.ts';
export {
  type ClientFile,
  type ClientRecord,
  type Proved,
  RecordChecker,
  type Verdict,
} from './check/record-checker.ts';
export type { ClientEnv } from './client-env.ts';
export type { FetchRequest } from './downloads/fetch-request.ts';
export { createFetcher, type Fetcher, type FetcherOptions } from './downloads/fetcher.ts';
export { HostCredentials } from './downloads/host-credentials.ts';
export { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './downloads/limits.ts';
export { RedactedUrl } from './downloads/redacted-url.ts';
export { INDEX_JSON, MAX_PACKAGE_LENGTH, MAX_SHARD_LENGTH, PACKAGE_LIMITS } from './limits.ts';
export { type AddedTrust, addTrust, type NewTrust, type TrustEnv } from './trust/add-trust.ts';
export { CredentialsFile } from './trust/credentials.ts';
export { TrustStore } from './trust/trust-store.ts';
export type { Authority, AuthorityKind, TrustedChannel } from './trust/trusted-channels.ts';

/** What a client of TUF repositories needs of core, so that it starts without loading the rest. */
export {
  ContentTrustError,
  DownloadError,
  FreshnessError,
  MalformedError,
  PolicyError,
  StoreError,
  UsageError,
  VerificationError,
} from './errors.ts';
export { expectObject, expectString, member } from './json/access.ts';
export { object } from './json/build.ts';
export { readJson } from './json/read.ts';
export { writeJson } from './json/write.ts';
export { channelUrlKey, holdsCredentials } from './policy/channel-url.ts';
export { formatTimestamp, parseTimestamp } from './time.ts';
export { earlierSnapshot, earlierTargets } from './tuf/earlier-publication.ts';
export { roleFileName, targetFileName, targetUrlPath } from './tuf/file-names.ts';
export { findTarget } from './tuf/find-target.ts';
export { startTargetCheck } from './tuf/target-file.ts';
export { teamsOf } from './tuf/teams.ts';
export { TrustedMetadata } from './tuf/trusted-metadata.ts';
export { distinctYanks, readYankList, writeYankList, YANKED } from './yank/yank-list.ts';

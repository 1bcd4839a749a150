export {
  buildCctKeyMgr,
  buildCctPkgMgr,
  buildCctRoot,
  type CctFields,
  type CctKeyMgrFields,
  type CctRoleKeys,
  type CctRootFields,
  signCct,
  signInOpenpgpShape,
  signRecord,
} from './cct/build.ts';
export type { ChainRoots } from './cct/chain-roots.ts';
export type { CctDelegation } from './cct/delegation.ts';
export { type CctEnvelope, parseCctEnvelope } from './cct/envelope.ts';
export type { CctEnv, CctLimits } from './cct/limits.ts';
export type { CctKeyMgr, CctMetadata, CctRoot, CctType } from './cct/metadata.ts';
export type { RecordQuestion, RecordVerdict } from './cct/record.ts';
export {
  CONDA_CHAIN,
  chainFileRank,
  chainRootPath,
  chainRootVersion,
  isChainFile,
  isMambaChainName,
  keyMgrPath,
  MAMBA_CHAIN,
  mambaRootNames,
  RECORD_CHAINS,
  type RecordChain,
  type RecordClient,
} from './cct/record-chain.ts';
export type { CctShape, CctSignature, CctSignatures } from './cct/signatures.ts';
export { TrustedCctChain } from './cct/trusted-chain.ts';
export { type BuiltShards, buildShards, type ShardBuilding, writeShardIndex } from './conda/build-shards.ts';
export { checkClientRecord, type RecordOrigin } from './conda/client-record.ts';
export type { ListedRecord } from './conda/client-record-rules.ts';
export { compareShards } from './conda/compare-shards.ts';
export { currentRecords, currentRepodata } from './conda/current-repodata.ts';
export { type Contradiction, contradicts, sameRecord, verifyAgreement } from './conda/derived-forms.ts';
export { indexContent } from './conda/index-content.ts';
export {
  CHANNEL_INDEX_FORMS,
  type Compression,
  CURRENT_REPODATA,
  DERIVED_INDEX_FORMS,
  INDEX_PATH_PATTERNS,
  KNOWN_SUBDIRS,
  REPODATA,
  SHARD_INDEX,
  SUBDIR_INDEX_FORMS,
  shardFileName,
  shardHashOf,
  twinOf,
  twinsOf,
} from './conda/index-forms.ts';
export { keepRecords, selectRecords } from './conda/keep-records.ts';
export { type InspectedPackage, inspectPackage, type PackageLimits } from './conda/package.ts';
export { type PackageFileName, parsePackageFileName } from './conda/package-file-name.ts';
export { checkPackageAgainstRecord, type PatchedMember } from './conda/package-identity.ts';
export { checkRecordHashes, type PackageDigest } from './conda/record-hashes.ts';
export type { RecordMap } from './conda/record-maps.ts';
export { checkRecordNames, type RecordNames } from './conda/record-names.ts';
export {
  checkRedirects,
  headRedirects,
  indexRedirects,
  type Redirect,
  type RedirectRules,
  recordRedirects,
  withoutHeadRedirects,
} from './conda/redirects.ts';
export { fileOf, type RecordSlice, Repodata, scanRepodata } from './conda/repodata.ts';
export {
  readShard,
  readShardIndex,
  type Shard,
  type ShardIndex,
  type ShardReading,
  type ShardRecord,
} from './conda/shards.ts';
export {
  type RecordSignature,
  type RecordSignatureMap,
  RecordSignatures,
  withoutSignatures,
  withSignatures,
} from './conda/signatures.ts';
export type { TarLimits } from './conda/tar.ts';
export { Version } from './conda/version.ts';
export { restoreRecords, type WithdrawnRecord, withdrawRecords } from './conda/withdrawn-records.ts';
export type { PackageSource } from './conda/zip.ts';
export {
  type CodeFacts,
  ContentTrustError,
  DownloadError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorOptions,
  FreshnessError,
  MalformedError,
  PolicyError,
  StoreError,
  UsageError,
  VerificationError,
} from './errors.ts';
export {
  expectArray,
  expectBoolean,
  expectInteger,
  expectObject,
  expectString,
  type IntegerRange,
  member,
  optionalMember,
} from './json/access.ts';
export { object } from './json/build.ts';
export { cctCanonical } from './json/cct-canonical.ts';
export { jsonEquals } from './json/equals.ts';
export { integerOf } from './json/integer.ts';
export type { JsonLimits } from './json/limits.ts';
export { olpcCanonical } from './json/olpc-canonical.ts';
export { readJson, readJsonAt } from './json/read.ts';
export { type JsonMember, scanMembers } from './json/scan.ts';
export { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from './json/value.ts';
export { type JsonLayout, writeJson } from './json/write.ts';
export { bytesToHex, hexToBytes } from './keys/hex.ts';
export { type OpenpgpHeaderFields, openpgpDigest, openpgpHeaders } from './keys/openpgp.ts';
export { type KeyType, PublicKey } from './keys/public-key.ts';
export type { Signer } from './keys/signer.ts';
export { verifySignature } from './keys/verify.ts';
export { indexHasPip } from './mamba/index-has-pip.ts';
export { printMambaMatchSpec } from './mamba/match-spec.ts';
export {
  type ForetoldProjection,
  isPip,
  type Projection,
  type ProjectionContext,
  projectRecord,
  type Unforeseeable,
  type UnforeseeableProjection,
} from './mamba/projection.ts';
export { signProjection } from './mamba/sign.ts';
export { TrustedMambaChain } from './mamba/trusted-chain.ts';
export { readMsgpack } from './msgpack/read.ts';
export type { MsgpackValue } from './msgpack/value.ts';
export { writeMsgpack } from './msgpack/write.ts';
export { nearestName } from './nearest-name.ts';
export { channelUrlKey, holdsCredentials } from './policy/channel-url.ts';
export {
  allowedHosts,
  evaluatePolicy,
  evidenceOfChannel,
  type PolicyQuestion,
  type PolicyVerdict,
} from './policy/evaluate.ts';
export { NamePattern } from './policy/name-pattern.ts';
export { type PolicyLimits, parsePolicy } from './policy/parse.ts';
export {
  type ChannelRule,
  type Cooldown,
  DEFAULT_POLICY,
  EVIDENCE,
  type Evidence,
  type PackageRule,
  type Policy,
} from './policy/policy.ts';
export type { ByteStream, CryptoPort, DecompressionPort, IncrementalHash } from './ports.ts';
export {
  type ChainRoles,
  chainRoleStatuses,
  type RoleStatus,
  type TufRoles,
  tufRoleStatuses,
} from './role-status.ts';
export { shellWord } from './shell-word.ts';
export { formatTimestamp, parseTimestamp, spanText } from './time.ts';
export {
  buildHashBins,
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  type DelegationFields,
  type HashBinsFields,
  type RoleKeys,
  type RootFields,
  type SignedFields,
  type SnapshotFields,
  type TargetFields,
  type TargetsFields,
  type TimestampFields,
} from './tuf/build.ts';
export type { DelegatedRole, Delegations } from './tuf/delegations.ts';
export { DigestCheck, type FileDigest, type HashAlgorithm, type Hashes } from './tuf/digests.ts';
export { earlierSnapshot, earlierTargets } from './tuf/earlier-publication.ts';
export { parseTufEnvelope, type TufEnvelope } from './tuf/envelope.ts';
export { checkTargetPath, hashPrefixedUrlPath, roleFileName, targetFileName, targetUrlPath } from './tuf/file-names.ts';
export { type FoundTarget, findTarget, type RoleRequest } from './tuf/find-target.ts';
export { type Binning, binName, binNumber, binOfPath, type HashBins } from './tuf/hash-bins.ts';
export type { TufEnv, TufLimits } from './tuf/limits.ts';
export type { MetaFile } from './tuf/meta-file.ts';
export { matchesPathPattern, PathPattern } from './tuf/path-pattern.ts';
export type { Role } from './tuf/role.ts';
export type { Root } from './tuf/root.ts';
export { signTuf } from './tuf/sign.ts';
export type { Signed, TufType } from './tuf/signed.ts';
export type { Snapshot } from './tuf/snapshot.ts';
export { checkTargetBytes, startTargetCheck, type TargetFile } from './tuf/target-file.ts';
export type { Targets } from './tuf/targets.ts';
export {
  isTeamName,
  ONLINE_DELEGATED,
  type Team,
  type TeamWord,
  teamsOf,
  teamWordOn,
  verifyTeamFile,
} from './tuf/teams.ts';
export type { Timestamp } from './tuf/timestamp.ts';
export { TrustedMetadata } from './tuf/trusted-metadata.ts';
export { keyId, type TufKey } from './tuf/tuf-key.ts';
export type { Verified } from './verified.ts';
export {
  distinctYanks,
  readYankList,
  UNYANKED,
  writeYankList,
  YANK_LISTS,
  YANK_ROLE,
  YANKED,
  YANKED_BASE,
  type Yank,
  yanksInForce,
} from './yank/yank-list.ts';
export { type YankStatus, yankStatus } from './yank/yank-status.ts';
export { YankedFiles, yanked } from './yank/yanked-files.ts';

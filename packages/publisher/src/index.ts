export { ownChainRoots } from './channel/own-roots.ts';
export type { Retention } from './channel/retention-settings.ts';
export { changeExpiry, channelExpiry } from './expiry.ts';
export { hashBins } from './hash-bins.ts';
export { importCct } from './import-cct.ts';
export { initChannel } from './init.ts';
export type {
  AdoptedRole,
  AllKeysOptions,
  DelegateOptions,
  ExpiryOptions,
  ExpiryPolicy,
  ExpiryResult,
  HashBinsOptions,
  HashBinsResult,
  ImportCctOptions,
  ImportCctResult,
  InitOptions,
  InitResult,
  KeysOption,
  OnlineKeysOptions,
  PassphraseProvider,
  PublisherEnv,
  RefreshOptions,
  RefreshResult,
  Refused,
  RenewOptions,
  RenewResult,
  RevokeOptions,
  RoleExpiry,
  RotateOptions,
  RotateResult,
  SignOptions,
  SignResult,
  StatusResult,
  TeamResult,
  UnyankOptions,
  UpdateCctOptions,
  Warning,
  YankOptions,
  YankResult,
} from './operations.ts';
export { refreshChannel } from './refresh.ts';
export { renewChannel } from './renew.ts';
export { revokeKey } from './revoke.ts';
export {
  DEFAULT_LIFETIME_DAYS,
  DEFAULT_ROLE_KEYS,
  type KeyedRole,
  type LifetimeRole,
  OFFLINE_ROLES,
  ONLINE_ROLES,
  type RoleKeysPlan,
} from './roles/role-plan.ts';
export { expiryWarnings } from './roles/role-status.ts';
export { type TheftWindow, theftWindows } from './roles/theft-windows.ts';
export { rotateRole } from './rotate.ts';
export { signChannel } from './sign.ts';
export { channelStatus } from './status.ts';
export { delegateTeam, removeTeam } from './teams/delegate.ts';
export { publishTeam } from './teams/publish-team.ts';
export { type SignTeamOptions, type SignTeamResult, signTeam, type TeamPackage } from './teams/sign-team.ts';
export { type MakeTeamKeysOptions, makeTeamKeys, parsePublicKeys, type TeamKeysResult } from './teams/team-folder.ts';
export { unyankFile } from './unyank.ts';
export { updateCct } from './update-cct.ts';
export { yankFile } from './yank.ts';

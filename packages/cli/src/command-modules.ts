import type { LoadedWhenUsed } from './commands.ts';

/** Where each command stands. */
export const COMMANDS: LoadedWhenUsed = {
  init: async () => (await import('./commands/init.ts')).init,
  sign: async () => (await import('./commands/sign.ts')).sign,
  refresh: async () => (await import('./commands/refresh.ts')).refresh,
  renew: async () => (await import('./commands/renew.ts')).renew,
  hashBins: async () => (await import('./commands/hash-bins.ts')).hashBins,
  rotate: async () => (await import('./commands/rotate.ts')).rotate,
  revoke: async () => (await import('./commands/rotate.ts')).revoke,
  delegate: async () => (await import('./commands/delegate.ts')).delegate,
  teamKeys: async () => (await import('./commands/team.ts')).teamKeys,
  teamSign: async () => (await import('./commands/team.ts')).teamSign,
  teamPublish: async () => (await import('./commands/team.ts')).teamPublish,
  status: async () => (await import('./commands/status.ts')).status,
  importCct: async () => (await import('./commands/import-cct.ts')).importCct,
  exportCct: async () => (await import('./commands/export-cct.ts')).exportCct,
  trustAdd: async () => (await import('./commands/trust.ts')).trustAdd,
  trustList: async () => (await import('./commands/trust.ts')).trustList,
  trustRemove: async () => (await import('./commands/trust.ts')).trustRemove,
  trustUpdate: async () => (await import('./commands/trust.ts')).trustUpdate,
  verifyChannel: async () => (await import('./commands/verify-channel.ts')).verifyChannel,
  verifyPackage: async () => (await import('./commands/verify-package.ts')).verifyPackage,
  checkRecords: async () => (await import('./commands/check-records.ts')).checkRecords,
  verifyMetadata: async () => (await import('./commands/verify-metadata.ts')).verifyMetadata,
  gateway: async () => (await import('./commands/gateway.ts')).gateway,
};

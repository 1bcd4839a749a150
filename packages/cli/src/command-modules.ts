import type { LoadedWhenUsed } from './commands.ts';

/** Where each command stands. */
export const COMMANDS: LoadedWhenUsed = {
  init: async () => (await import('./commands/init.ts')).init,
  sign: async () => (await import('./commands/sign.ts')).sign,
  verifyMetadata: async () => (await import('./commands/verify-metadata.ts')).verifyMetadata,
};

import type { LoadedWhenUsed } from './commands.ts';

/** Where each command stands. */
export const COMMANDS: LoadedWhenUsed = {
  verifyMetadata: async () => (await import('./commands/verify-metadata.ts')).verifyMetadata,
};

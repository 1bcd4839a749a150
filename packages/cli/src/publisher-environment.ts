/** What the publisher's operations get from the command line: the keys, their passphrases, and the world around. */
import { randomBytes } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { AllKeysOptions, PublisherEnv, Retention } from '@antivenom/publisher';
import type { KeyOptions, RetentionOptions } from './commands.ts';
import { Passphrases } from './passphrases.ts';
import type { Session } from './session.ts';

/** Signing a large channel takes minutes, and a daily job may fall into it. */
const LOCK_WAIT_MS = 60_000;

export function publisherEnv({ world, progress }: Session): PublisherEnv {
  return { now: world.now(), randomBytes, progress, lockWaitMs: LOCK_WAIT_MS };
}

/**
 * The keys of a channel.
 *
 * @param folder the channel's, absolute
 * @param kind whether the keys are to be made, or exist
 */
export function keysOf(
  session: Session,
  folder: string,
  options: KeyOptions,
  kind: 'new' | 'existing',
): AllKeysOptions {
  const passphrases = new Passphrases(options, session.world, !session.yes);
  const passphrase = (group: 'online' | 'offline') => () =>
    kind === 'new' ? passphrases.forNewKeys(group) : passphrases.ofKeys(group);
  return {
    keys: keysFolder(session, folder, options.keys),
    onlinePassphrase: passphrase('online'),
    offlinePassphrase: passphrase('offline'),
  };
}

/** What is to be kept of earlier publications, where that was said. */
export function retentionOf({ keepMetadata, keepFor }: RetentionOptions): { readonly keep?: Partial<Retention> } {
  if (keepMetadata === undefined && keepFor === undefined) return {};
  return {
    keep: {
      ...(keepMetadata === undefined ? {} : { versions: keepMetadata }),
      ...(keepFor === undefined ? {} : { seconds: keepFor / 1000 }),
    },
  };
}

function keysFolder({ home, world }: Session, folder: string, typed: string | undefined): string {
  return typed === undefined ? join(home, 'keys', basename(folder)) : resolve(world.cwd, typed);
}

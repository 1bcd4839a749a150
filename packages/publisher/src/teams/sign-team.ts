/** A team signs its package files, with its own keys and nothing of the channel's. */

import { join } from 'node:path';
import {
  buildTargets,
  PathPattern,
  parsePackageFileName,
  type Signer,
  SUBDIR_INDEX_FORMS,
  signTuf,
  UsageError,
} from '@antivenom/core';
import { nodeCrypto, readFileIfThere, withLock, writeFileAtomic } from '@antivenom/node';
import { loadKeys } from '@antivenom/signers';
import { type FileFacts, factsOf, factsOfFile, factsOfTarget, targetFields } from '../channel/published-targets.ts';
import type { PassphraseProvider, PublisherEnv } from '../operations.ts';
import { withLifetime } from '../roles/reissue.ts';
import { DAY_MS } from '../roles/role-plan.ts';
import { keysIn, readLastSigned, signedPath } from './team-folder.ts';
import { requireTeamName } from './team-name.ts';

/** A package file and its path in the channel, `linux-64/foo-1.0-0.conda`. */
export interface TeamPackage {
  readonly path: string;
  readonly file: string;
}

export interface SignTeamOptions {
  /** The folder of the team. */
  readonly folder: string;
  readonly passphrase: PassphraseProvider;
  readonly packages: readonly TeamPackage[];
  /** Folders of subdirs whose indexes are the team's: each form that stands there now, in place of those that stood there before. */
  readonly indexes?: readonly { readonly subdir: string; readonly folder: string }[];
  /** Path patterns of files that are the team's no more. */
  readonly remove?: readonly string[];
  /** Lets a name that was signed have other bytes from now on. */
  readonly replace?: boolean;
  /** Until it must sign anew; 365 by default. */
  readonly lifetimeDays?: number;
}

export interface SignTeamResult {
  /** To be handed to whoever publishes the channel. */
  readonly file: string;
  readonly version: number;
  /** ms since the epoch */
  readonly expires: number;
  /** How many files it lists. */
  readonly listed: number;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

const DEFAULT_DAYS = 365;

/**
 * Lists these files besides those that were signed before, each by the bytes that stand in it now.
 *
 * @throws UsageError `usage` for a name that was signed with other bytes; `wrong-passphrase`
 * @throws StoreError `key-missing`, `store-corrupt`, `locked`
 */
export async function signTeam(team: string, options: SignTeamOptions, env: PublisherEnv): Promise<SignTeamResult> {
  requireTeamName(team);
  const { folder, packages, remove = [], lifetimeDays = DEFAULT_DAYS } = options;
  const place = { team, folder };
  const signers = (await loadKeys(keysIn(place), await options.passphrase())).get(team) ?? [];
  return withLock(join(folder, '.lock'), { waitMs: env.lockWaitMs }, async () => {
    const last = await readLastSigned(
      place,
      signers.map(({ publicKey }) => publicKey),
    );
    const before = new Map([...(last?.targets.values() ?? [])].map((target) => [target.path, factsOfTarget(target)]));
    const listed = new Map(before);
    const gone = remove.map((text) => new PathPattern(text));
    const removed = [...before.keys()].filter((path) => gone.some((pattern) => pattern.matches(path.split('/'))));
    for (const path of removed) listed.delete(path);
    const added: string[] = [];
    const replaced: string[] = [];
    for (const { subdir, folder: place } of options.indexes ?? []) {
      for (const form of SUBDIR_INDEX_FORMS) {
        const path = `${subdir}/${form}`;
        const bytes = await readFileIfThere(join(place, form));
        if (bytes !== undefined) {
          if (!before.has(path)) added.push(path);
          listed.set(path, factsOf(path, bytes));
        } else if (listed.delete(path)) removed.push(path);
      }
    }
    const task = env.progress.start('hashing packages', packages.length);
    try {
      for (const { path, file } of packages) {
        parsePackageFileName(path.slice(path.indexOf('/') + 1));
        const facts = await factsOfFile(path, file);
        const known = listed.get(path);
        if (known === undefined) added.push(path);
        else if (known.sha256 !== facts.sha256) replaced.push(path);
        listed.set(path, facts);
        task.advance(1);
      }
    } finally {
      task.done();
    }
    requireSame(replaced, options.replace === true);
    const version = (last?.version ?? 0) + 1;
    const expires = env.now + lifetimeDays * DAY_MS;
    await writeFileAtomic(
      signedPath(place),
      await signedFile({ version, expires, lifetimeDays }, listed.values(), signers),
    );
    return { file: signedPath(place), version, expires, listed: listed.size, added, replaced, removed };
  });
}

function requireSame([first, ...more]: readonly string[], mayReplace: boolean): void {
  if (first === undefined || mayReplace) return;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  throw new UsageError('usage', `${first}${others} had other bytes when it was signed`, {
    hint: 'A published file should never change: build it under a new build number; or sign it all the same with --replace.',
    details: { files: [first, ...more] },
  });
}

async function signedFile(
  { version, expires, lifetimeDays }: { version: number; expires: number; lifetimeDays: number },
  listed: Iterable<FileFacts>,
  signers: readonly Signer[],
): Promise<Uint8Array> {
  const files = [...listed].sort((a, b) => (a.path < b.path ? -1 : 1));
  const built = buildTargets({ version, expires, targets: files.map(targetFields) }, nodeCrypto);
  return signTuf(withLifetime(built, lifetimeDays), signers, nodeCrypto);
}

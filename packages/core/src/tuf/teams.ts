/**
 * Teams: those to whom the offline `targets` role itself gave path patterns of the channel, to sign the files there with keys
 * of their own. What they sign is evidence that no thief of online keys can make.
 */
import { INDEX_PATH_PATTERNS } from '../conda/index-forms.ts';
import type { CryptoPort } from '../ports.ts';
import { mintVerified, type Verified } from '../verified.ts';
import type { RoleKeys } from './build.ts';
import { readTufEnvelope } from './envelope.ts';
import { roleFileName } from './file-names.ts';
import type { TufEnv } from './limits.ts';
import { PathPattern } from './path-pattern.ts';
import { verifyRole } from './role.ts';
import type { TargetFile } from './target-file.ts';
import { parseTargets, type Targets } from './targets.ts';
import { keyId, type TufKey, tufKeyObject } from './tuf-key.ts';

/** Delegated roles that online keys sign: an index adds nothing to itself. */
export const ONLINE_DELEGATED: readonly string[] = ['index', 'yank', 'bins'];
const TOP_LEVEL = ['root', 'timestamp', 'snapshot', 'targets'];

/** Whether a role of that name is a team, wherever `targets` delegates to it. */
export function isTeamName(name: string): boolean {
  return !ONLINE_DELEGATED.includes(name) && !TOP_LEVEL.includes(name);
}

export interface Team {
  readonly name: string;
  readonly terminating: boolean;
  /** Whether it may sign indexes, so that without its word nobody knows all that the channel offers. */
  readonly signsIndexes: boolean;
}

/** In the order in which they are asked. */
export function teamsOf({ delegations }: Verified<Targets>): Team[] {
  return [...(delegations?.byPattern() ?? [])].flatMap(({ role: { name, terminating }, patterns }) =>
    isTeamName(name) ? [{ name, terminating, signsIndexes: patterns.some(namesAnIndex) }] : [],
  );
}

const INDEX_PATTERNS = INDEX_PATH_PATTERNS.map((text) => new PathPattern(text));

function namesAnIndex(pattern: PathPattern): boolean {
  return INDEX_PATTERNS.some((index) => index.overlaps(pattern));
}

/** Whose file a path is, and what that team signed of it. */
export interface TeamWord {
  readonly team: string;
  /** Undefined where the team signed no such file. */
  readonly file: TargetFile | undefined;
}

/**
 * Asks the teams about a file that is no index, as a search for the target does: in their order, and no further than a
 * terminating delegation. What a team's own delegates say, or a role that stands before the team, is not the team's word.
 *
 * @param roleOf a team's metadata, as `targets` delegates it; undefined where there is none that is good
 * @returns undefined where the path is no team's
 * @see https://theupdateframework.github.io/specification/v1.0.34/#update-targets (step 5.6.7)
 */
export function teamWordOn(
  path: string,
  { targets, delegations }: Verified<Targets>,
  roleOf: (team: string) => Verified<Targets> | undefined,
  crypto: CryptoPort,
): TeamWord | undefined {
  if (targets.has(path)) return undefined;
  for (const { name: team, terminating } of delegations?.rolesFor(path, crypto) ?? []) {
    if (!isTeamName(team)) return undefined;
    const signed = roleOf(team);
    const file = signed?.targets.get(path);
    if (file !== undefined || terminating || signed === undefined) return { team, file };
    if (signed.delegations?.rolesFor(path, crypto).next().done === false) return undefined;
  }
  return undefined;
}

/**
 * A team's metadata on its own, before a snapshot names it: well formed, and signed by a threshold of these keys. It may have
 * expired.
 *
 * @throws MalformedError
 * @throws VerificationError `bad-signature`, `threshold-not-met`, `length-mismatch`
 */
export function verifyTeamFile(
  bytes: Uint8Array,
  team: string,
  { keys, threshold }: RoleKeys,
  env: TufEnv,
): Verified<Targets> {
  const where = roleFileName(team);
  const envelope = readTufEnvelope(bytes, env.limits.maxTargetsLength, where, env);
  const signed = parseTargets(envelope.signed, team, where);
  const known = new Map(
    keys.map((publicKey): [string, TufKey] => [
      keyId(publicKey, env.crypto),
      { raw: tufKeyObject(publicKey), publicKey },
    ]),
  );
  verifyRole(where, { keyIds: [...known.keys()], threshold }, known, envelope, env.crypto, 'its delegation');
  return mintVerified(signed);
}

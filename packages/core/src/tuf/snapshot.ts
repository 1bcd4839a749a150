/** Snapshot metadata: the version of every targets file of one publication. */
import { MalformedError } from '../errors.ts';
import { rollback } from '../freshness.ts';
import { member } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { type MetaFile, parseMeta } from './meta-file.ts';
import { parseSigned, type Signed } from './signed.ts';

export interface Snapshot extends Signed {
  /** By file name without escapes: role name + `.json`. */
  readonly meta: ReadonlyMap<string, MetaFile>;
}

/**
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-snapshot
 */
export function parseSnapshot(raw: JsonObject, where: string): Snapshot {
  const signed = parseSigned(raw, 'snapshot', where);
  const meta = parseMeta(member(raw, 'meta', where), where);
  if (!meta.has('targets.json')) throw new MalformedError(`${where}: \`meta\` does not name targets.json`);
  return { ...signed, meta };
}

/**
 * Refuses a snapshot that takes back what an earlier one said.
 *
 * @throws FreshnessError `rollback` where a file left, or any version fell
 * @see https://theupdateframework.github.io/specification/v1.0.34/#update-snapshot (step 5.5.5)
 */
export function checkSnapshotFollows(before: Snapshot, after: Snapshot, where: string): void {
  if (after.version < before.version) {
    throw rollback(where, `${where} is version ${after.version}; version ${before.version} was accepted before`);
  }
  for (const [file, { version }] of before.meta) {
    const now = after.meta.get(file)?.version;
    if (now === undefined) {
      throw rollback(where, `${where} no longer names ${JSON.stringify(file)}, which an accepted snapshot named`);
    }
    if (now < version) {
      throw rollback(
        where,
        `${where} names version ${now} of ${JSON.stringify(file)}; version ${version} was accepted before`,
      );
    }
  }
}

/** Timestamp metadata: which snapshot is the newest. */
import { MalformedError } from '../errors.ts';
import { member } from '../json/access.ts';
import type { JsonObject } from '../json/value.ts';
import { type MetaFile, parseMeta } from './meta-file.ts';
import { parseSigned, type Signed } from './signed.ts';

export interface Timestamp extends Signed {
  readonly snapshotMeta: MetaFile;
}

/**
 * @throws MalformedError
 * @see https://theupdateframework.github.io/specification/v1.0.34/#file-formats-timestamp
 */
export function parseTimestampRole(raw: JsonObject, where: string): Timestamp {
  const signed = parseSigned(raw, 'timestamp', where);
  const snapshotMeta = parseMeta(member(raw, 'meta', where), where).get('snapshot.json');
  if (snapshotMeta === undefined) throw new MalformedError(`${where}: \`meta\` does not name snapshot.json`);
  return { ...signed, snapshotMeta };
}

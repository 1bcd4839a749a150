/**
 * Does a record stand where it says it stands? Record signatures do not cover the file name, so a genuine record could
 * be served under another's name; and a name with path parts could lead a client out of its folder.
 */
import { MalformedError, VerificationError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import { verifyPlainFileName } from './package-file-name.ts';
import type { RecordMap } from './record-maps.ts';

/** What {@link checkRecordNames} learned on its way. */
export interface RecordNames {
  /** The name of the package file, which for `v3.…` is not the key. */
  readonly file: string;
  readonly name: string;
  /** False where the record has no `subdir`: allowed, but such a record can carry no record signature. */
  readonly subdirStated: boolean;
}

/**
 * Checks that the key, the map and the folder of a record are those its own members spell.
 *
 * @param subdir the folder, `linux-64`
 * @param file the record's key in its map
 * @throws VerificationError `unsafe-name` for path parts in a name; `name-mismatch` where name, version and build do not
 * spell the key, the extension is not the map's, or `subdir` is another folder.
 * @throws MalformedError where name, version or build is no text, or a wheel has no `fn`.
 */
export function checkRecordNames(subdir: string, file: string, map: RecordMap, record: JsonObject): RecordNames {
  const where = `${subdir}/${file}`;
  verifyPlainFileName(file, where);
  const name = text(where, record, 'name');
  const stem = `${name}-${text(where, record, 'version')}-${text(where, record, 'build')}`;
  const extension = extensionOf(map);
  const key = map.startsWith('v3.') ? stem : `${stem}.${extension}`;
  if (file !== key) {
    throw mismatch(where, `the record in \`${map}\` spells ${key}`, { map, spelled: key });
  }
  const stated = record.get('subdir');
  if (stated !== undefined && stated !== subdir) {
    throw mismatch(where, `the record says it belongs into ${typeof stated === 'string' ? stated : 'no folder'}`, {
      map,
    });
  }
  return { file: packageFile(where, map, stem, extension, record), name, subdirStated: stated !== undefined };
}

function extensionOf(map: RecordMap): string {
  if (map === 'packages') return 'tar.bz2';
  return map === 'packages.conda' ? 'conda' : map.slice('v3.'.length);
}

function packageFile(where: string, map: RecordMap, stem: string, extension: string, record: JsonObject): string {
  const file = map === 'v3.whl' ? text(where, record, 'fn') : `${stem}.${extension}`;
  verifyPlainFileName(file, where);
  if (!file.endsWith(`.${extension}`))
    throw mismatch(where, `\`fn\` must end in .${extension}, not spell ${file}`, { map });
  return file;
}

function text(where: string, record: JsonObject, member: string): string {
  const value = record.get(member);
  if (typeof value === 'string' && value !== '') return value;
  throw new MalformedError(`${where}: \`${member}\` must be a text`);
}

function mismatch(where: string, what: string, details: Record<string, unknown>): VerificationError {
  return new VerificationError('name-mismatch', `${where}: ${what}`, {
    hint: 'Index the channel again; if it is not yours, tell its owner.',
    details: { file: where, ...details },
  });
}

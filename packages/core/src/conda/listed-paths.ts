/** Holds the files of a package against its own list, `info/paths.json`. */
import { type ContentTrustError, MalformedError, VerificationError } from '../errors.ts';
import { expectArray, expectInteger, expectObject, expectString, member } from '../json/access.ts';
import type { JsonValue } from '../json/value.ts';
import type { ArchiveLinks } from './archive-links.ts';
import type { ArchiveNode } from './archive-node.ts';
import { safePath } from './archive-path.ts';

interface ListedPath {
  readonly path: string;
  readonly type: 'hardlink' | 'softlink' | 'directory';
  /** Lower-case hex. */
  readonly sha256: string | undefined;
  readonly size: number | undefined;
}

/**
 * Each listed file must be there with its hash and size, and each file outside `info/` must be listed. Links are listed
 * with the hash of what they led to when the package was built, often outside of it: a link only has to be there.
 *
 * @returns how many paths the list has.
 * @throws VerificationError `content-mismatch`, and `archive-unsafe` for a listed path out of the tree.
 */
export function verifyListedPaths(
  nodes: ReadonlyMap<string, ArchiveNode>,
  links: ArchiveLinks,
  pathsJson: JsonValue,
): number {
  const unlisted = new Set<string>();
  for (const [path, node] of nodes) {
    if (node.type !== 'directory' && !path.startsWith('info/')) unlisted.add(path);
  }
  const listed = readList(pathsJson);
  for (const item of listed.values()) {
    verifyOne(nodes.get(item.path), links, item);
    unlisted.delete(item.path);
  }
  for (const path of unlisted) throw mismatch(`${JSON.stringify(path)} is not listed in info/paths.json`, path);
  return listed.size;
}

function verifyOne(node: ArchiveNode | undefined, links: ArchiveLinks, listed: ListedPath): void {
  const { path, type, sha256, size } = listed;
  if (type === 'directory') {
    if (node !== undefined && node.type !== 'directory')
      throw mismatch(`${JSON.stringify(path)} is no directory`, path);
    return;
  }
  if (node === undefined) throw mismatch(`${JSON.stringify(path)} is listed in info/paths.json and not there`, path);
  // Windows, repacking, makes empty files of links; they are in use.
  if (type === 'softlink' && (node.type === 'symlink' || (node.type === 'file' && node.size === 0))) return;
  const file = node.type === 'symlink' ? links.target(path) : node;
  if (file?.type !== 'file') throw mismatch(`${JSON.stringify(path)} is listed as a file, and is none`, path);
  if (sha256 !== undefined && sha256 !== file.sha256) {
    throw mismatch(`${JSON.stringify(path)} does not have the hash that info/paths.json states`, path);
  }
  if (size !== undefined && size !== file.size) {
    throw mismatch(`${JSON.stringify(path)} has ${file.size} bytes, and info/paths.json states ${size}`, path);
  }
}

function readList(pathsJson: JsonValue): Map<string, ListedPath> {
  const where = 'info/paths.json';
  const listed = new Map<string, ListedPath>();
  const paths = expectArray(member(expectObject(pathsJson, where), 'paths', where), `${where}: \`paths\``);
  for (const [at, value] of paths.entries()) {
    const item = readItem(value, `${where}: \`paths[${at}]\``);
    if (listed.has(item.path)) throw mismatch(`${JSON.stringify(item.path)} is listed twice in ${where}`, item.path);
    listed.set(item.path, item);
  }
  return listed;
}

function readItem(value: JsonValue, where: string): ListedPath {
  const item = expectObject(value, where);
  const stated = expectString(member(item, '_path', where), `${where} \`_path\``);
  const type = item.get('path_type') ?? 'hardlink';
  const sha256 = item.get('sha256') ?? undefined;
  const size = item.get('size_in_bytes') ?? undefined;
  if (type !== 'hardlink' && type !== 'softlink' && type !== 'directory') {
    throw new MalformedError(`${where} \`path_type\` must be hardlink, softlink or directory`);
  }
  return {
    path: safePath(stated),
    type,
    sha256: sha256 === undefined ? undefined : expectString(sha256, `${where} \`sha256\``).toLowerCase(),
    size: size === undefined ? undefined : expectInteger(size, `${where} \`size_in_bytes\``, { min: 0 }),
  };
}

function mismatch(message: string, path: string): ContentTrustError {
  return new VerificationError('content-mismatch', message, { details: { path } });
}

/** What unpacking would leave on disk, without unpacking: each entry held against those before it, links at the end. */
import { VerificationError } from '../errors.ts';
import { ArchiveLinks } from './archive-links.ts';
import type { ArchiveFile, ArchiveNode } from './archive-node.ts';
import { safePath } from './archive-path.ts';
import type { TarEntry } from './tar.ts';

export class ArchiveTree {
  readonly #nodes = new Map<string, ArchiveNode>();

  /** Path → what stands there; directories that no entry names are not listed. */
  get nodes(): ReadonlyMap<string, ArchiveNode> {
    return this.#nodes;
  }

  /**
   * Adds an entry; `file` is what was found in its content, for a file.
   *
   * @throws VerificationError `archive-unsafe` for a path out of the tree, a second entry of one path, a device, a link
   * without a target.
   */
  add(entry: TarEntry, file?: ArchiveFile): void {
    const path = safePath(entry.path);
    const node = this.#nodeOf(entry, path, file);
    if (path === '' && node.type === 'directory') return;
    const before = this.#nodes.get(path);
    if (path === '' || (before !== undefined && !(before.type === 'directory' && node.type === 'directory'))) {
      throw unsafe(path === '' ? 'an entry has no name' : `${JSON.stringify(path)} stands in it twice`, path);
    }
    this.#nodes.set(path, node);
  }

  /**
   * Where each symbolic link leads; to be asked for when all entries are in.
   *
   * @param maxPlaces files and folders, all told
   * @throws VerificationError `archive-unsafe` for an entry below a link or a file, and for a link that leads out of the tree.
   */
  links(maxPlaces: number): ArchiveLinks {
    return new ArchiveLinks(this.#nodes, maxPlaces);
  }

  #nodeOf(entry: TarEntry, path: string, file: ArchiveFile | undefined): ArchiveNode {
    switch (entry.type) {
      case 'file':
        if (file === undefined) throw new TypeError('a file comes with its hash');
        return file;
      case 'directory':
        return { type: 'directory' };
      case 'symlink':
        if (leavesByItself(entry.link)) {
          throw unsafe(`the link ${JSON.stringify(path)} leads out of the package's tree`, path);
        }
        return { type: 'symlink', target: entry.link };
      case 'hardlink': {
        const target = this.#nodes.get(safePath(entry.link));
        if (target?.type !== 'file') throw unsafe(`${JSON.stringify(path)} is a hard link to no file before it`, path);
        return target;
      }
      default:
        throw unsafe(`${JSON.stringify(path)} is a ${entry.type}`, path);
    }
  }
}

/**
 * Also by the rules of Windows, where a backslash parts a path as a slash does, and dots and spaces at the end of a segment
 * are not there.
 */
function leavesByItself(target: string): boolean {
  if (target.startsWith('/') || target.includes('\\') || /^(?:\.\/+)*[A-Za-z]:/.test(target)) return true;
  return target.split('/').some((segment) => /^[. ]{2,}$/.test(segment) && segment !== '..');
}

function unsafe(message: string, path: string): VerificationError {
  return new VerificationError('archive-unsafe', message, { details: { path } });
}

/** What unpacking would leave on disk, without unpacking: each entry held against those before it, links followed at the end. */
import { VerificationError } from '../errors.ts';
import { safePath } from './archive-path.ts';
import type { TarEntry } from './tar.ts';

export interface ArchiveFile {
  readonly type: 'file';
  /** SHA-256 of the content, hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface ArchiveLink {
  readonly type: 'symlink';
  /** Empty in packages that Windows repacked, which lost it: such a link leads nowhere, and no system makes it. */
  readonly target: string;
}

export type ArchiveNode = ArchiveFile | ArchiveLink | { readonly type: 'directory' };

/** Symbolic links within one path, as Linux has it. */
const MAX_HOPS = 40;

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
   * To be called when all entries are in.
   *
   * @throws VerificationError `archive-unsafe` for an entry below a link or a file, and for a link that leads out of the tree.
   */
  verifyLinks(): void {
    for (const [path, node] of this.#nodes) {
      for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        const above = this.#nodes.get(path.slice(0, slash));
        if (above !== undefined && above.type !== 'directory') {
          throw unsafe(
            `${JSON.stringify(path)} would be written through ${JSON.stringify(path.slice(0, slash))}`,
            path,
          );
        }
      }
      if (node.type === 'symlink') this.resolve(path);
    }
  }

  /**
   * Where a path leads, links followed as the system follows them; undefined where nothing stands there, or links go in circles.
   *
   * @throws VerificationError `archive-unsafe` where a link leads out of the tree.
   */
  resolve(path: string): ArchiveNode | undefined {
    const pending = path.split('/').reverse();
    const place: string[] = [];
    let hops = 0;
    let node: ArchiveNode | undefined = { type: 'directory' };
    while (pending.length > 0) {
      const segment = pending.pop() as string;
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        if (place.pop() === undefined) throw outward(path);
        node = { type: 'directory' };
        continue;
      }
      place.push(segment);
      node = this.#nodes.get(place.join('/'));
      if (node?.type === 'symlink') {
        if (node.target === '' || ++hops > MAX_HOPS) return undefined;
        if (isAbsolute(node.target)) throw outward(path);
        place.pop();
        pending.push(...node.target.split('/').reverse());
      }
    }
    return node;
  }

  #nodeOf(entry: TarEntry, path: string, file: ArchiveFile | undefined): ArchiveNode {
    switch (entry.type) {
      case 'file':
        if (file === undefined) throw new TypeError('a file comes with its hash');
        return file;
      case 'directory':
        return { type: 'directory' };
      case 'symlink':
        if (isAbsolute(entry.link)) throw outward(path);
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

/** Also by the rules of Windows, where a backslash parts a path as a slash does. */
function isAbsolute(target: string): boolean {
  return target.startsWith('/') || target.includes('\\') || /^[A-Za-z]:/.test(target);
}

function outward(path: string): VerificationError {
  return unsafe(`the link ${JSON.stringify(path)} leads out of the package's tree`, path);
}

function unsafe(message: string, path: string): VerificationError {
  return new VerificationError('archive-unsafe', message, { details: { path } });
}

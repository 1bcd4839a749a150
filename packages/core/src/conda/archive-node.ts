/** What may stand at a path of a package's tree. A hard link is the file it leads to. */
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

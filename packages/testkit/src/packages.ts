/** Writes real conda packages in both formats, byte for byte the same each time; and, where asked, packages that lie. */
import { createHash } from 'node:crypto';
import { compressBzip2, compressZstd } from '@antivenom/node';
import { type TarEntry, writeTar } from './tar-writer.ts';
import { writeZip, type ZipEntry, type ZipLayout } from './zip-writer.ts';

export type PackageFormat = 'conda' | 'tar.bz2';

/** A file's content, or where a symbolic link leads. */
export type PackageContent = string | Uint8Array | { readonly link: string };

export interface TestPackage {
  readonly name: string;
  readonly version: string;
  /** `0` by default. */
  readonly build?: string;
  /** What the build string ends with by default, else 0. */
  readonly buildNumber?: number;
  /** `noarch` by default. */
  readonly subdir?: string;
  readonly depends?: readonly string[];
  readonly constrains?: readonly string[];
  readonly license?: string;
  /** ms since the epoch */
  readonly timestamp?: number;
  /** Path → content; one small text file by default. */
  readonly files?: Readonly<Record<string, PackageContent>>;
  /** What depends on this package gets as its own dependencies (`weak`, `strong`, …). */
  readonly runExports?: Readonly<Record<string, readonly string[]>>;
}

/** What is to be wrong with a package. Everything not named here stays as it should be. */
export interface PackageLies {
  /** Replaces members of `info/index.json`; undefined leaves one out. */
  readonly index?: Readonly<Record<string, unknown>>;
  /** The text of `info/paths.json` in place of the true one; null leaves the file out. */
  readonly pathsJson?: string | null;
  /** Entries of the `paths` array beside the true ones. */
  readonly extraPaths?: readonly unknown[];
  /** Behind the files of the payload. */
  readonly entries?: readonly TarEntry[];
  /** In front of them. */
  readonly firstEntries?: readonly TarEntry[];
  /** Behind the files of `info/`. */
  readonly infoEntries?: readonly TarEntry[];
  /** Changes the zip's entries (`.conda` only). */
  readonly zipEntries?: (entries: readonly ZipEntry[]) => readonly ZipEntry[];
  readonly zipLayout?: ZipLayout;
}

/** `<name>-<version>-<build>.<format>` */
export function packageFile(pkg: TestPackage, format: PackageFormat): string {
  return `${stemOf(pkg)}.${format}`;
}

/** The members of `info/index.json`, sorted by name as conda-build writes them. */
export function packageIndex(pkg: TestPackage): Record<string, unknown> {
  const subdir = pkg.subdir ?? 'noarch';
  const [platform, bits] = subdir.split('-');
  const build = pkg.build ?? '0';
  const members: Record<string, unknown> = {
    arch: subdir === 'noarch' ? null : bits === '64' ? 'x86_64' : bits,
    build,
    build_number: pkg.buildNumber ?? Number(/\d+$/.exec(build)?.[0].slice(-6) ?? 0),
    ...(pkg.constrains && { constrains: pkg.constrains }),
    depends: pkg.depends ?? [],
    license: pkg.license ?? 'BSD-3-Clause',
    name: pkg.name,
    ...(subdir === 'noarch' && { noarch: 'generic' }),
    platform: subdir === 'noarch' ? null : platform,
    subdir,
    timestamp: pkg.timestamp ?? 1_700_000_000_000,
    version: pkg.version,
  };
  return members;
}

/** The bytes of a package. */
export async function writePackage(
  pkg: TestPackage,
  format: PackageFormat,
  lies: PackageLies = {},
): Promise<Uint8Array> {
  const info = [...infoEntries(pkg, lies), ...(lies.infoEntries ?? [])];
  const payload = [...(lies.firstEntries ?? []), ...payloadEntries(pkg), ...(lies.entries ?? [])];
  if (format === 'tar.bz2') return compressBzip2(writeTar([...info, ...payload]));
  const stem = stemOf(pkg);
  const entries: ZipEntry[] = [
    { name: 'metadata.json', content: '{"conda_pkg_format_version": 2}' },
    { name: `pkg-${stem}.tar.zst`, content: await compressZstd(writeTar(payload), 3) },
    { name: `info-${stem}.tar.zst`, content: await compressZstd(writeTar(info), 3) },
  ];
  return writeZip(lies.zipEntries?.(entries) ?? entries, lies.zipLayout);
}

function stemOf(pkg: TestPackage): string {
  return `${pkg.name}-${pkg.version}-${pkg.build ?? '0'}`;
}

function filesOf(pkg: TestPackage): [string, PackageContent][] {
  return Object.entries(pkg.files ?? { [`share/${pkg.name}/about.txt`]: `${pkg.name} ${pkg.version}\n` });
}

function payloadEntries(pkg: TestPackage): TarEntry[] {
  return filesOf(pkg).map(([path, content]) =>
    isLink(content) ? { path, type: 'symlink', link: content.link, mode: 0o777 } : { path, content },
  );
}

function infoEntries(pkg: TestPackage, lies: PackageLies): TarEntry[] {
  const pathsJson =
    lies.pathsJson === undefined ? json({ paths: pathsOf(pkg, lies), paths_version: 1 }) : lies.pathsJson;
  const entries: TarEntry[] = [
    { path: 'info/index.json', content: json({ ...packageIndex(pkg), ...lies.index }) },
    {
      path: 'info/files',
      content: filesOf(pkg)
        .map(([path]) => `${path}\n`)
        .join(''),
    },
  ];
  if (pathsJson !== null) entries.push({ path: 'info/paths.json', content: pathsJson });
  if (pkg.runExports) entries.push({ path: 'info/run_exports.json', content: json(pkg.runExports) });
  return entries;
}

function pathsOf(pkg: TestPackage, lies: PackageLies): unknown[] {
  const files = new Map(filesOf(pkg));
  const listed = [...files].map(([path, content]) => {
    const bytes = isLink(content) ? linkedContent(files, path, content.link) : Buffer.from(content);
    return {
      _path: path,
      path_type: isLink(content) ? 'softlink' : 'hardlink',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size_in_bytes: bytes.length,
    };
  });
  return [...listed, ...(lies.extraPaths ?? [])];
}

/** conda-build hashes what a link leads to, and takes nothing for a link that leads nowhere. */
function linkedContent(files: ReadonlyMap<string, PackageContent>, path: string, link: string): Buffer {
  const target = files.get(new URL(link, `file:///${path}`).pathname.slice(1));
  return target === undefined || isLink(target) ? Buffer.alloc(0) : Buffer.from(target);
}

function isLink(content: PackageContent): content is { readonly link: string } {
  return typeof content === 'object' && 'link' in content;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** Reads a package archive to its end without unpacking it, and refuses one that leads out of its tree or belies itself. */
import { ContentTrustError, type ErrorOptions, MalformedError, VerificationError } from '../errors.ts';
import { expectObject } from '../json/access.ts';
import type { JsonLimits } from '../json/limits.ts';
import { readJson } from '../json/read.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import { bytesToHex } from '../keys/hex.ts';
import type { ByteStream, CryptoPort, DecompressionPort } from '../ports.ts';
import type { ArchiveFile } from './archive-node.ts';
import { safePath } from './archive-path.ts';
import { ArchiveTree } from './archive-tree.ts';
import { verifyListedPaths } from './listed-paths.ts';
import { type PackageFileName, parsePackageFileName } from './package-file-name.ts';
import { readTar, type TarEntry, type TarLimits } from './tar.ts';
import { type PackageSource, readZip, type ZipEntry, zipContent } from './zip.ts';

export interface PackageLimits {
  /** For each JSON file within. */
  readonly json: JsonLimits;
  readonly tar: TarLimits;
  /** Bytes that all of the archive may expand to. */
  readonly maxExpandedBytes: number;
  /** Expanded bytes for each byte of the archive… */
  readonly maxRatio: number;
  /** …which counts from this many expanded bytes on. */
  readonly ratioFreeBytes: number;
}

export interface InspectedPackage {
  readonly fileName: PackageFileName;
  /** `info/index.json`, what the record was made from. */
  readonly index: JsonObject;
  /** Paths that `info/paths.json` lists, or undefined where a package is too old to have one: its files are held against nothing. */
  readonly listedPaths: number | undefined;
  /** Bytes after decompression, headers and padding included. */
  readonly expandedBytes: number;
}

const INDEX = 'info/index.json';
const PATHS = 'info/paths.json';
/** `metadata.json`, one `pkg-`, one `info-`; room for a few more, to name what is wrong with them. */
const MAX_ZIP_ENTRIES = 16;
const MAX_METADATA_BYTES = 4096;

/**
 * Streams through the whole archive: memory holds the list of paths and two JSON files, never the content.
 *
 * @param fileName the package file's name, without folder
 * @returns what the archive says of itself; nobody's record was asked (`checkPackageAgainstRecord`).
 * @throws VerificationError `unsafe-name` for the file's name; `archive-unsafe` for paths and links out of the tree, devices, a second
 * payload, entries no package has, expansion past the limits; `content-mismatch` where the files are not those listed.
 * @throws MalformedError for what is no such archive.
 */
export async function inspectPackage(
  source: PackageSource,
  fileName: string,
  limits: PackageLimits,
  decompression: DecompressionPort,
  crypto: CryptoPort,
): Promise<InspectedPackage> {
  const parsed = parsePackageFileName(fileName);
  const inspection = new Inspection(source.size, limits, decompression, crypto);
  try {
    if (parsed.extension === 'conda') await readConda(source, inspection, limits);
    else await inspection.readArchive(decompression.bzip2, wholeOf(source), 'all');
    return { fileName: parsed, ...inspection.finish() };
  } catch (error) {
    throw named(fileName, error);
  }
}

/** @see https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html */
async function readConda(source: PackageSource, inspection: Inspection, limits: PackageLimits): Promise<void> {
  const entries = await readZip(source, MAX_ZIP_ENTRIES);
  const only = (pattern: RegExp, what: string): ZipEntry => {
    const [entry, second] = entries.filter(({ name }) => pattern.test(name));
    if (second !== undefined) throw unsafe(`has more than one ${what}`);
    if (entry === undefined) throw new MalformedError(`it has no ${what}`);
    return entry;
  };
  const metadata = only(/^metadata\.json$/, 'metadata.json');
  const info = only(/^info-[^/\\]+\.tar\.zst$/, 'info-….tar.zst');
  const payload = only(/^pkg-[^/\\]+\.tar\.zst$/, 'pkg-….tar.zst');
  const known = new Set([metadata, info, payload]);
  const stranger = entries.find((entry) => !known.has(entry));
  if (stranger !== undefined) throw unsafe(`has the entry ${JSON.stringify(stranger.name)}, which no package has`);
  await verifyMetadata(source, metadata, limits);
  await inspection.readArchive(inspection.decompression.zstd, zipContent(source, info), 'info');
  await inspection.readArchive(inspection.decompression.zstd, zipContent(source, payload), 'payload');
}

async function verifyMetadata(source: PackageSource, entry: ZipEntry, limits: PackageLimits): Promise<void> {
  if (entry.size > MAX_METADATA_BYTES) throw unsafe('has a metadata.json beyond all measure');
  const metadata = expectObject(
    jsonOf('metadata.json', await source.read(entry.offset, entry.size), limits),
    'metadata.json',
  );
  const version = metadata.get('conda_pkg_format_version');
  if (version === null || typeof version !== 'object' || !('literal' in version) || version.literal !== '2') {
    throw new MalformedError('its metadata.json states another format than 2');
  }
}

/** What is gathered over the one or two tar archives of a package. */
class Inspection {
  readonly decompression: DecompressionPort;
  readonly #limits: PackageLimits;
  readonly #crypto: CryptoPort;
  readonly #maxExpanded: number;
  readonly #tree = new ArchiveTree();
  #expanded = 0;
  #index: Uint8Array | undefined;
  #paths: Uint8Array | undefined;

  constructor(archiveSize: number, limits: PackageLimits, decompression: DecompressionPort, crypto: CryptoPort) {
    const byRatio = Math.max(limits.ratioFreeBytes, limits.maxRatio * archiveSize);
    this.#maxExpanded = Math.min(limits.maxExpandedBytes, byRatio);
    this.#limits = limits;
    this.decompression = decompression;
    this.#crypto = crypto;
  }

  /** `holds` says which side of `info/` belongs into this archive. */
  async readArchive(
    decompress: DecompressionPort['zstd'],
    compressed: ByteStream,
    holds: 'all' | 'info' | 'payload',
  ): Promise<void> {
    const expanded = this.#counted(decompress(compressed, this.#maxExpanded - this.#expanded));
    for await (const entry of readTar(expanded, this.#limits.tar)) {
      const path = safePath(entry.path);
      if (path !== '' && isInfo(path) !== (holds === 'info') && holds !== 'all') {
        throw unsafe(`has ${JSON.stringify(path)} on the wrong side of its two archives`);
      }
      this.#tree.add(entry, entry.type === 'file' ? await this.#readFile(path, entry) : undefined);
    }
  }

  /** Holds what was gathered against itself. */
  finish(): Pick<InspectedPackage, 'index' | 'listedPaths' | 'expandedBytes'> {
    const links = this.#tree.links(this.#limits.tar.maxEntries);
    for (const [path, kept] of [
      [INDEX, this.#index],
      [PATHS, this.#paths],
    ] as const) {
      // A link there is one that clients would follow.
      if (kept === undefined && this.#tree.nodes.has(path)) throw unsafe(`has an ${path} that is no file of its own`);
    }
    if (this.#index === undefined) throw new MalformedError(`it has no ${INDEX}`);
    const index = expectObject(jsonOf(INDEX, this.#index, this.#limits), INDEX);
    const paths = this.#paths === undefined ? undefined : jsonOf(PATHS, this.#paths, this.#limits);
    const listedPaths = paths === undefined ? undefined : verifyListedPaths(this.#tree.nodes, links, paths);
    return { index, listedPaths, expandedBytes: this.#expanded };
  }

  async #readFile(path: string, entry: TarEntry): Promise<ArchiveFile> {
    const hash = this.#crypto.createHash('sha256');
    const kept = path === INDEX || path === PATHS ? new Uint8Array(this.#roomFor(entry)) : undefined;
    let at = 0;
    for await (const piece of entry.content) {
      hash.update(piece);
      kept?.set(piece, at);
      at += piece.length;
    }
    if (path === INDEX) this.#index = kept;
    if (path === PATHS) this.#paths = kept;
    return { type: 'file', sha256: bytesToHex(hash.digest()), size: entry.size };
  }

  #roomFor(entry: TarEntry): number {
    if (entry.size > this.#limits.json.maxBytes)
      throw unsafe(`has ${JSON.stringify(entry.path)} of ${entry.size} bytes`);
    return entry.size;
  }

  async *#counted(stream: ByteStream): ByteStream {
    for await (const piece of stream) {
      this.#expanded += piece.length;
      yield piece;
    }
  }
}

/** @throws VerificationError `archive-unsafe` for `INFO/…` and `info/INDEX.json`, which some file systems take for the same. */
function isInfo(path: string): boolean {
  const folder = path.split('/', 1)[0] as string;
  const folded = path.toLowerCase();
  const isTwin = (folded === INDEX || folded === PATHS) && path !== folded;
  if (isTwin || (folder !== 'info' && folder.toLowerCase() === 'info')) {
    throw unsafe(`has ${JSON.stringify(path)}, which some systems take for a file of info/`);
  }
  return folder === 'info';
}

function jsonOf(path: string, bytes: Uint8Array, limits: PackageLimits): JsonValue {
  try {
    return readJson(bytes, limits.json);
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError(`${path}: ${cause.message}`, { details: cause.details, cause });
  }
}

async function* wholeOf(source: PackageSource): ByteStream {
  yield* zipContent(source, { name: '', offset: 0, size: source.size });
}

function unsafe(what: string): VerificationError {
  return new VerificationError('archive-unsafe', `it ${what}`);
}

/** Errors of the readers know nothing of the file they read. */
function named(fileName: string, error: unknown): unknown {
  if (!(error instanceof ContentTrustError)) return error;
  const message = `${fileName}: ${error.message}`;
  const options: ErrorOptions = {
    hint: error.hint ?? HINT,
    details: { file: fileName, ...error.details },
    cause: error,
  };
  if (error instanceof MalformedError) return new MalformedError(message, options);
  if (error instanceof VerificationError) return new VerificationError(error.code, message, options);
  return error;
}

const HINT = 'Do not install this file; tell the owner of the channel.';

/** Answers what is asked of one channel: index files, shards, trust metadata, packages. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GATEWAY_HEADER, type IndexedRecord } from '@antivenom/client';
import { ContentTrustError, checkRecordHashes, shardFileName } from '@antivenom/core';
import { sendBytes } from './answer.ts';
import type { AttestationFiles } from './attestations.ts';
import type { ContentCache } from './content-cache.ts';
import type { IndexFile } from './index-files.ts';
import type { PackageFiles } from './package-files.ts';
import { fileProblem, notListed, Problem, type ProblemPlace } from './problem-document.ts';
import type { Route } from './routes.ts';
import { cacheControl, contentTypeOf, sendFile } from './send-file.ts';
import type { Served, ServedChannel } from './served-channel.ts';
import type { SubdirIndex } from './subdir-index.ts';

type FileRoute = Extract<Route, { kind: 'index' | 'shard' | 'target' | 'metadata' | 'package' | 'attestations' }>;

export class ChannelFiles {
  readonly #channel: ServedChannel;
  readonly #cache: ContentCache;
  readonly #packages: PackageFiles;
  readonly #attestations: AttestationFiles;

  constructor(channel: ServedChannel, cache: ContentCache, packages: PackageFiles, attestations: AttestationFiles) {
    this.#attestations = attestations;
    this.#channel = channel;
    this.#cache = cache;
    this.#packages = packages;
  }

  /** @throws Problem */
  async answer(route: FileRoute, request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader(GATEWAY_HEADER, encodeURIComponent(this.#channel.name));
    switch (route.kind) {
      case 'index':
        return this.#index(route.path, false, (served) => served.indexes.find(route.path), request, response);
      case 'shard': {
        const path = `${route.subdir}/${shardFileName(route.hash)}`;
        const find = (served: Served) => served.indexes.findShard(route.subdir, route.hash);
        return this.#index(path, true, find, request, response);
      }
      case 'target':
        return this.#index(route.path, true, (served) => target(served, route.path, route.hash), request, response);
      case 'metadata':
        return this.#metadata(route.name, request, response);
      case 'package':
        return this.#package(route, request, response);
      case 'attestations':
        return this.#besidePackage(route, request, response);
    }
  }

  /** SHA-256 (hex) of a package that is offered. @throws Problem */
  async offered(subdir: string, name: string): Promise<string> {
    const where = `${subdir}/${name}`;
    const { entry } = await this.#offered(subdir, name, where);
    return checkRecordHashes(where, entry.record).sha256;
  }

  async #index(
    path: string,
    immutable: boolean,
    find: (served: Served) => Promise<IndexFile | undefined>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const place = { channel: this.#channel.name, file: path };
    const found = await this.#channel.indexFile(path, find);
    if (found === undefined) throw notListed(`the verified index of ${place.channel} has no ${path}`, place);
    const { file: cached, part, leftOut, since } = found;
    const file = await this.#cache.open(cached.sha256);
    if (file === undefined) {
      throw new Problem(503, 'io', `${path} was taken out of the cache meanwhile`, 'Ask again.', place);
    }
    const sha256 = part === undefined ? cached.sha256 : path.slice(path.lastIndexOf('/') + 1).slice(0, 64);
    await sendFile(request, response, {
      file,
      sha256,
      immutable,
      contentType: contentTypeOf(path),
      lastModified: since,
      ...(part === undefined ? {} : { part }),
      ...(leftOut === undefined || leftOut === 0 ? {} : { headers: this.#filtered(leftOut) }),
    });
  }

  #filtered(count: number): Record<string, string> {
    const api = `/api/v1/channels/${encodeURIComponent(this.#channel.name)}/left-out`;
    return { 'antivenom-filtered': String(count), link: `<${api}>; rel="describedby"` };
  }

  async #metadata(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = `tuf/${name}`;
    const found = await this.#channel.indexFile(path, async ({ publication }) => publication.metadata(name));
    const place = { channel: this.#channel.name, file: path };
    if (found === undefined) throw notListed(`${place.channel} has no verified ${path}`, place);
    const file = await this.#cache.open(found.file.sha256);
    if (file === undefined)
      throw new Problem(503, 'io', `${path} was taken out of the cache meanwhile`, 'Ask again.', place);
    const { sha256 } = found.file;
    await sendFile(request, response, {
      file,
      sha256,
      immutable: false,
      contentType: 'application/json',
      lastModified: found.since,
    });
  }

  async #package(
    { subdir, file: name }: Extract<Route, { kind: 'package' }>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { index, entry, place, since } = await this.#offered(subdir, name, `${subdir}/${name}`);
    const file = await this.#packages.open(index, entry, name).catch((error: unknown) => {
      if (!(error instanceof ContentTrustError)) throw error;
      throw fileProblem(error, 'package', { ...place, evidence: index.evidenceOf(entry) });
    });
    const { sha256 } = file;
    await sendFile(request, response, {
      file,
      sha256,
      immutable: false,
      contentType: contentTypeOf(name),
      lastModified: since,
    });
  }

  async #besidePackage(
    { subdir, file: name, suffix }: Extract<Route, { kind: 'attestations' }>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { index, entry, place } = await this.#offered(subdir, name, `${subdir}/${name}.${suffix}`);
    const found = await this.#attestations.find(index, entry, name, suffix).catch((error: unknown) => {
      if (!(error instanceof ContentTrustError)) throw error;
      throw fileProblem(error, 'package', place);
    });
    if (found === undefined) throw notListed(`${place.channel} has no ${place.file}`, place);
    const { bytes, sha256, immutable } = found;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', cacheControl(immutable));
    sendBytes(request, response, bytes, `"${sha256}"`);
  }

  /** @throws Problem where the verified index does not list the package, or where it is not offered */
  async #offered(subdir: string, name: string, file: string) {
    const { publication, since } = await this.#channel.current('package', file);
    const place = { channel: this.#channel.name, file };
    const index = publication.subdirs.get(subdir);
    const entry = index && offered(index, name, place);
    if (index === undefined || entry === undefined) {
      throw notListed(`the verified index of ${place.channel} does not list ${subdir}/${name}`, place);
    }
    return { index, entry, place, since };
  }
}

/** @throws Problem 403 for a record that is left out */
function offered(index: SubdirIndex, name: string, place: ProblemPlace): IndexedRecord | undefined {
  try {
    return index.find(name);
  } catch (error) {
    if (!(error instanceof ContentTrustError)) throw error;
    throw new Problem(403, error.code, error.message, error.hint, place);
  }
}

/** The publisher's own bytes under their hash; undefined too where upstream has none: those who ask know other forms. */
async function target({ publication }: Served, path: string, hash: string): Promise<IndexFile | undefined> {
  const listed = publication.target(path);
  if (listed === undefined || ![...listed.hashes.values()].includes(hash)) return undefined;
  const file = await publication.listed(path);
  return file && { file, leftOut: undefined };
}

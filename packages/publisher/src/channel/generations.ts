/** The publications whose index metadata still stands in the folder, newest first. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContentTrustError,
  expectInteger,
  expectObject,
  expectString,
  isChainFile,
  type JsonObject,
  member,
  readJson,
} from '@antivenom/core';
import { readFileIfThere } from '@antivenom/node';
import { signedAt } from '../roles/reissue.ts';
import { OWN_LIMITS, type OwnMetadata } from './own-metadata.ts';
import type { FileFacts } from './published-targets.ts';

export interface SignedVersion {
  readonly version: number;
  /** When it was signed, ms since the epoch. */
  readonly since: number;
}

/** One `N.index.json`. */
export interface IndexVersion extends SignedVersion {
  /** Files of chains, which are renewed without anything new in the channel. */
  readonly chainFiles: readonly FileFacts[];
}

/** All versions of the index that list the same index forms. */
export interface Generation {
  /** Newest first. */
  readonly versions: readonly IndexVersion[];
  /** Index forms by path. */
  readonly files: ReadonlyMap<string, FileFacts>;
}

/**
 * Reads what stands of earlier publications, up to the current one. It is not verified again: it decides only what may be
 * replaced by something signed, and what may go.
 */
export async function readGenerations(own: OwnMetadata): Promise<Generation[]> {
  const generations: Generation[] = [];
  for (const version of await indexVersions(own)) {
    const index = await readListedFiles(own.folder, `${version}.index.json`);
    if (index === undefined) continue;
    const { since } = index;
    const chainFiles = [...index.files.values()].filter(({ path }) => isChainFile(path));
    const files = new Map([...index.files].filter(([path]) => !isChainFile(path)));
    const found = { version, since, chainFiles };
    const newer = generations.at(-1);
    if (newer !== undefined && sameFiles(newer.files, files)) {
      generations[generations.length - 1] = { ...newer, versions: [...newer.versions, found] };
    } else generations.push({ versions: [found], files });
  }
  return generations;
}

async function indexVersions({ folder, index }: OwnMetadata): Promise<number[]> {
  const names = await readdir(join(folder, 'tuf'));
  return names
    .map((name) => Number(/^([1-9]\d{0,14})\.index\.json$/.exec(name)?.[1] ?? 0))
    .filter((version) => version >= 1 && version <= index.version)
    .sort((a, b) => b - a);
}

export interface ListedFiles {
  /** When it was signed, ms since the epoch. */
  readonly since: number;
  readonly files: ReadonlyMap<string, FileFacts>;
}

/** What a targets role lists in the file of that name; undefined where that is gone or damaged. */
export async function readListedFiles(folder: string, where: string): Promise<ListedFiles | undefined> {
  const bytes = await readFileIfThere(join(folder, 'tuf', where));
  return bytes && parseListedFiles(bytes, where);
}

export function parseListedFiles(bytes: Uint8Array, where: string): ListedFiles | undefined {
  try {
    const signed = expectObject(member(expectObject(readJson(bytes, OWN_LIMITS.json), where), 'signed', where), where);
    const role = where.replace(/^\d+\.|\.json$/g, '');
    return { since: signedAt(role, signed), files: filesOf(signed, where) };
  } catch (error) {
    // A damaged file of an earlier publication serves nobody; the current one was verified before.
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

function filesOf(signed: JsonObject, where: string): Map<string, FileFacts> {
  const files = new Map<string, FileFacts>();
  for (const [path, entry] of expectObject(member(signed, 'targets', where), where)) {
    const target = expectObject(entry, where);
    files.set(path, {
      path,
      length: expectInteger(member(target, 'length', where), where),
      sha256: expectString(member(expectObject(member(target, 'hashes', where), where), 'sha256', where), where),
    });
  }
  return files;
}

export function sameFiles(a: ReadonlyMap<string, FileFacts>, b: ReadonlyMap<string, FileFacts>): boolean {
  return a.size === b.size && [...a].every(([path, { sha256 }]) => b.get(path)?.sha256 === sha256);
}

/** How much of earlier publications stays, as the indexer's folder remembers it in `.antivenom/retention.json`. */
import { join } from 'node:path';
import {
  ContentTrustError,
  expectInteger,
  expectObject,
  member,
  object,
  readJson,
  StoreError,
  UsageError,
  writeJson,
} from '@antivenom/core';
import { makeFolder, readFileIfThere, removeLeftovers, writeFileAtomic } from '@antivenom/node';
import { type ChannelFolder, stateFolder } from './channel-folder.ts';

export interface Retention {
  /** The metadata of so many publications stays whatever their age, that of the newest among them. */
  readonly versions: number;
  /** So long, in seconds, everything stays of a publication that another has replaced. */
  readonly seconds: number;
}

export const DEFAULT_RETENTION: Retention = { versions: 10, seconds: 86_400 };

// A reader who has begun needs what was there then: the publication before the newest, and an hour for all of it.
const VERSIONS = { min: 2, max: 100_000 };
const SECONDS = { min: 3600, max: 366 * 86_400 };
const LIMITS = { maxBytes: 65_536, maxDepth: 4 };

/** @throws StoreError `store-corrupt` */
export async function readRetention({ source }: Pick<ChannelFolder, 'source'>): Promise<Retention> {
  const path = pathIn(source);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) return DEFAULT_RETENTION;
  try {
    const settings = expectObject(readJson(bytes, LIMITS), 'the file');
    return {
      versions: expectInteger(member(settings, 'versions', 'the file'), '`versions`', VERSIONS),
      seconds: expectInteger(member(settings, 'seconds', 'the file'), '`seconds`', SECONDS),
    };
  } catch (cause) {
    if (!(cause instanceof ContentTrustError)) throw cause;
    throw new StoreError('store-corrupt', `${path} is damaged: ${cause.message}`, {
      hint: 'Delete it, and say once more with `sign` what is to be kept.',
      details: { file: path },
      cause,
    });
  }
}

/**
 * Keeps in mind what is to be kept from now on; what is not given stays as it was.
 *
 * @throws UsageError `usage` for less than readers need
 */
export async function rememberRetention(channel: ChannelFolder, wanted: Partial<Retention>): Promise<void> {
  const { source } = channel;
  const { versions, seconds } = { ...(await readRetention(channel)), ...wanted };
  requireWithin('the versions of metadata to keep', versions, VERSIONS);
  requireWithin('the seconds to keep what was replaced', seconds, SECONDS);
  await makeFolder(stateFolder(source));
  await removeLeftovers(stateFolder(source));
  await writeFileAtomic(pathIn(source), writeJson(object({ versions, seconds }), { indent: 2 }));
}

function requireWithin(what: string, value: number, { min, max }: typeof VERSIONS): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new UsageError('usage', `${what} are ${value}: it takes ${min} to ${max}`, {
    hint: 'A reader who has begun needs what was there when he began.',
  });
}

function pathIn(source: string): string {
  return join(stateFolder(source), 'retention.json');
}

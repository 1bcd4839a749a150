/** Whether what a client recorded as installed is what the gateway handed over. */
import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { ContentTrustError, channelUrlKey, type JsonObject, readJson } from '@antivenom/core';
import type { ExecGateway } from './exec-gateway.ts';
import type { RunFolder } from './run-folder.ts';

export interface Unproved {
  /** Path in `conda-meta`. */
  readonly record: string;
  readonly why: string;
}

/** Records list every file of a package. */
const LIMITS = { maxBytes: 256_000_000, maxDepth: 64 };

/**
 * @param path of a record in `conda-meta`
 * @returns undefined where the package is proved, or of a channel that the user lets through unverified
 */
export async function whyUnproved(
  path: string,
  { gateway, addresses, handedOver }: ExecGateway,
  folder: RunFolder,
): Promise<string | undefined> {
  let record: JsonObject;
  try {
    const value = readJson(await readFile(path), LIMITS);
    if (!(value instanceof Map)) return 'its record is no object';
    record = value;
  } catch (error) {
    if (error instanceof ContentTrustError) return 'its record cannot be read';
    throw error;
  }
  const url = URL.parse(text(record, 'url') ?? '');
  const found = url === null ? undefined : addresses.find(url);
  if (url === null || found === undefined) return 'it comes from no channel that is trusted here';
  const { channel, route } = found;
  if (!channel.isVerified) return undefined;
  if (route.kind !== 'package') return 'its address is that of no package';
  const source = sourceOf(record);
  if (source !== undefined && !isOwn(source, folder))
    return `it was linked from ${source}, which is no cache of this run`;
  const sha256 = text(record, 'sha256');
  const key = channelUrlKey(`${url.origin}${url.pathname}`);
  const taken = handedOver.filter((file) => file.url === key);
  if (taken.some((file) => sha256 === undefined || file.sha256 === sha256)) return undefined;
  if (source === undefined) return 'the gateway did not hand it over';
  // It came in an earlier run: only what was verified enters these caches.
  const offered = await gateway.offered(channel.name, route.subdir, route.file).catch((error: Error) => error);
  if (offered instanceof Error) return offered.message;
  return sha256 === offered ? undefined : 'its record has not the SHA-256 of the verified index';
}

/** The folder that the client says it linked the package from. */
function sourceOf(record: JsonObject): string | undefined {
  const link = record.get('link');
  return (link instanceof Map ? text(link, 'source') : undefined) ?? text(record, 'extracted_package_dir');
}

function isOwn(source: string, { condaPackages, rattlerCache }: RunFolder): boolean {
  return [condaPackages, rattlerCache].some((folder) => resolve(source).startsWith(`${folder}${sep}`));
}

function text(holder: JsonObject, name: string): string | undefined {
  const value = holder.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

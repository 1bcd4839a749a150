/**
 * What a gateway serves under ordinary names: not the owner's bytes, but those of the signed records that its policy lets through,
 * in forms that it makes. Whoever says that he is a gateway may leave records out, as any server can answer 404; he may not
 * change or add one, or lead clients elsewhere.
 */
import {
  CURRENT_REPODATA,
  checkRedirects,
  compareShards,
  contradicts,
  headRedirects,
  indexContent,
  jsonEquals,
  REPODATA,
  type Repodata,
  readJson,
  SHARD_INDEX,
  scanRepodata,
  twinOf,
  verifyAgreement,
} from '@antivenom/core';
import { nodeDecompression } from '@antivenom/node';
import type { ClientEnv } from '../client-env.ts';
import type { RedactedUrl } from '../downloads/redacted-url.ts';
import { INDEX_JSON } from '../limits.ts';
import { fetchShard } from './fetch-shard.ts';
import { contentOf, firstForm, readShards } from './index-contents.ts';
import { mostLookedAt } from './name-differences.ts';

/** The header field by which a gateway says that it is one; its value is the channel's name there. */
export const GATEWAY_HEADER = 'antivenom-gateway';

export interface SelectionRules {
  readonly url: RedactedUrl;
  /** The channel's address without credentials. */
  readonly key: string;
  /** The subdir's index as it was signed; undefined outside of subdirs. */
  readonly signed?: Repodata;
  /** Forms beside it that are proved, by name. */
  readonly forms?: ReadonlyMap<string, Uint8Array>;
}

/**
 * @param path `<subdir>/<form>`, or a form of the channel's base
 * @returns false for what no gateway makes
 * @throws VerificationError `forms-differ` for a record that was not signed so, `unsafe-index` for what leads clients elsewhere
 * @throws MalformedError, DownloadError
 */
export async function verifySelection(
  path: string,
  { url, key, signed, forms = new Map() }: SelectionRules,
  env: Pick<ClientEnv, 'fetcher'>,
): Promise<boolean> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const base = twinOf(name)?.base ?? name;
  const isSelection = [REPODATA, CURRENT_REPODATA, SHARD_INDEX].includes(base);
  const proved = isSelection ? undefined : firstForm(base, forms);
  if (isSelection ? signed === undefined : proved === undefined) return false;
  const maxLength = signed === undefined ? INDEX_JSON.maxBytes : mostLookedAt(signed);
  const bytes = await env.fetcher.bytes(url.join(path), { maxLength });
  if (bytes === undefined) return false;
  if (proved !== undefined) {
    const content = indexContent(name, bytes, nodeDecompression, maxLength);
    return jsonEquals(readJson(content, INDEX_JSON), readJson(contentOf(proved.name, proved.bytes), INDEX_JSON));
  }
  if (signed === undefined) return false;
  const subdir = path.slice(0, path.lastIndexOf('/'));
  const place = { subdir, channelUrl: key, allowHosts: [] };
  if (name !== SHARD_INDEX) {
    const selection = scanRepodata(indexContent(name, bytes, nodeDecompression, maxLength), INDEX_JSON);
    checkRedirects(headRedirects(selection), place);
    verifyAgreement(path, contradicts(signed, selection));
    return true;
  }
  const shards = await readShards(bytes, (shard, from) => {
    if (from !== '') checkRedirects([{ field: 'info.shards_base_url', file: undefined, value: from }], place);
    return fetchShard(subdir, shard, from, { url }, env);
  });
  verifyAgreement(
    path,
    compareShards(signed, shards).filter(({ reason }) => reason !== 'missing'),
  );
  return true;
}

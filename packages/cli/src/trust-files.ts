/** What conda and mamba want to find on a machine that is to trust a channel, and how they are told. */
import { createHash } from 'node:crypto';
import type { ChainRoots } from '@antivenom/core';

/** Where conda's roots stand in an export. */
export const CONDA_ROOTS = 'etc/conda';

export interface TrustFile {
  /** Relative to the folder of the export. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface TrustFilesOf {
  readonly chains: readonly ChainRoots[];
  /** Addresses under which the channel is used, without credentials and trailing slash. */
  readonly urls: readonly string[];
  /** Of conda's chain; undefined where the address of the channel is not known. */
  readonly signingBase: string | undefined;
}

/**
 * conda begins with the highest of the roots it finds, so it gets all; mamba has one, the newest: whoever held the keys of an
 * earlier one can mislead no newcomer.
 */
export function trustFiles(of: TrustFilesOf): TrustFile[] {
  const files = of.chains.flatMap(({ chain, roots }): TrustFile[] => {
    if (chain.client === 'conda') {
      return roots.map(({ version, bytes }) => ({ path: `${CONDA_ROOTS}/${version}.root.json`, bytes }));
    }
    const newest = roots.at(-1);
    if (newest === undefined) return [];
    return of.urls.map((url) => ({ path: `etc/trusted-repos/${mambaId(url)}/root.json`, bytes: newest.bytes }));
  });
  return [...files, { path: 'README.txt', bytes: new TextEncoder().encode(readMe(of)) }];
}

/** The name that mamba has for a channel: the beginning of the MD5 of its address, with a slash at its end. */
export function mambaId(url: string): string {
  return createHash('md5').update(`${url}/`).digest('hex').slice(0, 8);
}

function readMe({ chains, urls, signingBase }: TrustFilesOf): string {
  const has = (client: string) => chains.some(({ chain }) => chain.client === client);
  const [url = 'https://YOUR-SERVER/CHANNEL'] = urls;
  const lines = [`Trust in ${urls.length === 0 ? 'a channel' : urls.join(', ')}`, ''];
  if (has('conda')) {
    lines.push(
      'conda, with conda-content-trust in its base environment:',
      '  Copy etc/conda/ into the base environment, so that its roots stand in',
      '  <prefix of base>/etc/conda/. Then:',
      '',
      '    conda config --set extra_safety_checks true',
      `    conda config --set signing_metadata_url_base ${signingBase ?? `${url}/cct`}`,
      '',
    );
  }
  if (has('mamba')) {
    lines.push(
      'mamba and micromamba 2:',
      ...(urls.length === 0 ? ['  Export again with --url: the name of the folder follows from it.'] : []),
      '  Copy etc/trusted-repos/ into $MAMBA_ROOT_PREFIX/etc/. In .mambarc:',
      '',
      '    verify_artifacts: true',
      '    trusted_channels:',
      ...(urls.length === 0 ? [url] : urls).map((one) => `      - ${one}`),
      '',
      '  Where the channel has a shard index: MAMBA_USE_SHARDED_REPODATA=false.',
      '  If mamba refuses what it should accept, its cache of the index is in the',
      '  way: micromamba clean --index-cache.',
      '',
    );
  }
  lines.push('Check that these files came to you unchanged: whoever changes them chooses whom you trust.', '');
  return lines.join('\n');
}

/** conda's chain as conda-content-trust made it, on its way into a channel of ours. */
import { join } from 'node:path';
import {
  CONDA_CHAIN,
  ContentTrustError,
  chainRootPath,
  chainRootVersion,
  FreshnessError,
  keyMgrPath,
  TrustedCctChain,
  VerificationError,
} from '@antivenom/core';
import { nodeCrypto, readFileIfThere } from '@antivenom/node';
import type { MetadataFile } from '../publication/edition.ts';
import { OWN_LIMITS } from './own-metadata.ts';

export interface AdoptedChain {
  readonly trusted: TrustedCctChain;
  /** Byte for byte as they were found, under the paths that they have in a channel of ours. */
  readonly files: readonly MetadataFile[];
}

/** The folder that holds the chain: the channel's `cct`, or else its base. */
export async function findChainFolder(channel: string): Promise<string> {
  const own = join(channel, 'cct');
  return (await readFileIfThere(join(own, 'key_mgr.json'))) === undefined ? channel : own;
}

/**
 * Reads `1.root.json`, `2.root.json` …, and `key_mgr.json`.
 *
 * @param now ms since the epoch
 * @throws VerificationError `missing`; as {@link TrustedCctChain}, naming the folder
 * @throws FreshnessError `expired`
 * @throws MalformedError
 */
export async function readAdoptedChain(folder: string, now: number): Promise<AdoptedChain> {
  const env = { crypto: nodeCrypto, now, limits: { json: OWN_LIMITS.json } };
  const files: MetadataFile[] = [];
  const read = async (name: string): Promise<Uint8Array | undefined> => readFileIfThere(join(folder, name));
  const required = async (name: string): Promise<Uint8Array> => {
    const bytes = await read(name);
    if (bytes !== undefined) return bytes;
    throw new VerificationError('missing', `${join(folder, name)} is not there`, {
      hint: 'Name with --chain the folder that holds 1.root.json, every later root, and key_mgr.json.',
      details: { file: name, folder },
    });
  };
  const first = await required('1.root.json');
  const trusted = TrustedCctChain.fromRoot(first, env);
  if (trusted.root.version !== 1) {
    throw new VerificationError('version-mismatch', `1.root.json is version ${trusted.root.version}`, {
      hint: 'The chain is adopted from its first root on: bring the roots back that were before.',
      details: { file: '1.root.json', found: trusted.root.version, expected: 1 },
    });
  }
  files.push({ path: chainRootPath(CONDA_CHAIN, 1), bytes: first });
  for (;;) {
    const version = trusted.root.version + 1;
    const next = await read(`${version}.root.json`);
    if (next === undefined) break;
    trusted.updateRoot(next);
    files.push({ path: chainRootPath(CONDA_CHAIN, version), bytes: next });
  }
  try {
    trusted.finishRoots();
    const keyMgr = await required('key_mgr.json');
    trusted.setKeyMgr(keyMgr);
    files.push({ path: keyMgrPath(CONDA_CHAIN), bytes: keyMgr });
  } catch (error) {
    if (!(error instanceof ContentTrustError) || error.code !== 'expired') throw error;
    throw new FreshnessError('expired', `the chain in ${folder} cannot be adopted: ${error.message}`, {
      hint: 'Renew it once more with conda-content-trust, so that its consumers follow, then import it.',
      details: error.details,
      cause: error,
    });
  }
  return { trusted, files };
}

/**
 * Whoever follows the chain that stands in the channel could follow no other, and none that ends before it.
 *
 * @throws VerificationError `version-mismatch`
 * @throws FreshnessError `rollback`
 */
export async function requireContinuation(channel: string, { trusted, files }: AdoptedChain): Promise<void> {
  const beyond = chainRootPath(CONDA_CHAIN, trusted.root.version + 1);
  if ((await readFileIfThere(join(channel, beyond))) !== undefined) {
    throw new FreshnessError('rollback', `${beyond} stands in the channel, and the chain ends before it`, {
      hint: 'Name the folder of the newest chain with --chain.',
      details: { file: beyond },
    });
  }
  for (const { path, bytes } of files) {
    if (chainRootVersion(CONDA_CHAIN, path) === undefined) continue;
    const there = await readFileIfThere(join(channel, path));
    if (there === undefined || Buffer.compare(there, bytes) === 0) continue;
    throw new VerificationError(
      'version-mismatch',
      `${path} stands in the channel with other bytes: it is another chain`,
      {
        hint: 'Adopt the chain that stands there; or, if nobody trusts it, move it away.',
        details: { file: path },
      },
    );
  }
}

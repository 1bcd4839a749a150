/** What makes mamba refuse a channel that is signed for it. */
import { isMambaChainName, MAMBA_CHAIN, SHARD_INDEX } from '@antivenom/core';
import { namesIfThere } from '@antivenom/node';
import type { Warning } from '../operations.ts';
import type { OwnChain } from './own-chains.ts';
import type { OwnMetadata } from './own-metadata.ts';

/** Files at the channel's base that mamba would take for newer ones of its chain. */
export async function strayChainFiles(own: OwnMetadata, chains: readonly OwnChain[]): Promise<Warning[]> {
  if (!isForMamba(chains)) return [];
  const names = await namesIfThere(own.folder);
  const isListed = (name: string) => own.targets.targets.has(name) || own.index.targets.has(name);
  return names
    .filter((name) => isMambaChainName(name) && !isListed(name))
    .map((name) => {
      const message = `${name} stands in ${own.folder}, and mamba takes it for a file of the channel's chain: move it away`;
      return { kind: 'mamba-refuses', about: name, message };
    });
}

/** Shards carry no signatures: mamba reads them first, and refuses every package. */
export function shardsBesideMamba(own: OwnMetadata, chains: readonly OwnChain[]): Warning[] {
  if (!isForMamba(chains) || ![...own.index.targets.keys()].some((path) => path.endsWith(`/${SHARD_INDEX}`))) return [];
  const message =
    'mamba refuses the channel where it reads shards, which carry no signatures: its users set MAMBA_USE_SHARDED_REPODATA=false, or you leave shards out';
  return [{ kind: 'mamba-refuses', about: SHARD_INDEX, message }];
}

function isForMamba(chains: readonly OwnChain[]): boolean {
  return chains.some(({ chain }) => chain === MAMBA_CHAIN);
}

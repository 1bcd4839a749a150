/** Files of the published indexes that are a team's and that it did not sign: consumers refuse them, whatever the index says. */
import {
  ContentTrustError,
  checkRecordHashes,
  fileOf,
  REPODATA,
  scanRepodata,
  teamsOf,
  teamWordOn,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { indexTargets } from '../channel/index-targets.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { factsOfTarget, readTarget } from '../channel/published-targets.ts';
import { INDEX_LIMITS } from '../indexes/source-index.ts';
import type { Warning } from '../operations.ts';

/** Names that a sentence holds. */
const FEW = 3;

export async function unsignedByTeams(own: OwnMetadata): Promise<Warning[]> {
  if (teamsOf(own.targets).length === 0) return [];
  const unsigned = new Map<string, string[]>();
  for (const target of indexTargets(own).values()) {
    const [subdir = '', name] = target.path.split('/');
    if (name !== REPODATA) continue;
    const source = scanRepodata(await readTarget(own.folder, factsOfTarget(target)), INDEX_LIMITS);
    for (const slice of source.records) {
      const path = `${subdir}/${fileOf(slice)}`;
      const word = teamWordOn(path, own.targets, (team) => own.delegated.get(team), nodeCrypto);
      if (word === undefined || word.file?.hashes.get('sha256') === sha256Of(path, source.record(slice))) continue;
      const paths = unsigned.get(word.team) ?? [];
      unsigned.set(word.team, paths);
      paths.push(path);
    }
  }
  return [...unsigned].map(([team, paths]) => {
    const named = paths.slice(0, FEW).join(', ');
    const more = paths.length > FEW ? ` and ${paths.length - FEW} more` : '';
    const message = `${team} has not signed what the index lists of its files, so consumers refuse them: ${named}${more}`;
    return { kind: 'unsigned', about: team, message };
  });
}

function sha256Of(path: string, record: Parameters<typeof checkRecordHashes>[1]): string | undefined {
  try {
    return checkRecordHashes(path, record).sha256;
  } catch (error) {
    if (error instanceof ContentTrustError) return undefined;
    throw error;
  }
}

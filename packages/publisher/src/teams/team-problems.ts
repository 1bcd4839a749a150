/** What the owner of a channel should know of its teams. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { teamsOf } from '@antivenom/core';
import { isMissing } from '@antivenom/node';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type FileFacts, factsOfTarget, hashPrefixedPath } from '../channel/published-targets.ts';
import type { Warning } from '../operations.ts';
import { unsignedByTeams } from './index-without-team.ts';

export async function teamProblems(own: OwnMetadata): Promise<Warning[]> {
  const problems = own.silentTeams.map(silent);
  for (const { name } of teamsOf(own.targets)) {
    const missing: string[] = [];
    for (const target of own.delegated.get(name)?.targets.values() ?? []) {
      const facts = factsOfTarget(target);
      if (!(await isPlaced(own.folder, facts))) missing.push(facts.path);
    }
    if (missing.length > 0) problems.push(notThere(name, missing));
  }
  return [...problems, ...(await unsignedByTeams(own))];
}

/** Whether a file stands under its hash; what it holds was looked at when it came, and is again by whoever takes it. */
export async function isPlaced(published: string, facts: FileFacts): Promise<boolean> {
  try {
    return (await stat(join(published, hashPrefixedPath(facts)))).size === facts.length;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function silent(team: string): Warning {
  const message = `${team} has signed nothing with the keys that are delegated to, so consumers refuse its files: publish what it signs (antivenom team publish)`;
  return { kind: 'unsigned', about: team, message };
}

/** @param paths at least one */
export function notThere(team: string, [first = '', ...more]: readonly string[]): Warning {
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const message = `${team} signed ${first}${others}, which the channel does not hold: clients that take it as a TUF target get nothing`;
  return { kind: 'missing', about: team, message };
}

/** The index forms of a channel: those that the role `index` lists, and those of subdirs that are a team's own. */
import { isTeamName, REPODATA, SUBDIR_INDEX_FORMS, type TargetFile } from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import type { OwnMetadata } from './own-metadata.ts';

type Roles = Pick<OwnMetadata, 'targets' | 'delegated' | 'index'>;

/** Whether a path is that of an index in a subdir. */
export function isSubdirIndex(path: string): boolean {
  return SUBDIR_INDEX_FORMS.includes(path.slice(path.indexOf('/') + 1));
}

/** Each path as the one who may speak of it lists it, and the files of chains that `index` lists. */
export function indexTargets(own: Roles): ReadonlyMap<string, TargetFile> {
  const listed = new Map([...own.index.targets].filter(([path]) => teamOfPath(own, path) === undefined));
  for (const [team, { targets }] of own.delegated) {
    for (const [path, target] of targets) {
      if (isSubdirIndex(path) && teamOfPath(own, path) === team) listed.set(path, target);
    }
  }
  return listed;
}

/** The team that a subdir with its indexes was given to. */
export function teamOfSubdir(own: Pick<OwnMetadata, 'targets'>, subdir: string): string | undefined {
  return teamOfPath(own, `${subdir}/${REPODATA}`);
}

function teamOfPath({ targets: { delegations } }: Pick<OwnMetadata, 'targets'>, path: string): string | undefined {
  const first = delegations?.rolesFor(path, nodeCrypto).next().value;
  return first?.terminating && isTeamName(first.name) ? first.name : undefined;
}

/** Do the shards of a subdir tell what its `repodata.json` tells? */
import { type Contradiction, sameRecord } from './derived-forms.ts';
import { fileOf, type Repodata } from './repodata.ts';
import type { Shard } from './shards.ts';

/**
 * Lists the records in which the shards of a subdir, all of them, differ from `repodata.json`; none means that both tell
 * one story. `legacy_bz2_…` members aside; a record that stands in two shards differs.
 */
export function compareShards(repodata: Repodata, shards: Iterable<Shard>): Contradiction[] {
  const differences: Contradiction[] = [];
  const seen = new Set<string>();
  for (const shard of shards) {
    for (const { map, file, record } of shard.records) {
      const source = repodata.find(fileOf({ map, file }), map);
      const id = `${map}/${file}`;
      if (source?.map !== map) differences.push({ file, map, reason: 'not-in-source' });
      else if (seen.has(id) || !sameRecord(repodata.record(source), record)) {
        differences.push({ file, map, reason: 'differs' });
      }
      seen.add(id);
    }
  }
  for (const { map, file } of repodata.records) {
    if (!seen.has(`${map}/${file}`)) differences.push({ file, map, reason: 'missing' });
  }
  return differences;
}

/** How much of a channel's publications stands in `tuf`. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelFolder } from '../channel/channel-folder.ts';
import type { OwnMetadata } from '../channel/own-metadata.ts';
import { type Retention, readRetention } from '../channel/retention-settings.ts';
import { filesBelow } from './retention.ts';

export interface KeptFiles extends Retention {
  /** The root chain, which stays whole. */
  readonly roots: FileCount;
  readonly metadata: FileCount;
  /** Index files, and those of chains, under their hashes. */
  readonly targets: FileCount;
}

export interface FileCount {
  readonly files: number;
  readonly bytes: number;
}

export async function keptFiles(channel: ChannelFolder, own: OwnMetadata): Promise<KeptFiles> {
  const counts = { roots: { files: 0, bytes: 0 }, metadata: { files: 0, bytes: 0 }, targets: { files: 0, bytes: 0 } };
  const tuf = join(own.folder, 'tuf');
  const targets = join(tuf, 'targets');
  for (const path of await filesBelow(tuf)) {
    const kind = path.startsWith(targets) ? 'targets' : path.endsWith('.root.json') ? 'roots' : 'metadata';
    counts[kind].files++;
    counts[kind].bytes += (await stat(path)).size;
  }
  return { ...(await readRetention(channel)), ...counts };
}

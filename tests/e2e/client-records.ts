/** Records of the owner's channel as a client holds them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, recordOf } from '@antivenom/testkit';

export const BETA = 'linux-64/beta-2.0-h2_0.conda';
export const GAMMA = 'noarch/gamma-3.0-0.conda';
export const ALPHA = 'linux-64/alpha-1.0-h1_0.conda';

/** A record as a solver holds it that read the owner's index. */
export async function recordIn(folder: string, path: string): Promise<Document> {
  const [subdir = '', file = ''] = path.split('/');
  const index = JSON.parse(await readFile(join(folder, subdir, 'repodata.json'), 'utf8'));
  return { ...recordOf(index, file), fn: file, subdir };
}

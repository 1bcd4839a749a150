/** Makes a channel of one as it was made before there were lists of yanked files. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyThief, type Signed } from './key-thief.ts';

/** @param keys its key folder, which loses the key of the role too; every file opens with this passphrase */
export async function takeYankListsAway(folder: string, keys: string, passphrase: string): Promise<void> {
  const thief = await KeyThief.of({ keys, passphrase });
  await thief.republish(folder, {
    targets: (targets: Signed) => {
      const { roles } = targets.delegations;
      targets.delegations.roles = roles.filter(({ name }: Signed) => name !== 'yank');
      for (const path of Object.keys(targets.targets)) if (path.startsWith('antivenom/')) delete targets.targets[path];
    },
    snapshot: (snapshot: Signed) => {
      delete snapshot.meta['yank.json'];
    },
  });
  await rm(join(keys, 'online', 'yank-1.json'));
}

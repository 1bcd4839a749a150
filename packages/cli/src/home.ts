import { join, resolve } from 'node:path';
import type { World } from './world.ts';

/**
 * The one folder that Antivenom keeps things in (trust store, cache, keys): `--home`, else `ANTIVENOM_HOME`, else where
 * the platform keeps a user's data.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function homeFolder(
  option: string | undefined,
  world: Pick<World, 'cwd' | 'env' | 'platform' | 'userHome'>,
): string {
  const named = option ?? (world.env['ANTIVENOM_HOME'] || undefined);
  if (named !== undefined) return resolve(world.cwd, named);
  if (world.platform === 'darwin') return join(world.userHome, 'Library', 'Application Support', 'antivenom');
  if (world.platform === 'win32') {
    return join(world.env['LOCALAPPDATA'] || join(world.userHome, 'AppData', 'Local'), 'antivenom');
  }
  // The specification has relative paths ignored.
  const data = world.env['XDG_DATA_HOME'];
  return join(data?.startsWith('/') ? data : join(world.userHome, '.local', 'share'), 'antivenom');
}

/**
 * The configuration files that mamba 2 reads by itself: where `CONDARC` or `MAMBARC` is set it reads what these name and no other,
 * so what the user has must be named again.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { namesIfThere } from '@antivenom/node';
import type { World } from '../world.ts';

/** Those that are there, the first wins. */
export async function mambaConfigurations({
  env,
  cwd,
  userHome,
}: Pick<World, 'env' | 'cwd' | 'userHome'>): Promise<string[]> {
  const named = (name: string, ...more: string[]) => (env[name] ? [resolve(cwd, env[name], ...more)] : []);
  const config = env['XDG_CONFIG_HOME'] || join(userHome, '.config');
  const folders = [
    join(config, 'mamba'),
    join(userHome, '.mamba'),
    userHome,
    ...named('CONDA_PREFIX'),
    join(config, 'conda'),
    join(userHome, '.conda'),
    ...named('MAMBA_ROOT_PREFIX'),
    '/var/lib/conda',
    '/etc/conda',
  ];
  const places = [...named('MAMBARC'), ...folders.flatMap((folder) => filesOf(folder, folder === userHome))];
  const found: string[] = [];
  for (const place of new Set(places)) found.push(...(await configurationsAt(place)));
  return found;
}

function filesOf(folder: string, isHome: boolean): string[] {
  const names = ['.mambarc', 'mambarc', 'mambarc.d', '.condarc', 'condarc', 'condarc.d'];
  return names.filter((name) => !isHome || name.startsWith('.')).map((name) => join(folder, name));
}

async function configurationsAt(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => undefined); // what cannot be read, mamba cannot read either
  // mamba splits the list at commas.
  if (found === undefined || place.includes(',')) return [];
  if (!found.isDirectory()) return [place];
  const names = (await namesIfThere(place)).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => join(place, name));
}

/** Environments that a command may install into, and the records of what is installed there (`conda-meta/*.json`). */
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isMissing, namesIfThere, readFileIfThere } from '@antivenom/node';
import type { World } from '../world.ts';

type Place = Pick<World, 'env' | 'cwd' | 'userHome'>;

/** Path of a record → what changes whenever it is written. */
export type Records = ReadonlyMap<string, string>;

/**
 * Every environment that can be found: those named to us or to the command, the active one, those that conda and mamba list or keep
 * in their folders, beside the command itself, and those of pixi in this project and of the user.
 *
 * @param named by the user, for any other place
 * @returns folders that have a `conda-meta`
 */
export async function findEnvironments(
  command: readonly string[],
  named: readonly string[],
  place: Place,
): Promise<string[]> {
  const { env, cwd, userHome } = place;
  const variables = (...names: string[]) => names.flatMap((name) => (env[name] ?? '').split(delimiter)).filter(Boolean);
  const roots = [
    ...variables('MAMBA_ROOT_PREFIX', 'CONDA_ROOT'),
    ...variables('CONDA_EXE', 'MAMBA_EXE').map((program) => dirname(dirname(program))),
    ...(await besideCommand(command[0], env['PATH'], cwd)),
    ...optionValues(command, ['-r', '--root-prefix']),
    join(userHome, 'micromamba'),
    join(userHome, '.local/share/mamba'),
  ];
  const folders = [
    ...roots.map((root) => join(root, 'envs')),
    ...variables('CONDA_ENVS_DIRS', 'CONDA_ENVS_PATH'),
    join(userHome, '.conda/envs'),
    join(userHome, '.pixi/envs'),
    ...parentsOf(cwd).map((folder) => join(folder, '.pixi/envs')),
  ];
  const candidates = [
    ...named,
    ...optionValues(command, ['-p', '--prefix', '--target-prefix']),
    ...variables('CONDA_PREFIX'),
    ...(await listed(join(userHome, '.conda/environments.txt'))),
    ...roots,
  ];
  for (const folder of folders) {
    for (const name of await namesIfThere(resolve(cwd, folder)).catch(() => [])) candidates.push(join(folder, name));
  }
  const found = new Set<string>();
  for (const candidate of candidates) {
    const path = await realpath(resolve(cwd, candidate)).catch(() => undefined);
    if (path !== undefined && (await isReadable(join(path, 'conda-meta')))) found.add(path);
  }
  return [...found].sort();
}

export async function recordsOf(environments: readonly string[]): Promise<Records> {
  const records = new Map<string, string>();
  for (const environment of environments) {
    const folder = join(environment, 'conda-meta');
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.json')) continue;
      const found = await stat(join(folder, name), { bigint: true }).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
      // Times of the last change cannot be set, as those of the last write can.
      if (found !== undefined) records.set(join(folder, name), `${found.ino} ${found.ctimeNs}`);
    }
  }
  return records;
}

/** Paths of records that were written meanwhile. */
export function newRecords(before: Records, after: Records): string[] {
  return [...after].filter(([path, mark]) => before.get(path) !== mark).map(([path]) => path);
}

/** `-p X`, `--prefix X`, `--prefix=X` */
function optionValues(command: readonly string[], names: readonly string[]): string[] {
  return command.flatMap((word, at) => {
    if (names.includes(word)) return command[at + 1] ?? [];
    const name = names.find((option) => word.startsWith(`${option}=`));
    return name === undefined ? [] : word.slice(name.length + 1);
  });
}

/** `/opt/conda` for `/opt/conda/bin/conda`, by its name and by where links lead. */
async function besideCommand(command: string | undefined, path: string | undefined, cwd: string): Promise<string[]> {
  if (command === undefined) return [];
  const places = command.includes('/')
    ? [resolve(cwd, command)]
    : (path ?? '').split(delimiter).map((folder) => join(folder, command));
  for (const place of places) {
    const real = await realpath(place).catch(() => undefined);
    if (real !== undefined) return [place, real].map((program) => dirname(dirname(program)));
  }
  return [];
}

async function listed(file: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readFileIfThere(file));
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/'));
}

function parentsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...parentsOf(parent)];
}

/** Where this user cannot look, neither can the command. */
function isReadable(folder: string): Promise<boolean> {
  return access(folder, constants.R_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

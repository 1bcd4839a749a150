/** One run of `antivenom-tuf`: arguments in, 0 or 1 out; whatever is thrown becomes one sentence with its code. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  downloadTufTargets,
  initTufClient,
  RedactedUrl,
  refreshTufClient,
  type TufClientEnv,
} from '@antivenom/client/tuf';
import { NO_PROGRESS } from '@antivenom/node/tuf';
import { fetcherOf } from '../fetcher.ts';
import { knownError, stackOf } from '../known-error.ts';
import { oneLine } from '../one-line.ts';
import { packageVersion } from '../package-version.ts';
import type { World } from '../world.ts';
import { parseTufArguments, TUF_USAGE, type TufCommand } from './tuf-arguments.ts';

/** How long to wait for another run at work on the same folder. */
const LOCK_WAIT_MS = 60_000;

export async function runTuf(world: World): Promise<0 | 1> {
  try {
    await obey(parseTufArguments(world.argv), world);
    return 0;
  } catch (error) {
    const { code, message } = knownError(error);
    if (world.env['ANTIVENOM_DEBUG']) world.stderr.write(`${stackOf(error)}\n`);
    world.stderr.write(`antivenom-tuf: ${oneLine(`${message} (${code})`)}\n`);
    return 1;
  }
}

async function obey(command: TufCommand, world: World): Promise<void> {
  const { cwd, stdout } = world;
  if (command.name === 'help') stdout.write(TUF_USAGE);
  else if (command.name === 'version') stdout.write(`${packageVersion()}\n`);
  else if (command.name === 'init') {
    await initTufClient(resolve(cwd, command.metadataDir), await readFile(resolve(cwd, command.root)), LOCK_WAIT_MS);
  } else {
    const metadataUrl = RedactedUrl.parse(command.metadataUrl);
    const repository = { metadataFolder: resolve(cwd, command.metadataDir), metadataUrl };
    const limits = command.totalMs === undefined ? {} : { totalMs: command.totalMs };
    const env: TufClientEnv = {
      fetcher: fetcherOf({ world, progress: NO_PROGRESS }, limits),
      now: world.now(),
      lockWaitMs: LOCK_WAIT_MS,
    };
    if (command.name === 'refresh') return void (await refreshTufClient(repository, env));
    const mirrors = command.targetBaseUrls.map((url) => RedactedUrl.parse(url));
    const places = { folder: resolve(cwd, command.targetDir), mirrors };
    const tell = (file: string) => stdout.write(`${file}\n`);
    await downloadTufTargets(command.targetNames, repository, places, env, tell);
  }
}

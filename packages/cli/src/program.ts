/** The command tree, and what every command has in common. */
import { Command } from 'commander';
import type { LoadedWhenUsed, Start } from './commands.ts';
import { addConsumerCommands } from './consumer-commands.ts';
import { addOwnerCommands } from './owner-commands.ts';
import { packageVersion } from './package-version.ts';
import type { GlobalOptions } from './session.ts';
import { addTeamCommands } from './team-commands.ts';
import type { ForeignStatus, World } from './world.ts';

/** @param end takes the exit status of the command that ran */
export function buildProgram(world: World, commands: LoadedWhenUsed, end: (status: ForeignStatus) => void): Command {
  const program = new Command('antivenom')
    .description('Signs conda channels, and refuses what was not proved.')
    .option('--home <dir>', 'folder of trust store, cache and keys (ANTIVENOM_HOME)')
    .option('--json', 'print the result as one JSON document')
    .option('--quiet', 'print results and warnings alone')
    .option('--yes', 'ask no question')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      // Mistakes are told by run.ts, also as JSON.
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExit status: 0 accepted or done, 1 refused, 2 wrong use, 3 could not tell.');
  program.version(packageVersion(), '--version', 'print the version');

  /** Loads the command, runs it, and keeps its status. */
  const start: Start = async (load, ...given) => {
    const { Session } = await import('./session.ts');
    const command = (await load()) as (...all: unknown[]) => Promise<ForeignStatus>;
    end(await command(new Session(program.opts<GlobalOptions>(), world), ...given));
  };

  addOwnerCommands(program, commands, start);
  addTeamCommands(program, commands, start);
  addConsumerCommands(program, commands, start);
  return program;
}

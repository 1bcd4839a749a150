/** One run of the command line: arguments in, an exit status out; whatever is thrown becomes a message and a status. */
import { CommanderError } from 'commander';
import type { LoadedWhenUsed } from './commands.ts';
import { buildProgram } from './program.ts';
import type { ForeignStatus, World } from './world.ts';

export async function run(world: World, commands: LoadedWhenUsed): Promise<ForeignStatus> {
  let status: ForeignStatus = 0;
  const program = buildProgram(world, commands, (ended) => {
    status = ended;
  });
  try {
    await program.parseAsync(world.argv, { from: 'user' });
    return status;
  } catch (error) {
    // `--help` and `--version` end this way too.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { tellRefusal } = await import('./refusal.ts');
    return tellRefusal(error, { ...world, json: asksForJson(world.argv) });
  }
}

/** Also where the arguments could not be read to their end. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}

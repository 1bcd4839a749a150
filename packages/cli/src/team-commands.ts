/** What a channel's owner and its teams can type, and what `--help` says of it. */
import type { Command } from 'commander';
import type {
  DelegateCommandOptions,
  LoadedWhenUsed,
  Start,
  TeamKeysOptions,
  TeamPublishOptions,
  TeamSignOptions,
} from './commands.ts';
import { example, repeatable, withKeys } from './option-groups.ts';
import { countOfDays, countOfKeys, subdir } from './option-values.ts';

export function addTeamCommands(program: Command, commands: LoadedWhenUsed, start: Start): void {
  const { delegate, teamKeys, teamSign, teamPublish } = commands;
  if (delegate) {
    withKeys(program.command('delegate <channel> <team>'), true)
      .summary('let a team sign its own packages')
      .description(
        'Gives package files of the channel to a team, whose own keys must sign them from then on: consumers refuse any other ' +
          'file of such a name, whatever the index says. Needs the offline keys; for a team that there is, what is not named stays.',
      )
      .addOption(
        repeatable(
          '--paths <pattern>',
          "files of the team: SUBDIR/NAME-VERSION-BUILD, '*/foo-[0-9]*'",
          'as before',
          String,
        ),
      )
      .addOption(
        repeatable(
          '--subdir <subdir>',
          "a subdir whose indexes are the team's; asks for --signed",
          'as before',
          subdir,
        ),
      )
      .addOption(
        repeatable('--key <key>', 'its public key: the file of `team keys`, or 64 hex digits', 'as before', String),
      )
      .option('--threshold <m>', 'how many of the keys must sign (default: as before, or 1)', countOfKeys)
      .option('--signed <file>', 'what the team signed with these keys, to be published at once')
      .option('--remove', 'take the files back from the team')
      .addHelpText(
        'after',
        example("antivenom delegate ./my-channel numpy-team --paths '*/numpy-[0-9]*' --key numpy-team.pub"),
      )
      .action((channel: string, team: string, options: DelegateCommandOptions) =>
        start<'delegate'>(delegate, channel, team, options),
      );
  }

  const ofTeam = program
    .command('team')
    .summary('make keys of a team, sign its packages, publish what it signed')
    .description('What a team does that signs its own packages of a channel, and how that is published.');
  if (teamKeys) {
    withTeam(ofTeam.command('keys <team>'))
      .summary('make the keys of a team')
      .description(
        'Makes the keys of a team, which stay with it, and the file of their public halves for the owner of the channel.',
      )
      .option('--count <n>', 'how many keys', countOfKeys, 1)
      .option('--replace', 'put new keys in the place of those that there are')
      .addHelpText('after', example('antivenom team keys numpy-team'))
      .action((team: string, options: TeamKeysOptions) => start<'teamKeys'>(teamKeys, team, options));
  }
  if (teamSign) {
    withTeam(ofTeam.command('sign <team> [files...]'))
      .summary('sign package files of a team')
      .description(
        'Signs package files, as they stand in SUBDIR/ on this machine or below a folder with subdirs, besides what was signed ' +
          'before. Writes the file that `team publish` takes, on whatever machine.',
      )
      .addOption(repeatable('--paths <pattern>', 'of a folder, the files of this pattern alone', 'all', String))
      .addOption(repeatable('--subdir <subdir>', 'of a folder, the indexes of this subdir', 'none', subdir))
      .addOption(repeatable('--remove <pattern>', 'files that are signed no more', 'none', String))
      .option('--replace', 'let a name that was signed stand for other bytes')
      .option('--expiry <days>', 'when it must be signed anew', countOfDays, 365)
      .addHelpText('after', example('antivenom team sign numpy-team build/linux-64/numpy-2.0-0.conda'))
      .action((team: string, files: string[], options: TeamSignOptions) =>
        start<'teamSign'>(teamSign, team, files, options),
      );
  }
  if (teamPublish) {
    withKeys(ofTeam.command('publish <channel> <team> <file>'), false)
      .summary('publish what a team signed')
      .description(
        'Publishes the file that `team sign` wrote. Needs the online keys of the channel, and no key of the team.',
      )
      .addHelpText('after', example('antivenom team publish ./my-channel numpy-team numpy-team.json'))
      .action((channel: string, team: string, file: string, options: TeamPublishOptions) =>
        start<'teamPublish'>(teamPublish, channel, team, file, options),
      );
  }
}

function withTeam(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the team: its keys and what it signed (default: <home>/teams/<team>)')
    .option(
      '--passphrase-file <file>',
      "file that holds the passphrase of the team's keys (ANTIVENOM_PASSPHRASE_FILE)",
    );
}

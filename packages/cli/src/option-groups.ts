/** Options that several commands share, and how each is told of. */
import { type Command, Option } from 'commander';
import { binCount, collect, roleExpiry, roleThreshold, signFor, timeSpan, versions } from './option-values.ts';

const EXPIRY = 'offline 365; index, snapshot, mamba/pkg_mgr 7; timestamp 3; bins 90';

/** Every command that signs takes both passphrase options, so that one line of a script serves them all. */
export function withKeys(command: Command, offline: boolean): Command {
  return command
    .option('--keys <dir>', 'folder that holds offline/ and online/ (default: <home>/keys/<channel name>)')
    .option('--passphrase-file <file>', 'file that holds the passphrase (ANTIVENOM_PASSPHRASE_FILE)')
    .addOption(
      new Option(
        '--offline-passphrase-file <file>',
        'the one of the offline keys, where it differs (ANTIVENOM_OFFLINE_PASSPHRASE_FILE)',
      ).hideHelp(!offline),
    );
}

/** How much of earlier publications is kept; remembered for the channel. */
export function withRetention(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--keep-metadata <n>',
        'keep the metadata of N publications from now on (default: as before, at first 10)',
      ).argParser(versions),
    )
    .addOption(
      new Option(
        '--keep-for <time>',
        'keep for so long what was replaced, for example 48h, from now on (default: as before, at first 24h)',
      ).argParser(timeSpan),
    );
}

/** What is asked of whoever makes the first metadata of a channel. */
export function withCeremony(command: Command): Command {
  return command
    .addOption(
      new Option('--for <clients>', 'whom record signatures are for: conda, mamba, conda,mamba or none')
        .default(['conda'], 'conda')
        .argParser(signFor),
    )
    .addOption(
      repeatable(
        '--threshold <role=m/n>',
        'M of N keys must sign a role, for example root=3/5',
        'offline 2/3, online 1/1',
        roleThreshold,
      ),
    )
    .addOption(
      repeatable('--expiry <role=days>', 'how long a role is good for, for example index=14', EXPIRY, roleExpiry),
    )
    .addOption(
      new Option(
        '--hash-bins <n>',
        'make each package a target of TUF, in so many hash bins (default: none)',
      ).argParser(binCount),
    );
}

export function withCheck(command: Command): Command {
  return command
    .addOption(timeOption())
    .option('--policy <file>', 'what evidence is asked for (default: <home>/antivenom.yaml)');
}

/** May be given several times; its values are collected. */
export function repeatable(
  flags: string,
  description: string,
  unlessGiven: string,
  parse: (text: string) => unknown,
): Option {
  return new Option(flags, `${description} (repeatable)`).default([], unlessGiven).argParser(collect(parse));
}

export function timeOption(): Option {
  return new Option('--at <time>', 'check as of this time, for example 2021-09-01T00:00:00Z; remembers nothing');
}

export function example(line: string): string {
  return `\nExample:\n  ${line}`;
}

/** The command tree: what can be typed, and what `--help` says of it. */
import { Command, Option } from 'commander';
import type {
  CheckOptions,
  Commands,
  ExportCctOptions,
  GatewayCommandOptions,
  ImportCctOptions,
  InitOptions,
  KeyOptions,
  LoadedWhenUsed,
  RotateOptions,
  SignOptions,
  TrustAddOptions,
} from './commands.ts';
import {
  allowedHost,
  authorities,
  collect,
  dataSize,
  keysThreshold,
  listenAddress,
  namedChannel,
  roleExpiry,
  roleThreshold,
  rootFingerprint,
  signFor,
  subdir,
  timeSpan,
} from './option-values.ts';
import { packageVersion } from './package-version.ts';
import type { GlobalOptions } from './session.ts';
import type { ExitStatus, World } from './world.ts';

const EXPIRY = 'offline 365; index, snapshot, mamba/pkg_mgr 7; timestamp 3';

/** @param end takes the exit status of the command that ran */
export function buildProgram(world: World, commands: LoadedWhenUsed, end: (status: ExitStatus) => void): Command {
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
  async function start<Name extends keyof Commands>(
    load: () => Promise<Commands[Name]>,
    ...given: Parameters<Commands[Name]> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<void> {
    const { Session } = await import('./session.ts');
    const command = (await load()) as (...all: unknown[]) => Promise<ExitStatus>;
    end(await command(new Session(program.opts<GlobalOptions>(), world), ...given));
  }

  const { init, sign, refresh, renew, rotate, revoke, status } = commands;
  if (init) {
    withCeremony(withKeys(program.command('init <channel>'), true))
      .summary('make keys and the first trust metadata of a channel')
      .description('Makes the keys of a channel and its first trust metadata; done once, by its owner.')
      .addHelpText('after', example('antivenom init ./my-channel'))
      .action((channel: string, options: InitOptions) => start<'init'>(init, channel, options));
  }
  if (sign) {
    withKeys(program.command('sign <channel>'), false)
      .summary('sign what changed, and publish')
      .description('Signs new and changed records and every index, rebuilds the derived indexes, and publishes.')
      .option('--out <published>', 'publish into this folder and leave the channel folder as it is')
      .addOption(repeatable('--subdir <subdir>', 'this subdir alone, for example linux-64', 'all', subdir))
      .option('--check-packages', 'compare every package on disk with its record')
      .option('--rebuild', 'replace derived indexes also where they contradict repodata.json')
      .addOption(
        repeatable('--allow-host <host>', 'sign also an index that sends clients to this host', 'none', allowedHost),
      )
      .addHelpText('after', example('antivenom sign ./my-channel --out /srv/www/my-channel'))
      .action((channel: string, options: SignOptions) => start<'sign'>(sign, channel, options));
  }
  if (refresh) {
    withKeys(program.command('refresh <channel>'), false)
      .summary('renew the online roles past half their life')
      .description('Renews each online role past half its life; for a daily job. Needs no offline key.')
      .addHelpText('after', example('antivenom refresh ./my-channel --passphrase-file /etc/antivenom/online'))
      .action((channel: string, options: object) => start<'refresh'>(refresh, channel, options));
  }
  if (renew) {
    withKeys(program.command('renew <channel>'), true)
      .summary('sign the offline roles anew before they expire')
      .description(
        'Signs root, targets and the chains of record signatures anew with the same keys. Needs the offline keys.',
      )
      .addHelpText('after', example('antivenom renew ./my-channel --keys /media/vault/my-channel'))
      .action((channel: string, options: object) => start<'renew'>(renew, channel, options));
  }
  if (rotate) {
    withKeys(program.command('rotate <channel> <role>'), true)
      .summary('give a role new keys')
      .description(
        'Makes new keys for a role, publishes what names them, and moves the old key files to DIR/retired. Consumers follow by ' +
          'themselves. Needs the offline keys. Roles are named as `status` names them; those of records are pkg_mgr, mamba_pkg_mgr.',
      )
      .option('--key <keyid>', 'this key alone, by its beginning (default: all keys of the role)')
      .addOption(
        new Option('--threshold <m/n>', 'M of N keys must sign the role from now on (default: as before)').argParser(
          keysThreshold,
        ),
      )
      .addHelpText('after', example('antivenom rotate ./my-channel timestamp --keys /media/vault/my-channel'))
      .action((channel: string, role: string, options: RotateOptions) =>
        start<'rotate'>(rotate, channel, role, options),
      );
  }
  if (revoke) {
    withKeys(program.command('revoke <channel> <keyid>'), true)
      .summary('take a key out of every role')
      .description(
        'Has no role name the key any more and the others sign what it signed, where they are enough; else rotate the role. ' +
          'Needs the offline keys. A key is named by its hex, or that of its public half, 8 digits or more.',
      )
      .addHelpText('after', example('antivenom revoke ./my-channel 5c1f09ab --keys /media/vault/my-channel'))
      .action((channel: string, key: string, options: KeyOptions) => start<'revoke'>(revoke, channel, key, options));
  }
  if (status) {
    withCheck(program.command('status <channel>'))
      .summary('show the roles of a channel and their health')
      .description(
        'Shows roles, versions, keys and expiries of a channel (a folder or a URL), and what is wrong with it.',
      )
      .addHelpText('after', example('antivenom status https://channel.example/good'))
      .action((channel: string, options: CheckOptions) => start<'status'>(status, channel, options));
  }

  const { importCct, exportCct } = commands;
  if (importCct) {
    const importing = program
      .command('import')
      .summary('adopt a channel that other tools signed')
      .description('Adopts a channel that was signed with other tools.');
    importing.addHelpText('after', example('antivenom import cct ./my-channel --raw-keys ./old-keys'));
    withCeremony(withKeys(importing.command('cct <channel>'), true))
      .description(
        'Adopts a channel that was signed with conda-content-trust: its chain byte for byte, its keys, and its good signatures. The roles that it lacks are made as init makes them.',
      )
      .option('--chain <dir>', 'folder of 1.root.json …, key_mgr.json (default: CHANNEL/cct, or CHANNEL)')
      .option('--raw-keys <dir>', 'folder of private keys (NAME.pri): each is taken for the roles that name it')
      .addOption(repeatable('--root-key <file>', 'a private key of the root', 'none', String))
      .addOption(repeatable('--key-mgr-key <file>', 'a private key of key_mgr', 'none', String))
      .addOption(repeatable('--pkg-mgr-key <file>', 'a private key of pkg_mgr, which signs records', 'none', String))
      .addHelpText('after', example('antivenom import cct ./my-channel --raw-keys ./old-keys'))
      .action((channel: string, options: ImportCctOptions) => start<'importCct'>(importCct, channel, options));
  }
  if (exportCct) {
    const exporting = program
      .command('export')
      .summary('write what other clients need to trust a channel')
      .description('Writes what clients other than Antivenom need to trust a channel.');
    exporting.addHelpText('after', example('antivenom export cct ./trust --channel https://channel.example/good'));
    exporting
      .command('cct <dir> [channel]')
      .description(
        'Writes the roots that conda and mamba begin with, each where its client looks for it, and a README.txt that says what to set.',
      )
      .option('--channel <channel>', 'the channel, a folder or a trusted URL (default: the working directory)')
      .addOption(
        repeatable('--url <url>', 'an address of the channel, by which mamba knows it', 'that of the channel', String),
      )
      .option('--keys <dir>', 'key folder of your own channel (default: <home>/keys/<channel name>)')
      .option('--force', 'replace files of the folder that differ')
      .addHelpText('after', example('antivenom export cct ./trust ./my-channel --url https://channel.example/good'))
      .action((dir: string, channel: string | undefined, options: ExportCctOptions) =>
        start<'exportCct'>(exportCct, dir, channel, options),
      );
  }

  const { trustAdd, trustList, trustRemove, trustUpdate } = commands;
  if (trustAdd && trustList && trustRemove && trustUpdate) {
    const trust = program
      .command('trust')
      .summary('add, list, update or remove the channels that this machine trusts')
      .description('Tells this machine which channels to trust, and by which root.');
    trust.addHelpText('after', example('antivenom trust list'));
    trust
      .command('add <url>')
      .description('Trusts a channel whose root has this fingerprint, or is this file.')
      .addOption(new Option('--root <file>', 'the root itself (this, or --fingerprint)').conflicts('fingerprint'))
      .option('--fingerprint <hex>', 'SHA-256 of 1.root.json; N:HEX is that of N.root.json', rootFingerprint)
      .option('--metadata <url>', 'where the trust metadata stands, if not beside the packages')
      .option('--threshold <n>', 'how many authorities of the channel must agree (default: all)', authorities)
      .addHelpText('after', example('antivenom trust add https://channel.example/good --fingerprint 5c1f…'))
      .action((url: string, options: TrustAddOptions, command: Command) => {
        if (options.root === undefined && options.fingerprint === undefined) {
          command.error('error: one of --root and --fingerprint is needed: without it anybody could be the channel');
        }
        return start<'trustAdd'>(trustAdd, url, options);
      });
    trust
      .command('list')
      .description('Lists the channels that are trusted.')
      .addHelpText('after', example('antivenom trust list --json'))
      .action(() => start<'trustList'>(trustList));
    trust
      .command('remove <url>')
      .description('Trusts a channel no more.')
      .addHelpText('after', example('antivenom trust remove https://channel.example/good'))
      .action((url: string) => start<'trustRemove'>(trustRemove, url));
    trust
      .command('update [url]')
      .description('Fetches the newest trust metadata of one channel, or of all.')
      .addHelpText('after', example('antivenom trust update'))
      .action((url: string | undefined) => start<'trustUpdate'>(trustUpdate, url));
  }

  const { verifyChannel, verifyPackage, verifyMetadata } = commands;
  if (verifyChannel || verifyPackage || verifyMetadata) {
    const verify = program
      .command('verify')
      .summary('prove a channel, a package or trust metadata')
      .description('Proves a channel, a package or trust metadata, or says why not.');
    verify.addHelpText('after', example('antivenom verify channel https://channel.example/good'));
    if (verifyChannel) {
      withCheck(verify.command('channel <channel>'))
        .description('Verifies every index and every record of a channel (a folder or a URL).')
        .addOption(repeatable('--subdir <subdir>', 'this subdir alone, for example linux-64', 'all', subdir))
        .addHelpText('after', example('antivenom verify channel https://channel.example/good --subdir linux-64'))
        .action((channel: string, options: CheckOptions & { subdir: readonly string[] }) =>
          start<'verifyChannel'>(verifyChannel, channel, options),
        );
    }
    if (verifyPackage) {
      withCheck(verify.command('package <file>'))
        .description('Verifies the bytes and the contents of a package (a file or a URL) by its channel.')
        .requiredOption('--channel <url>', 'the channel that it is of, a URL or a folder (required)')
        .addHelpText('after', example('antivenom verify package a-1.0-0.conda --channel https://channel.example/good'))
        .action((file: string, options: CheckOptions & { channel: string }) =>
          start<'verifyPackage'>(verifyPackage, file, options),
        );
    }
    if (verifyMetadata) {
      verify
        .command('metadata <files...>')
        .description('Verifies a chain of trust metadata alone, files in the order of the chain.')
        .requiredOption('--root <file>', 'the root that is trusted (required)')
        .addOption(timeOption())
        .addHelpText('after', example('antivenom verify metadata 2.root.json key_mgr.json --root 1.root.json'))
        .action((files: readonly string[], options: { root: string; at?: string }) =>
          start<'verifyMetadata'>(verifyMetadata, files, options),
        );
    }
  }
  const { checkRecords } = commands;
  if (checkRecords) {
    withCheck(program.command('check-records'))
      .summary('answer a client that asks before it installs')
      .description(
        'Reads requests on standard input, one JSON document a line, and answers one line each: may these records and\n' +
          'package files be installed? For programs, such as the plugin for conda; docs/check-protocol.md says how to ask.',
      )
      .addOption(
        repeatable(
          '--allow-untrusted <url>',
          'let this channel through unverified, if it is not trusted',
          'none',
          String,
        ),
      )
      .addHelpText('after', example('antivenom check-records < requests.jsonl'))
      .action((options: CheckOptions & { allowUntrusted: readonly string[] }) =>
        start<'checkRecords'>(checkRecords, options),
      );
  }
  const { gateway } = commands;
  if (gateway) {
    withCheck(program.command('gateway'))
      .summary('serve verified channels to every conda client')
      .description('Serves http://HOST:PORT/NAME/… to conda clients, of each channel only what is proved.')
      .addOption(
        new Option('--listen <host:port>', 'where to listen; port 0 is any that is free')
          .default({ host: '127.0.0.1', port: 8480 }, '127.0.0.1:8480')
          .argParser(listenAddress),
      )
      .addOption(repeatable('--channel <name=url>', 'serve this trusted channel as /NAME', 'none', namedChannel))
      .addOption(new Option('--config <file>', 'a policy, each of whose channels is served too').conflicts('policy'))
      .option('--credentials <file>', 'JSON, host to basic, bearer or conda token; ~/.netrc is read too')
      .option('--tls-certificate <file>', 'serve https with this certificate (PEM) and --tls-key')
      .option('--tls-key <file>', 'its key (PEM)')
      .addOption(
        new Option('--refresh <time>', 'how often to look for newer publications')
          .default(300_000, '5m')
          .argParser(timeSpan),
      )
      .addOption(
        new Option('--grace <time>', 'how long requests under way may take when it is stopped')
          .default(10_000, '10s')
          .argParser(timeSpan),
      )
      .addOption(
        new Option('--cache-size <size>', 'how much is kept in <home>/cache').default(20e9, '20GB').argParser(dataSize),
      )
      .addHelpText('after', example('antivenom gateway --channel good=https://channel.example/good'))
      .action((options: GatewayCommandOptions) => start<'gateway'>(gateway, options));
  }
  return program;
}

/** Every command that signs takes both passphrase options, so that one line of a script serves them all. */
function withKeys(command: Command, offline: boolean): Command {
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

/** What is asked of whoever makes the first metadata of a channel. */
function withCeremony(command: Command): Command {
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
    );
}

function withCheck(command: Command): Command {
  return command
    .addOption(timeOption())
    .option('--policy <file>', 'what evidence is asked for (default: <home>/antivenom.yaml)');
}

/** May be given several times; its values are collected. */
function repeatable(flags: string, description: string, unlessGiven: string, parse: (text: string) => unknown): Option {
  return new Option(flags, `${description} (repeatable)`).default([], unlessGiven).argParser(collect(parse));
}

function timeOption(): Option {
  return new Option('--at <time>', 'check as of this time, for example 2021-09-01T00:00:00Z; remembers nothing');
}

function example(line: string): string {
  return `\nExample:\n  ${line}`;
}

/** What those who use a channel can type, and what `--help` says of it. */
import { type Command, Option } from 'commander';
import type {
  CheckOptions,
  ExecOptions,
  GatewayCommandOptions,
  LoadedWhenUsed,
  Start,
  TrustAddOptions,
} from './commands.ts';
import { example, repeatable, timeOption, withCheck } from './option-groups.ts';
import {
  authorities,
  dataSize,
  hostName,
  listenAddress,
  namedChannel,
  rootFingerprint,
  subdir,
  timeSpan,
} from './option-values.ts';

/** Adds those whose code is there. */
export function addConsumerCommands(program: Command, commands: LoadedWhenUsed, start: Start): void {
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
      .addOption(repeatable('--host-name <name>', 'a name by which clients call it', 'its address', hostName))
      .option('--tokens <file>', 'ask clients for one of these tokens, one a line (or ANTIVENOM_GATEWAY_TOKEN)')
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
  const { exec, shell } = commands;
  if (exec) {
    withExec(program.command('exec <command...>'))
      .summary('run one command, with its channels verified')
      .usage('[options] -- COMMAND…')
      .description(
        'Runs a command whose conda channels go through a gateway of its own: it gets nothing that is not proved. Its exit\n' +
          "status is the command's, but 1 where something was installed that is not proved; docs/exec.md says what is covered.",
      )
      .addHelpText('after', example('antivenom exec -- conda install numpy'))
      .action((command: readonly string[], options: ExecOptions) => start<'exec'>(exec, command, options));
  }
  if (shell) {
    withExec(program.command('shell'))
      .summary('start a shell, with its channels verified')
      .description('Starts a shell (SHELL) in which every command is as behind exec, until it ends.')
      .addHelpText('after', example('antivenom shell --channel good=https://channel.example/good'))
      .action((options: ExecOptions) => start<'shell'>(shell, options));
  }
}

function withExec(command: Command): Command {
  return withCheck(command)
    .addOption(
      repeatable('--channel <name=url>', 'these channels alone are reached', 'all that are trusted', namedChannel),
    )
    .addOption(new Option('--config <file>', 'a policy, whose channels are those').conflicts('policy'))
    .option('--credentials <file>', 'JSON, host to basic, bearer or conda token; ~/.netrc is read too')
    .addOption(
      repeatable(
        '--allow-untrusted <name|url>',
        'let this channel through unverified, if it is not trusted',
        'none',
        String,
      ),
    )
    .addOption(
      repeatable(
        '--environment <prefix>',
        'look for what was installed here too',
        'where conda and pixi have them',
        String,
      ),
    );
}

/** What the owner of a channel can type, and what `--help` says of it. */
import { Argument, type Command, Option } from 'commander';
import type {
  CheckOptions,
  ExportCctOptions,
  HashBinsOptions,
  ImportCctOptions,
  InitOptions,
  KeyOptions,
  LoadedWhenUsed,
  RoleExpiry,
  RotateOptions,
  SignOptions,
  Start,
  UnyankOptions,
  YankOptions,
} from './commands.ts';
import { example, repeatable, withCeremony, withCheck, withKeys, withRetention } from './option-groups.ts';
import { allowedHost, binCount, collect, keysThreshold, roleExpiry, subdir } from './option-values.ts';

/** Adds those whose code is there. */
export function addOwnerCommands(program: Command, commands: LoadedWhenUsed, start: Start): void {
  const { init, sign, refresh, renew, expiry, hashBins, rotate, revoke, yank, unyank, status } = commands;
  if (init) {
    withCeremony(withKeys(program.command('init <channel>'), true))
      .summary('make keys and the first trust metadata of a channel')
      .description('Makes the keys of a channel and its first trust metadata; done once, by its owner.')
      .addHelpText('after', example('antivenom init ./my-channel'))
      .action((channel: string, options: InitOptions) => start<'init'>(init, channel, options));
  }
  if (sign) {
    withRetention(withKeys(program.command('sign <channel>'), false))
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
    withRetention(withKeys(program.command('refresh <channel>'), false))
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
  if (expiry) {
    withKeys(program.command('expiry <channel>'), true)
      .addArgument(
        new Argument('[role=days...]', 'roles and the days that they last from now on, for example root=180')
          .default([], 'none')
          .argParser(collect(roleExpiry)),
      )
      .summary('show how long the roles last, or change it')
      .description(
        'Shows how long each role lasts, and who must renew it how often; or signs roles anew that last otherwise from now on. ' +
          'Needs the offline keys where one of the roles is offline.',
      )
      .addHelpText('after', example('antivenom expiry ./my-channel timestamp=2 snapshot=14'))
      .action((channel: string, wanted: readonly RoleExpiry[], options: KeyOptions) =>
        start<'expiry'>(expiry, channel, wanted, options),
      );
  }
  if (hashBins) {
    withKeys(program.command('hash-bins <channel>'), true)
      .summary('make each package a target of TUF, in hash bins')
      .description(
        'Lists each package of the published index in one of N hash bins, so that any client of TUF can fetch it; sign and refresh ' +
          'keep them up. Needs the offline keys the first time. Where there are bins already, builds all of them anew.',
      )
      .addOption(
        new Option(
          '--bins <n>',
          'how many, a power of two (default: one for some 200 packages, or as before)',
        ).argParser(binCount),
      )
      .addHelpText('after', example('antivenom hash-bins ./my-channel --keys /media/vault/my-channel'))
      .action((channel: string, options: HashBinsOptions) => start<'hashBins'>(hashBins, channel, options));
  }
  if (rotate) {
    withKeys(program.command('rotate <channel> <role>'), true)
      .summary('give a role new keys')
      .description(
        'Makes new keys for a role, publishes what names them, and moves the old key files to a folder `retired` beside them. Consumers follow by ' +
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
  if (yank) {
    withKeys(program.command('yank <channel> <subdir/file>'), false)
      .summary('take a published file back')
      .description(
        'Lists the file as yanked, by its content, and takes its record out of every index, in one publication: consumers ' +
          'refuse it from then on, also where they hold it already. Needs no offline key.',
      )
      .requiredOption('--reason <text>', 'what everybody reads who asks for the file')
      .addHelpText(
        'after',
        example('antivenom yank ./my-channel linux-64/foo-1.0-0.conda --reason "steals credentials"'),
      )
      .action((channel: string, file: string, options: YankOptions) => start<'yank'>(yank, channel, file, options));
  }
  if (unyank) {
    withKeys(program.command('unyank <channel> <subdir/file>'), true)
      .summary('give a yanked file back')
      .description('Has the file count as yanked no more, and brings its record back. Needs the offline keys.')
      .option('--list <file>', 'a yanked.json that a thief signed: what it says of the file counts no more either')
      .addHelpText(
        'after',
        example('antivenom unyank ./my-channel linux-64/foo-1.0-0.conda --keys /media/vault/my-channel'),
      )
      .action((channel: string, file: string, options: UnyankOptions) =>
        start<'unyank'>(unyank, channel, file, options),
      );
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
}

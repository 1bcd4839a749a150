/** Someone who owns a small channel and signs it with the real command line; attacks start from copies of it. */
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelPackage, writeChannel } from './channel.ts';
import { runAntivenom, type Told } from './command-line.ts';

/** Every form that an index has, in two subdirs; each package in a subdir of its own, `alpha` in both formats. */
const PACKAGES: readonly ChannelPackage[] = [
  { name: 'alpha', version: '1.0', build: 'h1_0', subdir: 'linux-64', formats: ['conda', 'tar.bz2'] },
  { name: 'beta', version: '2.0', build: 'h2_0', subdir: 'linux-64', depends: ['alpha >=1'], license: 'MIT' },
  { name: 'gamma', version: '3.0', build: '0', subdir: 'noarch', depends: ['alpha', 'beta <3'] },
];
const FORMS = { zst: true, bz2: true, currentRepodata: true, runExports: true, channeldata: true, shards: true };

export interface OwnerOptions {
  /** A folder of packages and indexes that is the channel, in place of packages that are written. */
  readonly source?: string;
  /** Three small ones in `linux-64` and `noarch` by default. */
  readonly packages?: readonly ChannelPackage[];
  /** Arguments of `init` besides. */
  readonly init?: readonly string[];
  /** Arguments of `sign` besides. */
  readonly sign?: readonly string[];
  /** ms that the owner's clock is ahead of the real one. */
  readonly clock?: number;
}

export class ChannelOwner {
  /** Holds everything of this owner, and what attacks put beside it. */
  readonly place: string;
  readonly passphrase = 'correct horse';
  rootFingerprint = '';
  readonly #options: OwnerOptions;
  #packages: readonly ChannelPackage[];

  /** Makes the channel, its keys and its first publication. */
  static async make(options: OwnerOptions = {}): Promise<ChannelOwner> {
    const owner = new ChannelOwner(await mkdtemp(join(tmpdir(), 'antivenom-attack-')), options);
    await writeFile(join(owner.place, 'passphrase'), `${owner.passphrase}\n`);
    await owner.index();
    const { rootFingerprint } = document(await owner.run('init', owner.folder, ...(options.init ?? [])));
    owner.rootFingerprint = String(rootFingerprint);
    await owner.sign();
    return owner;
  }

  private constructor(place: string, options: OwnerOptions) {
    this.place = place;
    this.#options = options;
    this.#packages = options.packages ?? PACKAGES;
  }

  /** The channel folder, signed in place. */
  get folder(): string {
    return join(this.place, 'good');
  }

  /** Of the key files: `offline/`, `online/`. */
  get keys(): string {
    return join(this.place, 'keys');
  }

  /** Writes packages and indexes as an indexer does, unsigned. */
  async index(): Promise<void> {
    if (this.#options.source !== undefined) return copyWritable(this.#options.source, this.folder);
    await writeChannel(this.folder, {
      seed: 'attacks',
      subdirs: ['linux-64', 'noarch'],
      packages: this.#packages,
      forms: FORMS,
    });
  }

  /** A command of the owner on the channel's keys, as it ended. */
  tryRun(command: string, ...argv: string[]): Promise<Told> {
    return this.tryRunAt(this.#options.clock ?? 0, command, ...argv);
  }

  /** The same with a clock that is so many ms ahead. */
  tryRunAt(clock: number, command: string, ...argv: string[]): Promise<Told> {
    const common = ['--keys', this.keys, '--passphrase-file', join(this.place, 'passphrase'), '--yes', '--json'];
    const env = { ANTIVENOM_HOME: join(this.place, 'owner-home') };
    return runAntivenom([command, ...argv, ...common], { cwd: this.place, clock, env });
  }

  /** A command of the owner that must do what it should. */
  async run(command: string, ...argv: string[]): Promise<Told> {
    const told = await this.tryRun(command, ...argv);
    if (told.status !== 0) throw new Error(`${command} ended with ${told.status}: ${told.stdout}${told.stderr}`);
    return told;
  }

  async sign(): Promise<void> {
    await this.run('sign', this.folder, ...(this.#options.sign ?? []));
  }

  /** Adds packages, indexes anew and signs: the next publication. */
  async publish(...added: readonly ChannelPackage[]): Promise<void> {
    this.#packages = [...this.#packages, ...added];
    await this.index();
    await this.sign();
  }

  /** A copy of the channel as it stands now. */
  async copy(name: string): Promise<string> {
    const folder = join(this.place, 'copies', name);
    await mkdir(join(this.place, 'copies'), { recursive: true });
    await cp(this.folder, folder, { recursive: true });
    return folder;
  }

  async remove(): Promise<void> {
    await rm(this.place, { recursive: true });
  }
}

function document({ stdout }: Told): Record<string, unknown> {
  return JSON.parse(stdout);
}

/** Also of files that may only be read. */
async function copyWritable(source: string, folder: string): Promise<void> {
  await cp(source, folder, { recursive: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

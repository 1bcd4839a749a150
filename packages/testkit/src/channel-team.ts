/** A team that signs packages of an owner's channel with the real command line, from a folder of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelOwner } from './channel-owner.ts';
import { type Document, runAntivenom, type Told } from './command-line.ts';

export class ChannelTeam {
  readonly name: string;
  readonly #owner: ChannelOwner;

  /** Makes its keys, signs the files of the channel that match, and has the owner delegate those patterns to it. */
  static async join(owner: ChannelOwner, name: string, ...paths: string[]): Promise<ChannelTeam> {
    const team = new ChannelTeam(owner, name);
    await mkdir(team.folder);
    await writeFile(join(team.folder, 'passphrase'), 'of the team\n');
    await team.run('keys', name);
    await team.sign(owner.folder, ...paths.flatMap((path) => ['--paths', `${path}*`]));
    await owner.run(
      'delegate',
      owner.folder,
      name,
      ...team.handedOver(),
      ...paths.flatMap((path) => ['--paths', path]),
    );
    return team;
  }

  private constructor(owner: ChannelOwner, name: string) {
    this.#owner = owner;
    this.name = name;
  }

  /** Its keys, and what it signed. */
  get folder(): string {
    return join(this.#owner.place, this.name);
  }

  /** What it signed last. */
  get file(): string {
    return join(this.folder, `${this.name}.json`);
  }

  /** What the owner gets of it, as options of `delegate`. */
  handedOver(): string[] {
    return ['--key', join(this.folder, `${this.name}.pub`), '--signed', this.file];
  }

  sign(...argv: string[]): Promise<Document> {
    return this.run('sign', this.name, ...argv);
  }

  /** A command `team …` as it ended. */
  tryRun(...argv: string[]): Promise<Told> {
    const common = ['--dir', this.folder, '--passphrase-file', join(this.folder, 'passphrase'), '--yes', '--json'];
    const env = { ANTIVENOM_HOME: join(this.#owner.place, 'team-home') };
    return runAntivenom(['team', ...argv, ...common], { cwd: this.#owner.place, env });
  }

  /** One that must do what it should. */
  async run(...argv: string[]): Promise<Document> {
    const { status, stdout, stderr } = await this.tryRun(...argv);
    if (status !== 0) throw new Error(`team ${argv.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  }
}

/** The folders and the web server that the play is played with, and the command line as its persons type it. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ChannelServer } from '@antivenom/testkit';

const LAUNCHER = resolve(import.meta.dirname, '../packages/cli/bin/antivenom');

/** A link to the folder whose turn it is. */
const SERVED = 'served';

/** Each has a home of their own, and so keys or a trust store of their own. */
export type Person = 'owner' | 'consumer' | 'neighbour' | 'newcomer' | 'thief';

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Stage {
  readonly folder: string;
  readonly #server: ChannelServer;

  /** Always ended by {@link close}. */
  static async open(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'antivenom-demo-'));
    await mkdir(join(folder, 'published'));
    await writeFile(join(folder, 'online.txt'), 'the passphrase of the online keys\n', { mode: 0o600 });
    await writeFile(join(folder, 'offline.txt'), 'the passphrase of the offline keys\n', { mode: 0o600 });
    const stage = new Stage(folder, await ChannelServer.start(join(folder, SERVED)));
    await stage.serve(join(folder, 'published'));
    return stage;
  }

  private constructor(folder: string, server: ChannelServer) {
    this.folder = folder;
    this.#server = server;
  }

  /** What the server has at `/my-channel` from here on: that of this folder. */
  async serve(folder: string): Promise<void> {
    const link = join(this.folder, SERVED);
    await symlink(folder, `${link}.new`);
    await rename(`${link}.new`, link);
  }

  get url(): string {
    return `${this.#server.url}/my-channel`;
  }

  /** A copy of one of the folders, for somebody to tamper with. */
  async copyOf(name: string): Promise<string> {
    const copy = await mkdtemp(join(this.folder, 'tampered-'));
    await cp(join(this.folder, name), copy, { recursive: true });
    return copy;
  }

  async antivenom(person: Person, words: readonly string[]): Promise<Answer> {
    const { PATH = '' } = process.env;
    const env = {
      PATH,
      ANTIVENOM_HOME: join(this.folder, 'homes', person),
      ANTIVENOM_PASSPHRASE_FILE: 'online.txt',
      ANTIVENOM_OFFLINE_PASSPHRASE_FILE: 'offline.txt',
    };
    const child = spawn(LAUNCHER, words, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve(code ?? 70));
    });
    const [status, stdout, stderr] = await Promise.all([ended, child.stdout.toArray(), child.stderr.toArray()]);
    return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  }

  async close(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

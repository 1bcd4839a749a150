/**
 * A TUF repository on a web server, for an attacker to change, and the client `antivenom-tuf` that trusts its first root:
 *
 *     await using staged = await StagedRepository.start();
 *     await staged.accepted('refresh');
 *     staged.repository.timestamp.version = 0;
 *     await staged.publish();
 *     await staged.refused('malformed', 'refresh');
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roleFileName, TrustedMetadata, targetUrlPath } from '@antivenom/core';
import { type CannedAnswer, ChannelServer } from './channel-server.ts';
import { runAntivenom, type Told } from './command-line.ts';
import { folderContents } from './folder-contents.ts';
import { TufRepository, tufTestEnv } from './tuf-repository.ts';

export class StagedRepository implements AsyncDisposable {
  readonly repository: TufRepository;
  readonly server: ChannelServer;
  /** ms that the client's clock is ahead of the real one. */
  clock = 0;
  /** Of the client's commands. */
  env: Record<string, string> = {};
  readonly #place: string;

  /** Publishes the repository and has the client trust its root. */
  static async start(change: (repository: TufRepository) => void = () => {}): Promise<StagedRepository> {
    const place = await mkdtemp(join(tmpdir(), 'antivenom-tuf-staged-'));
    const repository = new TufRepository(Date.now());
    for (const role of [
      repository.root,
      repository.timestamp,
      repository.snapshot,
      repository.targetsRole('targets'),
    ]) {
      role.expires += 30 * 86_400_000;
    }
    change(repository);
    const staged = new StagedRepository(repository, place, await ChannelServer.start());
    await mkdir(staged.cwd);
    await staged.publish();
    // All that `init` does with a good root.
    await mkdir(staged.metadata);
    await writeFile(join(staged.metadata, 'root.json'), await repository.rootFile());
    return staged;
  }

  private constructor(repository: TufRepository, place: string, server: ChannelServer) {
    this.repository = repository;
    this.#place = place;
    this.server = server;
  }

  /** Where the client keeps metadata. */
  get metadata(): string {
    return join(this.#place, 'metadata');
  }

  /** Where it puts targets. */
  get targets(): string {
    return join(this.#place, 'targets');
  }

  /** Where it runs: an empty folder. */
  get cwd(): string {
    return join(this.#place, 'cwd');
  }

  /** Serves every file as it is now; those of earlier versions stay. */
  async publish(): Promise<void> {
    const { repository } = this;
    const named = (role: string, version: number) =>
      roleFileName(role, repository.consistentSnapshot ? version : undefined);
    this.serve(roleFileName('root', repository.root.version), await repository.rootFile());
    for (const [name, { version }] of repository.targets) {
      this.serve(named(name, version), await repository.targetsFile(name));
      for (const target of repository.targetFiles(name)) {
        this.server.answer(this.#urlOf(target), { body: target.bytes });
      }
    }
    this.serve(named('snapshot', repository.snapshot.version), await repository.snapshotFile());
    this.serve('timestamp.json', await repository.timestampFile());
  }

  /** The next version of these roles, and of all that names them. */
  async publishNext(...roles: readonly string[]): Promise<void> {
    const { repository } = this;
    for (const role of new Set([...roles, 'snapshot', 'timestamp'])) repository.role(role).version++;
    await this.publish();
  }

  /** How a metadata file is answered from now on. */
  serve(name: string, answer: CannedAnswer | Uint8Array | string): void {
    const isBody = answer instanceof Uint8Array || typeof answer === 'string';
    this.server.answer(`/metadata/${name}`, isBody ? { body: answer } : answer);
  }

  /** How a target is answered from now on, under the name that it has now; its own bytes where no others are given. */
  serveTarget(path: string, answer: CannedAnswer): void {
    const listed = [...this.repository.targets.keys()].flatMap((role) => this.repository.targetFiles(role));
    for (const target of listed.filter((one) => one.path === path)) {
      const body = (answer.status ?? 200) === 200 ? { body: target.bytes } : {};
      this.server.answer(this.#urlOf(target), { ...body, ...answer });
    }
  }

  /** Runs the client with all that a command needs. */
  tell(command: 'init' | 'refresh' | 'download', ...words: readonly string[]): Promise<Told> {
    const argv = ['--metadata-dir', this.metadata];
    if (command !== 'init') argv.push('--metadata-url', `${this.server.url}/metadata/`);
    if (command === 'download') {
      argv.push('--target-dir', this.targets, '--target-base-url', `${this.server.url}/targets/`);
      for (const name of words) argv.push('--target-name', name);
    }
    argv.push(command, ...(command === 'init' ? words : []));
    return this.run(argv);
  }

  run(argv: readonly string[]): Promise<Told> {
    const { cwd, env, clock } = this;
    return runAntivenom(argv, { cwd, env, clock, program: 'antivenom-tuf' });
  }

  async accepted(...command: Parameters<StagedRepository['tell']>): Promise<void> {
    const { status, stderr } = await this.tell(...command);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    await requireSoundMetadata(this.metadata);
  }

  /**
   * Makes sure that a command ends with 1 and one sentence that names this code, and that what is kept is sound.
   *
   * @returns the sentence
   */
  async refused(code: string | readonly string[], ...command: Parameters<StagedRepository['tell']>): Promise<string> {
    return this.requireRefusal(await this.tell(...command), code);
  }

  async requireRefusal({ status, stdout, stderr }: Told, code: string | readonly string[]): Promise<string> {
    assert.equal(status, 1, stdout + stderr);
    assert.match(stderr, /^antivenom-tuf: [^\n]{1,400} \([a-z-]+\)\n$/);
    assert.ok(
      [code].flat().some((one) => stderr.endsWith(`(${one})\n`)),
      `${code}: ${stderr}`,
    );
    assert.doesNotMatch(stderr, /TypeError|RangeError|ENOENT|did not expect/, 'no trace of a bug');
    assert.deepEqual(await folderContents(this.cwd), new Map(), 'nothing was written where it runs');
    await requireSoundMetadata(this.metadata);
    return stderr;
  }

  /** Role or file name without `.json` → version, of all that the client trusts. */
  async versions(): Promise<Record<string, number>> {
    const versions: Record<string, number> = {};
    for (const file of (await folderContents(this.metadata)).keys()) {
      if (!file.endsWith('.json')) continue;
      const { signed } = JSON.parse(await readFile(join(this.metadata, file), 'utf8'));
      versions[file.slice(0, -'.json'.length)] = signed.version;
    }
    return versions;
  }

  /** What was downloaded: file name → text. */
  async downloaded(): Promise<Record<string, string>> {
    const files: Record<string, string> = {};
    for (const name of (await folderContents(this.targets)).keys()) {
      if (!name.startsWith('.@')) files[name] = await readFile(join(this.targets, name), 'utf8');
    }
    return files;
  }

  /** Paths that were asked for below `metadata/` since the last time, without it. */
  asked(): string[] {
    return this.server.requests.splice(0).map(({ path }) => path.replace('/metadata/', ''));
  }

  #urlOf(target: Parameters<typeof targetUrlPath>[0]): string {
    return `/targets/${targetUrlPath(target, this.repository.consistentSnapshot)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await rm(this.#place, { recursive: true, force: true });
  }
}

/** Every metadata file in a client's folder is whole, the root is signed by itself, and nothing else lies about. */
export async function requireSoundMetadata(folder: string): Promise<void> {
  for (const name of (await folderContents(folder)).keys()) {
    if (['.lock', '.accepted'].includes(name)) continue;
    assert.match(name, /^[^/]+\.json$/, `${name} is left over`);
    const bytes = await readFile(join(folder, name));
    assert.ok(JSON.parse(bytes.toString()).signatures.length > 0);
    if (name === 'root.json') TrustedMetadata.fromRoot(bytes, tufTestEnv(0));
  }
}

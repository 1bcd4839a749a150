/** A copy of an owner's channel on a web server, for an attacker to change, and a consumer who trusts its owner's root. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChannelOwner } from './channel-owner.ts';
import { ChannelServer } from './channel-server.ts';
import { type Document, runAntivenom, type Told } from './command-line.ts';
import { folderContents } from './folder-contents.ts';
import type { ClientOutcome, ClientPlan } from './installing-client.ts';
import { RecordClient } from './record-client.ts';
import { RunningGateway } from './running-gateway.ts';

const CLIENT = fileURLToPath(new URL('./installing-client.ts', import.meta.url));

export interface StagedOptions {
  /** The channel folder that is copied, the owner's own by default. */
  readonly from?: string;
  /** Arguments of `trust add` in place of the fingerprint, given the channel's URL; none: nothing is trusted. */
  readonly trust?: ((url: string) => readonly string[]) | 'nothing';
  /** Whether the consumer has verified the channel once, so that the trust store remembers it. */
  readonly seen?: boolean;
}

export interface Answered extends Told {
  readonly document: Document;
}

export class StagedChannel implements AsyncDisposable {
  readonly server: ChannelServer;
  readonly owner: ChannelOwner;
  /** ms that the consumer's clock is ahead of the real one. */
  clock = 0;
  /** Of the consumer's commands, besides the home. */
  env: Record<string, string> = {};
  readonly #place: string;

  static async of(owner: ChannelOwner, options: StagedOptions = {}): Promise<StagedChannel> {
    const place = await mkdtemp(join(owner.place, 'staged-'));
    const staged = new StagedChannel(owner, place, await ChannelServer.start(join(place, 'www')));
    await mkdir(staged.cwd);
    await staged.serve(options.from ?? owner.folder);
    if (options.trust !== 'nothing') {
      const trust = options.trust?.(staged.url) ?? ['--fingerprint', owner.rootFingerprint];
      await staged.accept('trust', 'add', staged.url, ...trust);
    }
    if (options.seen) await staged.accept('verify', 'channel', staged.url);
    return staged;
  }

  private constructor(owner: ChannelOwner, place: string, server: ChannelServer) {
    this.owner = owner;
    this.#place = place;
    this.server = server;
  }

  /** What the web server serves as the channel. */
  get folder(): string {
    return join(this.#place, 'www/good');
  }

  get url(): string {
    return `${this.server.url}/good`;
  }

  /** The consumer's trust store and cache. */
  get home(): string {
    return join(this.#place, 'home');
  }

  /** Where the consumer's commands run: an empty folder. */
  get cwd(): string {
    return join(this.#place, 'cwd');
  }

  /** Serves a copy of this folder from now on, whatever was served before. */
  async serve(folder: string): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await cp(folder, this.folder, { recursive: true });
  }

  /** How one file of the channel is answered from now on. */
  answer(path: string, ...answers: Parameters<ChannelServer['answer']> extends [string, ...infer Rest] ? Rest : never) {
    this.server.answer(`/good/${path}`, ...answers);
  }

  /** Changes one file that is served. */
  async edit(path: string, change: (bytes: Buffer) => Uint8Array | string): Promise<void> {
    const file = join(this.folder, path);
    await writeFile(file, change(await readFile(file)));
  }

  /** A command of the consumer, with `--json`. */
  async run(...argv: string[]): Promise<Answered> {
    const told = await this.tell(...argv, '--json');
    let document: Document;
    try {
      document = JSON.parse(told.stdout);
    } catch {
      assert.fail(`${argv.join(' ')} ended with ${told.status} and no document: ${told.stdout}${told.stderr}`);
    }
    return { ...told, document };
  }

  /** A command of the consumer as a person reads it. */
  tell(...argv: string[]): Promise<Told> {
    return runAntivenom([...argv, '--home', this.home], { cwd: this.cwd, env: this.env, clock: this.clock });
  }

  /** A client of `check-records` on the consumer's machine. */
  startRecordClient(...more: string[]): RecordClient {
    return RecordClient.start(['--home', this.home, ...more], { cwd: this.cwd, env: this.env, clock: this.clock });
  }

  /** A gateway of the consumer, on a port of its own, that serves the channel as `/good` where no `--config` says what it serves. */
  gateway(...more: string[]): Promise<RunningGateway> {
    const named = more.includes('--config') ? [] : ['--channel', `good=${this.url}`];
    const argv = [...named, ...more, '--home', this.home];
    return RunningGateway.start(argv, { cwd: this.cwd, env: this.env, clock: this.clock });
  }

  /** A client that asks by the proxy variables, behind `exec`. @param more of `exec` */
  async execClient(
    plan: ClientPlan,
    ...more: string[]
  ): Promise<Told & { readonly outcome: ClientOutcome | undefined }> {
    const told = await this.exec([process.execPath, CLIENT, JSON.stringify(plan)], ...more);
    return { ...told, outcome: told.stdout === '' ? undefined : JSON.parse(told.stdout) };
  }

  /** A command behind `exec`. @param more of `exec` */
  exec(command: readonly string[], ...more: string[]): Promise<Told> {
    const argv = ['exec', ...more, '--home', this.home, '--', ...command];
    return runAntivenom(argv, { cwd: this.cwd, env: this.env, clock: this.clock });
  }

  verify(...more: string[]): Promise<Answered> {
    return this.run('verify', 'channel', this.url, ...more);
  }

  /** @param file a path, or `<subdir>/<name>` on the server */
  verifyPackage(file: string, ...more: string[]): Promise<Answered> {
    const named = file.startsWith('/') ? file : `${this.url}/${file}`;
    return this.run('verify', 'package', named, '--channel', this.url, ...more);
  }

  /** A command that must be accepted. */
  async accept(...argv: string[]): Promise<Document> {
    return accepted(await this.run(...argv));
  }

  /** All that the consumer believes: what is kept but for locks, and for the time at which it was last found good. */
  async store(): Promise<Map<string, string>> {
    const kept = await folderContents(this.home);
    return new Map([...kept].filter(([file]) => !/(^|\/)(lock|memory\.json)$/.test(file)));
  }

  /** A policy for the consumer's commands, `--policy` and its file. */
  async policy(text: string): Promise<string[]> {
    const file = join(this.#place, 'policy.yaml');
    await writeFile(file, text);
    return ['--policy', file];
  }

  /**
   * Makes sure that a command is refused as it should be, that it keeps nothing and that it writes nothing where it runs.
   *
   * @returns what it told
   */
  async refused(expected: Refusal, ...argv: string[]): Promise<Document> {
    const before = await this.store();
    const told = await this.run(...argv);
    assertRefused(told, expected);
    assert.deepEqual(await this.store(), before, 'the trust store is as it was');
    assert.deepEqual(await folderContents(this.cwd), new Map(), 'nothing was handed over');
    return told.document;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await rm(this.#place, { recursive: true });
  }
}

export interface Refusal {
  readonly status: 1 | 2 | 3;
  /** One, or any of these. */
  readonly code: string | readonly string[];
  /** Named in the message, or in that of a refused file. */
  readonly names?: RegExp;
}

export function assertRefused({ status, stdout, stderr, document }: Answered, expected: Refusal): void {
  const { ok, code, message, hint, details } = document;
  assert.deepEqual({ status, ok }, { status: expected.status, ok: false }, stdout + stderr);
  assert.ok([expected.code].flat().includes(code), `code ${code}: ${message}`);
  for (const [what, text] of Object.entries({ message, hint })) {
    assert.equal(typeof text, 'string', `${what} of ${stdout}`);
    assert.match(text, /^\S[^\n]*\S$/, `${what} is one line`);
    assert.ok(text.length < 400, `${what} is one sentence: ${text}`);
  }
  assert.equal(typeof details, 'object');
  assert.doesNotMatch(stdout + stderr, /\n {4}at |TypeError|RangeError|ENOENT/, 'no trace of a bug');
  if (expected.names) assert.match(JSON.stringify([message, document.refused ?? []]), expected.names);
}

export function accepted({ status, stdout, stderr, document }: Answered): Document {
  assert.deepEqual({ status, ok: document.ok }, { status: 0, ok: true }, stdout + stderr);
  return document;
}

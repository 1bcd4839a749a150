/** A client that asks `antivenom check-records`, as a plugin of a package manager does. */
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type CommandSetting, type Document, startAntivenom } from './command-line.ts';

export class RecordClient {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<number | null>;
  #stderr = '';
  #asked = 0;

  /** @param more options of the command */
  static start(more: readonly string[], setting: CommandSetting): RecordClient {
    return new RecordClient(startAntivenom(['check-records', ...more], setting));
  }

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // One that ended early is told by what it answered.
    child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Bytes as they are. */
  write(bytes: string | Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  /** The next answer; undefined at the end of output. */
  async answer(): Promise<Document | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  /** A request and its answer. */
  async ask(method: string, members: Readonly<Record<string, unknown>>): Promise<Document> {
    const id = ++this.#asked;
    this.write(`${JSON.stringify({ id, method, ...members })}\n`);
    const answer = await this.answer();
    assert.equal(answer?.id, id, `an answer to ${method}: ${JSON.stringify(answer)}${this.#stderr}`);
    assert.equal(answer.ok, answer.exit === 0);
    if (!answer.ok) {
      for (const member of ['code', 'message', 'hint']) assert.equal(typeof answer[member], 'string', member);
      assert.match(answer.message, /^\S[^\n]*\S$/);
      assert.ok(answer.message.length < 600, answer.message);
    }
    return answer;
  }

  /** What one record gets. */
  async check(url: string, record: object, more: object = {}): Promise<Document> {
    const answer = await this.ask('check', { records: [{ url, record, ...more }] });
    const [verdict] = answer.verdicts ?? [];
    assert.equal(answer.verdicts?.length, 1, JSON.stringify(answer));
    assert.equal(verdict.ok, answer.ok);
    return verdict;
  }

  /** Ends its input, and waits for its end; whatever else it said is an error. */
  async end(): Promise<{ readonly status: number | null; readonly stderr: string }> {
    const ended = this.finish();
    assert.equal(await this.answer(), undefined, 'no answer that nobody asked for');
    return ended;
  }

  /** Ends its input; what is still answered is to be read. */
  async finish(): Promise<{ readonly status: number | null; readonly stderr: string }> {
    this.#child.stdin.end();
    return { status: await this.#ended, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** What every command works with: where things are kept, how it speaks, and the world around. */
import { NO_PROGRESS, type ProgressReporter } from '@antivenom/node';
import { homeFolder } from './home.ts';
import { oneLine } from './one-line.ts';
import { ProgressBar } from './progress-bar.ts';
import type { World } from './world.ts';

export interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly yes?: boolean;
}

export class Session {
  readonly world: World;
  readonly home: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly progress: ProgressReporter;
  readonly #quiet: boolean;
  readonly #bar: ProgressBar | undefined;

  constructor(options: GlobalOptions, world: World) {
    this.world = world;
    this.home = homeFolder(options.home, world);
    this.json = options.json === true;
    this.yes = options.yes === true;
    this.#quiet = options.quiet === true;
    const show = world.stderr.isTTY === true && !this.#quiet;
    this.#bar = show ? new ProgressBar(world.stderr, () => performance.now(), later) : undefined;
    this.progress = this.#bar ?? NO_PROGRESS;
  }

  /** The result: one JSON document, or the lines for a person. */
  result(document: Readonly<Record<string, unknown>>, lines: readonly string[]): void {
    this.#bar?.clear();
    if (this.json) this.world.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    else for (const line of lines) this.world.stdout.write(`${oneLine(line)}\n`);
  }

  /** Something by the way, which `--quiet` leaves out. */
  note(line: string): void {
    if (!this.#quiet) this.tell(oneLine(line));
  }

  /** Something that must not be overlooked, also with `--quiet`. */
  warn(sentence: string): void {
    this.tell(`antivenom: ${this.#yellow('warning')}: ${oneLine(sentence)}`);
  }

  /** A line for a person, beside the result. */
  tell(line: string): void {
    this.#bar?.clear();
    this.world.stderr.write(`${line}\n`);
  }

  #yellow(text: string): string {
    const { env, stderr } = this.world;
    return stderr.isTTY === true && !env['NO_COLOR'] ? `\u001b[33m${text}\u001b[39m` : text;
  }
}

function later(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}

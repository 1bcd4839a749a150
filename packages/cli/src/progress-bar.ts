/** Shows on a terminal how far work is, once it takes longer than a second: one line, rewritten in place, gone at the end. */
import type { ProgressReporter, ProgressTask } from '@antivenom/node';
import { oneLine } from './one-line.ts';
import type { TextSink } from './world.ts';

const APPEARS_AFTER_MS = 1000;
const REDRAW_MS = 100;
const BAR_WIDTH = 24;

/** Calls `work` after so many ms, unless it is cancelled before. */
export type Later = (ms: number, work: () => void) => () => void;

export class ProgressBar implements ProgressReporter {
  readonly #sink: TextSink;
  readonly #now: () => number;
  readonly #later: Later;
  /** Clears the line that is shown, before anything else is written there. */
  #shown = false;
  #drawnAt = 0;

  /**
   * @param now ms on a clock that never goes back
   * @param later for work of one long step, which never says how far it is
   */
  constructor(sink: TextSink, now: () => number, later: Later) {
    this.#sink = sink;
    this.#now = now;
    this.#later = later;
  }

  start(label: string, total?: number): ProgressTask {
    const startedAt = this.#now();
    let steps = 0;
    let ended = false;
    const cancel = this.#later(APPEARS_AFTER_MS, () => this.#draw(label, steps, total));
    return {
      advance: (more) => {
        steps += more;
        const now = this.#now();
        if (ended || now - startedAt < APPEARS_AFTER_MS || now - this.#drawnAt < REDRAW_MS) return;
        this.#drawnAt = now;
        this.#draw(label, steps, total);
      },
      done: () => {
        ended = true;
        cancel();
        this.clear();
      },
    };
  }

  clear(): void {
    if (this.#shown) this.#sink.write('\r\u001b[K');
    this.#shown = false;
  }

  #draw(label: string, steps: number, total: number | undefined): void {
    const line = `${oneLine(label)}  ${total === undefined ? steps || '…' : bar(steps, total)}`;
    // A line that wraps cannot be rewritten.
    this.#sink.write(`\r\u001b[K${line.slice(0, (this.#sink.columns ?? 80) - 1)}`);
    this.#shown = true;
  }
}

function bar(steps: number, total: number): string {
  const part = total > 0 ? Math.min(steps / total, 1) : 1;
  const full = Math.floor(part * BAR_WIDTH);
  // How far it is stands first: a narrow terminal cuts the end.
  return `${String(Math.floor(part * 100)).padStart(3)} %  ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}

/** Holds a server to its minimum rate and to the time that a file may take in all. */
import { FailedAttempt } from './failed-attempt.ts';
import type { DownloadLimits } from './limits.ts';

/** A window moves on by a part of its length at a time. */
const PARTS = 10;
const LATE = Symbol('late');

/**
 * Counts only the time in which bytes are waited for: a reader that is slow itself makes no server slow.
 */
export class Pace {
  readonly #partMs: number;
  readonly #windowBytes: number;
  readonly #deadline: number;
  readonly #now: () => number;
  /** Bytes of the latest whole parts, at most {@link PARTS}. */
  readonly #parts: number[] = [];
  #waitedMs = 0;
  #bytes = 0;

  /** @param deadline ms, on the clock `now` */
  constructor(limits: DownloadLimits, deadline: number, now: () => number) {
    this.#partMs = limits.rateWindowMs / PARTS;
    this.#windowBytes = (limits.minimumRate * limits.rateWindowMs) / 1000;
    this.#deadline = deadline;
    this.#now = now;
  }

  /**
   * Waits for the next piece.
   *
   * @throws FailedAttempt where the server is too slow, or the time for the whole is over
   */
  async wait(read: Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const startedAt = this.#now();
      const result = await within(read, Math.min(this.#partMs - this.#waitedMs, this.#deadline - startedAt));
      this.#waitedMs += this.#now() - startedAt;
      if (result === LATE) {
        if (this.#now() >= this.#deadline) throw outOfTime();
        this.#endPart();
      } else {
        this.#bytes += result.done === true ? 0 : result.value.length;
        if (this.#waitedMs >= this.#partMs) this.#endPart();
        return result;
      }
    }
  }

  #endPart(): void {
    this.#parts.push(this.#bytes);
    this.#bytes = 0;
    this.#waitedMs = 0;
    if (this.#parts.length > PARTS) this.#parts.shift();
    if (this.#parts.length < PARTS) return;
    if (this.#parts.reduce((sum, bytes) => sum + bytes, 0) < this.#windowBytes) {
      throw new FailedAttempt('the server sends too slowly', {
        hint: 'Try again later, or use another mirror; on a line this slow, raise the limits.',
      });
    }
  }
}

export function outOfTime(): FailedAttempt {
  return new FailedAttempt('the server takes longer than a download may', {
    hint: 'Try again later, or use another mirror; on a slow line, raise the limits.',
  });
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  const { promise: late, resolve } = Promise.withResolvers<typeof LATE>();
  const timer = setTimeout(resolve, Math.max(ms, 0), LATE);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks for newer publications in the background: every so often, and well before what is served expires. */
import type { ServedChannel } from './served-channel.ts';

/** ms between two looks, however soon something expires. */
const SHORTEST_MS = 10_000;

/** ms until a channel is looked at again that was refused or did not answer. */
const AGAIN_MS = 30_000;

export class RefreshSchedule {
  readonly #refreshMs: number;
  readonly #now: () => number;
  readonly #timers = new Map<ServedChannel, NodeJS.Timeout>();
  #stopped = false;

  /** @param now ms since the epoch, as checks have it */
  constructor(refreshMs: number, now: () => number) {
    this.#refreshMs = refreshMs;
    this.#now = now;
  }

  /** Begins once, however often it is called. */
  start(channel: ServedChannel): void {
    if (this.#stopped || this.#timers.has(channel)) return;
    const timer = setTimeout(async () => {
      await channel.refresh();
      this.#timers.delete(channel);
      this.start(channel);
    }, this.#delay(channel));
    this.#timers.set(channel, timer.unref());
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #delay(channel: ServedChannel): number {
    if (channel.failure !== undefined) return Math.min(this.#refreshMs, AGAIN_MS);
    const left = (channel.last?.publication.expires ?? Number.POSITIVE_INFINITY) - this.#now();
    return Math.min(this.#refreshMs, Math.max(SHORTEST_MS, left / 2));
  }
}

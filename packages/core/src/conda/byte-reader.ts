import { MalformedError } from '../errors.ts';
import type { ByteStream } from '../ports.ts';

/** Reads a stream by exact lengths. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #what: string;
  #chunk: Uint8Array = new Uint8Array(0);

  /** `what` names the data in errors: "the tar archive". */
  constructor(source: ByteStream, what: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#what = what;
  }

  /**
   * The next `length` bytes, the caller's own; undefined where the stream has ended before the first of them.
   *
   * @throws MalformedError where it ends between.
   */
  async take(length: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    const taken = new Uint8Array(length);
    let at = 0;
    for await (const piece of this.pass(length)) {
      taken.set(piece, at);
      at += piece.length;
    }
    return taken;
  }

  /**
   * The next `length` bytes in pieces, each valid until the next is asked for.
   *
   * @throws MalformedError where the stream ends before.
   */
  async *pass(length: number): ByteStream {
    for (let left = length; left > 0; ) {
      if (!(await this.#fill())) throw new MalformedError(`${this.#what} ends too early`);
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** All that is left. */
  async *rest(): ByteStream {
    while (await this.#fill()) {
      const piece = this.#chunk;
      this.#chunk = piece.subarray(piece.length);
      yield piece;
    }
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const step = await this.#source.next();
      if (step.done) return false;
      this.#chunk = step.value;
    }
    return true;
  }
}

import { MalformedError } from '@antivenom/core';

/**
 * Bytes that come in at one end and are read as bits, the highest first, at the other. A read past what has come gives
 * zeros and is remembered: {@link requireWithin} tells, so that no read has to ask.
 */
export class BitWindow {
  #bytes = new Uint8Array(1 << 16);
  #start = 0;
  #end = 0;
  #bits = 0;
  #bitCount = 0;

  /** Whole bytes that are not read yet. */
  get byteLength(): number {
    return this.#end - this.#start + (this.#bitCount >> 3);
  }

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) {
      const kept = this.#end - this.#start;
      const target = kept + chunk.length > this.#bytes.length ? new Uint8Array(2 * (kept + chunk.length)) : this.#bytes;
      target.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = target;
      this.#start = 0;
      this.#end = kept;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next `count` bits, 1 to 24. */
  bits(count: number): number {
    if (this.#bitCount < count) this.#fill();
    this.#bitCount -= count;
    return (this.#bits >>> this.#bitCount) & ((1 << count) - 1);
  }

  /** The next 32 bits, as a signed integer. */
  word(): number {
    return (this.bits(16) << 16) | this.bits(16);
  }

  /** The next 20 bits, which stay. */
  peek20(): number {
    if (this.#bitCount < 20) this.#fill();
    return (this.#bits >>> (this.#bitCount - 20)) & 0xfffff;
  }

  /** Leaves out bits that {@link peek20} showed. */
  skip(count: number): void {
    this.#bitCount -= count;
  }

  alignToByte(): void {
    this.#bitCount -= this.#bitCount & 7;
  }

  /** @throws MalformedError when more was read than had come; `ended` says whether more would have. */
  requireWithin(ended: boolean): void {
    if (this.#end - this.#start + (this.#bitCount >> 3) >= 0) return;
    throw new MalformedError(`the bzip2 data ${ended ? 'ends too early' : 'has a block longer than it may be'}`);
  }

  #fill(): void {
    while (this.#bitCount <= 24) {
      this.#bits = (this.#bits << 8) | (this.#start < this.#end ? (this.#bytes[this.#start] as number) : 0);
      this.#start++;
      this.#bitCount += 8;
    }
  }
}

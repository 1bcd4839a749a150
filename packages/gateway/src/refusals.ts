/** The newest refusals, for whoever looks into why a client could not go on. */

export interface KeptRefusal {
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly time: string;
  readonly request: string;
  /** The client's address. */
  readonly client: string;
  readonly channel: string;
  readonly file: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const MOST = 1000;

export class Refusals {
  readonly #kept: KeptRefusal[] = [];

  add(refusal: KeptRefusal): void {
    this.#kept.push(refusal);
    if (this.#kept.length > MOST) this.#kept.shift();
  }

  /** The newest first. */
  of(channel: string): KeptRefusal[] {
    return this.#kept.filter((refusal) => refusal.channel === channel).reverse();
  }
}

/**
 * Random JSON texts from a seed, in the spellings that readers and canonical forms disagree on. The text is made directly, not
 * by the writers under test.
 */
export class RandomJson {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  document(): string {
    return this.#space() + this.#value(0) + this.#space();
  }

  /** A document with one to three of its bytes changed, dropped or doubled. */
  damaged(): Uint8Array {
    const bytes = [...Buffer.from(this.document())];
    for (let left = this.#below(3) + 1; left > 0; left--) {
      const at = this.#below(bytes.length);
      const kind = this.#below(4);
      if (kind === 0) bytes.splice(at, 1);
      else if (kind === 1) bytes.splice(at, 0, bytes[at] ?? 0x20);
      else if (kind === 2) bytes[at] = this.#below(256);
      else bytes[at] = this.#one([...Buffer.from('{}[],:"\\ue+-.0919 \n\tdD8fF')]);
    }
    return Uint8Array.from(bytes);
  }

  #value(depth: number): string {
    const kind = this.#below(depth > 4 ? 8 : 12);
    if (kind < 3) return this.#float();
    if (kind < 5) return this.#integer();
    if (kind < 7) return this.#string();
    if (kind === 7) return this.#one(['true', 'false', 'null', '""', '{}', '[]', '0', '-0']);
    if (kind < 10) return `[${this.#items(depth, () => this.#value(depth + 1))}]`;
    const keys = new Set<string>();
    return `{${this.#items(depth, () => {
      const text = this.#text();
      const key = keys.has(text) ? `${text}${keys.size}.` : text;
      keys.add(key);
      return `${this.#spelled(key)}${this.#space()}:${this.#space()}${this.#value(depth + 1)}`;
    })}}`;
  }

  #items(depth: number, item: () => string): string {
    const count = this.#below(depth === 0 ? 7 : 4);
    return Array.from({ length: count }, () => this.#space() + item() + this.#space()).join(',') || this.#space();
  }

  #float(): string {
    const value = this.#double();
    const sign = this.#below(8) === 0 ? '-' : '';
    switch (this.#below(6)) {
      case 0:
        return `${sign}${Math.abs(value).toExponential()}`.replace('e', this.#one(['e', 'E']));
      case 1:
        return `${sign}${Math.abs(value).toExponential(this.#below(30))}`.replace('e+', this.#one(['e', 'e+', 'E+0']));
      case 2:
        return `${sign}${this.#below(10)}.${this.#digits(this.#below(25) + 1)}`;
      case 3:
        return `${sign}${this.#one(['0', `1${this.#digits(this.#below(25))}`])}.${'0'.repeat(this.#below(9))}${this.#below(1e9)}`;
      case 4:
        return `${sign}${this.#below(100)}e${this.#one(['', '+', '-'])}${this.#below(24)}`;
      default:
        return `${sign}${this.#below(2) === 0 ? 0 : `1.${this.#digits(17)}`}e${this.#one(['-', ''])}${this.#below(300)}`;
    }
  }

  /** A finite double of any magnitude: random bits, powers of two and ten, and their neighbours. */
  #double(): number {
    const view = new DataView(new ArrayBuffer(8));
    const kind = this.#below(3);
    if (kind === 0) {
      view.setUint32(0, this.#next());
      view.setUint32(4, this.#next());
    } else {
      view.setFloat64(0, kind === 1 ? 2 ** (this.#below(2098) - 1074) : Number(`1e${this.#below(632) - 323}`));
      view.setBigUint64(0, view.getBigUint64(0) + BigInt(this.#below(3)));
    }
    const value = view.getFloat64(0);
    return Number.isFinite(value) ? value : 1.5;
  }

  #integer(): string {
    const digits = this.#below(10) === 0 ? this.#below(300) : this.#below(22);
    const sign = this.#below(4) === 0 ? '-' : '';
    return digits === 0 ? `${sign}0` : `${sign}${this.#below(9) + 1}${this.#digits(digits - 1)}`;
  }

  #string(): string {
    return this.#spelled(this.#text());
  }

  #text(): string {
    return Array.from({ length: this.#below(this.#below(4) === 0 ? 40 : 6) }, () => this.#character()).join('');
  }

  #character(): string {
    const [low, high] = this.#one([
      [0x20, 0x7e],
      [0x20, 0x7e],
      [0x00, 0x1f],
      [0x7f, 0xff],
      [0x7f, 0x7f],
      [0x100, 0xd7ff],
      [0xd7f0, 0xd7ff],
      [0xe000, 0xe00f],
      [0xff00, 0xffff],
      [0x10000, 0x1000f],
      [0x10000, 0x10ffff],
    ] as const);
    return String.fromCodePoint(low + this.#below(high - low + 1));
  }

  /** A string token: each character as it is, or by one of its escapes. */
  #spelled(text: string): string {
    let token = '"';
    for (const character of text) {
      const short = SHORT_ESCAPES[character];
      if (short !== undefined && this.#below(2) === 0) token += short;
      else if (character < ' ' || character === '"' || character === '\\' || this.#below(5) === 0) {
        token += Array.from({ length: character.length }, (_, at) => this.#escape(character.charCodeAt(at))).join('');
      } else token += character;
    }
    return `${token}"`;
  }

  #escape(unit: number): string {
    const hex = unit.toString(16).padStart(4, '0');
    return `\\u${this.#below(2) === 0 ? hex : hex.toUpperCase()}`;
  }

  #space(): string {
    return this.#below(4) === 0 ? this.#one([' ', '\n', '\t', '\r', '\r\n  ']) : '';
  }

  #digits(count: number): string {
    return Array.from({ length: count }, () => this.#below(10)).join('');
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  /** Mulberry32: 32 bits a step, enough for tests. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

const SHORT_ESCAPES: Readonly<Record<string, string | undefined>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

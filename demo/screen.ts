/** How the play is shown: numbered scenes, commands as they are typed, and what they answer behind a thin line. */

/** Wider lines are hard to read. */
const MAX_WIDTH = 100;
/** Hex that nobody reads to its end: fingerprints, hashes, key ids. */
const LONG_HEX = /\b([0-9a-f]{8})[0-9a-f]{32,}\b/g;

export class Screen {
  readonly #write: (text: string) => void;
  readonly #colour: boolean;
  readonly #folder: string;
  readonly #width: number;
  #scene = 0;

  /**
   * @param folder of the play: paths are shown from there
   * @param columns of the terminal, where there is one
   */
  constructor(write: (text: string) => void, colour: boolean, folder: string, columns?: number) {
    this.#width = Math.min(columns ?? MAX_WIDTH, MAX_WIDTH);
    this.#write = write;
    this.#colour = colour;
    this.#folder = folder;
  }

  title(text: string): void {
    for (const line of wrapped(text, this.#width)) this.line(this.#bold(line));
  }

  scene(text: string): void {
    this.#scene++;
    this.line('');
    const [first, ...rest] = wrapped(text, this.#width - 3);
    for (const line of [`${this.#scene}  ${first}`, ...rest.map((more) => ` ${more}`)]) this.line(this.#bold(line));
  }

  say(text: string): void {
    for (const line of wrapped(text, this.#width - 3)) this.line(`   ${line}`);
  }

  command(who: string, words: readonly string[]): void {
    const [first = '', ...rest] = wrapped(`antivenom ${this.#told(words.join(' '))}`, this.#width - 8 - who.length);
    this.line(`   ${this.#dim(`${who}$`)} ${[first, ...rest].join(` \\\n${' '.repeat(5 + who.length)}`)}`);
  }

  /** What a command printed; lines that say nothing are left out. */
  answer(text: string): void {
    for (const line of this.#shown(text)) this.line(`   ${this.#dim('│')} ${line}`);
  }

  /** One tampering: what was done, and the refusal under it. */
  refusal(title: string, answer: string, good: boolean): void {
    this.line('');
    const [mark, indent] = good ? [this.#green('✓ refused'), 14] : [this.#red('✗ NOT REFUSED'), 18];
    const [first = '', ...rest] = wrapped(title, this.#width - indent);
    this.line(`   ${mark}  ${this.#bold(first)}`);
    for (const line of rest) this.line(`${' '.repeat(indent - 2)}${this.#bold(line)}`);
    this.answer(answer);
  }

  verdict(good: boolean, text: string): void {
    this.line('');
    this.line(`${good ? this.#green('✓') : this.#red('✗')} ${this.#bold(text)}`);
  }

  line(text: string): void {
    this.#write(`${text}\n`);
  }

  #shown(text: string): string[] {
    const lines = this.#told(text).split('\n');
    return lines.filter((line) => line.trim() !== '').flatMap((line) => wrapped(line, this.#width - 5));
  }

  /** Without the folder of the play, which is gone once it is over. */
  #told(text: string): string {
    return text.replaceAll(`${this.#folder}/`, '').replace(LONG_HEX, '$1…');
  }

  #bold(text: string): string {
    return this.#coloured(1, 22, text);
  }

  #dim(text: string): string {
    return this.#coloured(2, 22, text);
  }

  #green(text: string): string {
    return this.#coloured(32, 39, text);
  }

  #red(text: string): string {
    return this.#coloured(31, 39, text);
  }

  #coloured(on: number, off: number, text: string): string {
    return this.#colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }
}

/** Breaks a line between words; what follows is indented two further than the line was. */
function wrapped(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/ +(?=\S)/)) {
    const next = line === '' ? `${indent}${lines.length === 0 ? '' : '  '}${word}` : `${line} ${word}`;
    if (line !== '' && next.length > width) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else line = next;
  }
  return [...lines, line];
}

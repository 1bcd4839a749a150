/**
 * A pattern of package names: the whole name must match, and `*` stands for any characters within it, none included.
 * Other wild cards do not exist.
 */
export class NamePattern {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** @returns the pattern, or what is wrong with it: a part of a sentence that begins with the pattern */
  static parse(text: string): NamePattern | string {
    const foreign = /[^a-z0-9_.*-]/u.exec(text)?.[0];
    if (text === '') return 'is empty and matches no package';
    if (/[A-Z]/.test(text)) return `matches no package: their names are lower case (${text.toLowerCase()})`;
    if (foreign !== undefined) return `matches no package: ${JSON.stringify(foreign)} stands in no package's name`;
    if (/^[.-]/.test(text)) return `matches no package: no name begins with ${JSON.stringify(text[0])}`;
    if (text.startsWith('__')) return 'matches no package: names with two leading underscores are virtual';
    return new NamePattern(text);
  }

  /** Upper case in the name makes no difference: it must not lead past a rule. */
  matches(name: string): boolean {
    return overlap(this.text, name.toLowerCase().replaceAll('*', '?'));
  }

  /** Whether there is a name that both match. */
  overlaps(other: NamePattern): boolean {
    return overlap(this.text, other.text);
  }
}

/**
 * Walks both patterns at once, one row of a table per character of the first: cost is the product of the lengths,
 * whatever the number of wild cards.
 */
function overlap(one: string, other: string): boolean {
  // row[j]: the part of `one` read so far and the first j characters of `other` have a name in common.
  let row = [true];
  for (let j = 1; j <= other.length; j++) row[j] = row[j - 1] === true && other[j - 1] === '*';
  for (const character of one) {
    const next = [row[0] === true && character === '*'];
    for (let j = 1; j <= other.length; j++) {
      next[j] =
        character === '*' || other[j - 1] === '*'
          ? row[j] === true || next[j - 1] === true
          : row[j - 1] === true && character === other[j - 1];
    }
    row = next;
  }
  return row[other.length] === true;
}

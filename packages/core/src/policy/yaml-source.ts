/** A YAML text whose values are taken out by shape, each mistake told with line and column. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type Scalar } from 'yaml';
import type { UsageError } from '../errors.ts';
import { policyMistake } from './mistake.ts';

export class YamlSource {
  readonly root: Node | null;
  readonly #file: string;
  readonly #lines = new LineCounter();

  /** @throws UsageError `policy-invalid` for what is not YAML 1.2 of one document. */
  constructor(text: string, file: string) {
    this.#file = file;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const wrong = document.errors[0] ?? document.warnings[0];
    if (wrong !== undefined) throw this.#mistake(wrong.pos[0], YAML_MISTAKES.get(wrong.code) ?? wrong.message);
    this.root = document.contents;
  }

  /** `FILE:LINE:COLUMN`, both from 1. */
  where(node: Node): string {
    return this.#where(node.range?.[0] ?? 0);
  }

  /** @returns the error to throw */
  mistake(node: Node, message: string): UsageError {
    return this.#mistake(node.range?.[0] ?? 0, message);
  }

  /** The members of a mapping in their order. */
  members(node: Node, what: string): Map<string, { key: Scalar; value: Node }> {
    if (!isMap(node)) throw this.#wrongShape(node, `${what} must be a mapping`);
    const members = new Map<string, { key: Scalar; value: Node }>();
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key) || typeof key.value !== 'string') throw this.mistake(key, 'a key must be plain text');
      if (value === null) throw this.mistake(key, `\`${key.value}\` has no value`);
      members.set(key.value, { key, value });
    }
    return members;
  }

  items(node: Node, what: string): readonly Node[] {
    if (!isSeq(node)) throw this.#wrongShape(node, `${what} must be a list`);
    return node.items as Node[];
  }

  text(node: Node, what: string): string {
    if (!isScalar(node) || typeof node.value !== 'string') throw this.#wrongShape(node, `${what} must be text`);
    return node.value;
  }

  boolean(node: Node, what: string): boolean {
    if (!isScalar(node) || typeof node.value !== 'boolean')
      throw this.#wrongShape(node, `${what} must be true or false`);
    return node.value;
  }

  #wrongShape(node: Node, message: string): UsageError {
    if (!isAlias(node)) return this.mistake(node, message);
    return this.mistake(node, 'references do not exist here; text that begins with * stands in quotes');
  }

  #where(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  #mistake(offset: number, message: string): UsageError {
    return policyMistake(this.#where(offset), message);
  }
}

const YAML_MISTAKES: ReadonlyMap<string, string> = new Map([
  ['DUPLICATE_KEY', 'this key stands here twice'],
  ['BAD_ALIAS', 'text that begins with * stands in quotes'],
  ['MULTIPLE_DOCS', 'a policy is one document'],
]);

/**
 * Tells texts for a person from all other strings of the code: what an error says, its hint, and the place that it names. Tests hold
 * on to codes and details, and to a message where it is the point; holding on to each word would only make words hard to change.
 */
import type { Ignorer, NodePath } from '@stryker-mutator/api/ignore';

/** What of Babel's tree is looked at. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly callee?: Node;
  readonly expressions?: readonly Node[];
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
}

interface Path extends NodePath {
  readonly node: Node;
  readonly parentPath: Path | null;
}

/** Functions that make an error out of words. */
const MAKERS: ReadonlySet<string> = new Set(['malformedJson', 'rollback', 'outOfOrder', 'refused', 'mustBe', 'unsafe']);
/** What the place that a message names is called. */
const PLACES: ReadonlySet<string> = new Set(['where', 'at']);

export const messages: Ignorer = {
  shouldIgnore(path: NodePath): string | undefined {
    return isWords((path as Path).node) && (beginsWithPlace((path as Path).node) || isInError(path as Path))
      ? 'the words of a message'
      : undefined;
  },
};

/** A literal with a space in it: no code, name or pattern has one. */
function isWords({ type, value, quasis }: Node): boolean {
  if (type === 'StringLiteral') return String(value).includes(' ');
  return type === 'TemplateLiteral' && quasis !== undefined && quasis.some((part) => part.value.raw.includes(' '));
}

function beginsWithPlace({ quasis, expressions }: Node): boolean {
  return quasis?.[0]?.value.raw === '' && PLACES.has(expressions?.[0]?.name ?? '');
}

function isInError({ parentPath }: Path): boolean {
  for (let at = parentPath; at !== null && !/Statement$|Function/.test(at.node.type); at = at.parentPath) {
    const { type, callee } = at.node;
    if (type === 'NewExpression' && callee?.name?.endsWith('Error')) return true;
    if (type === 'CallExpression' && MAKERS.has(callee?.name ?? '')) return true;
  }
  return false;
}

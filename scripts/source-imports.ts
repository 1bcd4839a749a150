/** What a TypeScript file imports, read from its text. The formatter puts every import statement at the start of a line. */

export interface SourceImport {
  /** As written: `node:fs`, `@antivenom/core`, `./ports.ts`; undefined where it is computed. */
  readonly specifier: string | undefined;
  /** From 1. */
  readonly line: number;
}

const STATEMENT = /^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*'([^'\n]+)'/gm;
const CALL = /(?:^|[^\w.$#])(?:import|require)\((\s*'([^'\n]+)'\s*[,)])?/gm;

export function sourceImports(text: string): SourceImport[] {
  const code = bareCode(text);
  const found: SourceImport[] = [];
  for (const match of code.matchAll(STATEMENT)) found.push({ specifier: match[1], line: lineAt(code, match.index) });
  for (const match of code.matchAll(CALL)) found.push({ specifier: match[2], line: lineAt(code, match.index + 1) });
  return found;
}

/** Blanks in place of comments, and of strings that hold a bracket: they are code to nobody, and no specifier has one. */
export function bareCode(text: string): string {
  return text.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (token) =>
    token.startsWith('/') || token.includes('(') ? token.replace(/[^\n]/g, ' ') : token,
  );
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

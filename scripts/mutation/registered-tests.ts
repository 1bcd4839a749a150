/**
 * Stands in the place of `node:test` while mutants are tried: it keeps the tests of a file in place of running them at once, so that
 * one process can run any of them again and again. It offers what the tests of core use, and no more: a file that imports another
 * name does not load.
 */

export interface RegisteredTest {
  /** `packages/core/src/json/read.test.ts: name of a suite: name of a test`; a name that comes again is counted. */
  readonly id: string;
  /** The file's path from the root of the workspace. */
  readonly file: string;
  readonly run: () => unknown;
}

const tests = new Map<string, RegisteredTest>();
let scope: { readonly file: string; readonly names: readonly string[] } | undefined;

/** Loads the test files one after the other, and returns their tests in order of appearance. */
export function registerTests(files: readonly string[], load: (file: string) => void): RegisteredTest[] {
  for (const file of files) {
    scope = { file, names: [] };
    load(file);
  }
  scope = undefined;
  return [...tests.values()];
}

type Body = () => unknown;

/** A test with a time limit is one of speed, on a large input: of what the code answers, the others know as much, and sooner. */
export function test(name: string, ...rest: readonly [Body] | readonly [{ readonly timeout: number }, Body]): void {
  if (rest.length === 2) return;
  const [run] = rest;
  const { file, names } = current();
  const plain = `${file}: ${[...names, name].join(': ')}`;
  let id = plain;
  for (let count = 2; tests.has(id); count++) id = `${plain} (${count})`;
  tests.set(id, { id, file, run });
}

export function describe(name: string, define: () => void): void {
  const outer = current();
  scope = { ...outer, names: [...outer.names, name] };
  define();
  scope = outer;
}

function current() {
  if (scope === undefined) throw new Error('a test was registered while no test file was loading');
  return scope;
}

/**
 * Runs the tests of core within Stryker's process: a process for each file and mutant, as `node --test` starts them, would take most
 * of a day.
 */
import { globSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { type RegisteredTest, registerTests } from './registered-tests.ts';

/** Those that need neither files nor servers. */
const TEST_FILES = ['packages/core/src/{json,keys,cct,mamba,tuf}/**/*.test.ts', 'tests/attacks/*/{tuf,cct}.test.ts'];
const WORKSPACE = join(import.meta.dirname, '..', '..');

/** Where instrumented code looks for the mutant to be, and counts what it passes. */
const instrumented: { [Member in keyof InstrumenterContext]: InstrumenterContext[Member] | undefined } = {};
Object.assign(globalThis, { __stryker__: instrumented });

export class InProcessTestRunner implements TestRunner {
  #tests: RegisteredTest[] | undefined;
  /** What each test took when it ran last, in ms. */
  readonly #spent = new Map<string, number>();

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  async dryRun({ coverageAnalysis, disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(this.#load(), disableBail);
    if (result.status !== DryRunStatus.Complete || coverageAnalysis === 'off') return result;
    return { ...result, mutantCoverage: instrumented.mutantCoverage ?? { static: {}, perTest: {} } };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, testFilter, sandboxFileName, hitLimit, disableBail } = options;
    if (mutantActivation === 'static') instrumented.activeMutant = activeMutant.id;
    let all: readonly RegisteredTest[];
    try {
      all = this.#load();
    } catch (error) {
      return { status: MutantRunStatus.Error, errorMessage: `no test loads: ${String(error)}` };
    }
    const wanted = testFilter === undefined ? all : all.filter(({ id }) => testFilter.includes(id));
    instrumented.activeMutant = activeMutant.id;
    instrumented.hitCount = hitLimit === undefined ? undefined : 0;
    instrumented.hitLimit = hitLimit;
    return toMutantRunResult(await this.#run(this.#likeliestFirst(wanted, sandboxFileName), disableBail));
  }

  /** Stryker makes the sandbox, a copy of the workspace, the working directory before the first run. */
  #load(): RegisteredTest[] {
    if (this.#tests !== undefined) return this.#tests;
    const sandbox = process.cwd();
    standInForNodeTest(sandbox);
    // The same inputs for every mutant; what fails need not be shrunk.
    fc.configureGlobal({ seed: 1, endOnFailure: true });
    const files = globSync(TEST_FILES).sort();
    const load = createRequire(import.meta.url);
    this.#tests = registerTests(files, (file) => load(join(sandbox, file)));
    return this.#tests;
  }

  /** The tests beside the mutated file fail first, as a rule; of the others, quick ones tell as much as slow ones. */
  #likeliestFirst(tests: readonly RegisteredTest[], mutated: string): RegisteredTest[] {
    const [own, folder] = [mutated.replace(/ts$/, 'test.ts'), dirname(mutated)];
    const distance = ({ file }: RegisteredTest): number => {
      const path = join(process.cwd(), file);
      return path === own ? 0 : dirname(path) === folder ? 1 : 2;
    };
    const spent = ({ id }: RegisteredTest): number => this.#spent.get(id) ?? 0;
    return tests.toSorted((a, b) => distance(a) - distance(b) || spent(a) - spent(b));
  }

  async #run(tests: readonly RegisteredTest[], disableBail: boolean): Promise<DryRunResult> {
    const results: TestResult[] = [];
    for (const { id, file, run } of tests) {
      instrumented.currentTestId = id;
      const started = performance.now();
      const failure = await failureOf(run);
      const timeSpentMs = performance.now() - started;
      this.#spent.set(id, timeSpentMs);
      const facts = { id, name: id, fileName: join(process.cwd(), file), timeSpentMs };
      const { hitCount, hitLimit } = instrumented;
      const endless = determineHitLimitReached(hitCount, hitLimit);
      if (endless !== undefined) return endless;
      if (failure === undefined) {
        results.push({ ...facts, status: TestStatus.Success });
      } else {
        results.push({ ...facts, status: TestStatus.Failed, failureMessage: failure });
        if (!disableBail) break;
      }
    }
    instrumented.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests: results };
  }
}

async function failureOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The links of node_modules lead to the workspace itself, past the sandbox in which the mutants are. */
function standInForNodeTest(sandbox: string): void {
  const standIn = pathToFileURL(join(import.meta.dirname, 'registered-tests.ts')).href;
  const [from, to] = [WORKSPACE, sandbox].map((root) => `${pathToFileURL(join(root, 'packages')).href}/`) as [
    string,
    string,
  ];
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === 'node:test') return { url: standIn, format: 'module-typescript', shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      return resolved.url.startsWith(from) ? { ...resolved, url: to + resolved.url.slice(from.length) } : resolved;
    },
  });
}

/** Runs files of tests, one process each, tells what failed, and closes with one line of counts. */
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type EventData, run } from 'node:test';
import { inspect } from 'node:util';

export const CHECKOUT = resolve(import.meta.dirname, '..');

export interface TestRun {
  /** Below the checkout. */
  readonly patterns: readonly string[];
  /** Parts of paths: a file is taken that holds one of them; all are where there is none. */
  readonly selected: readonly string[];
  /** Whether a skipped test is a failure, unless it misses fixtures that are not there. */
  readonly strict: boolean;
}

type Ended = EventData.TestPass | EventData.TestFail;

/** @returns whether there were tests and none failed */
export async function runTests({ patterns, selected, strict }: TestRun): Promise<boolean> {
  const files = globSync([...patterns], { cwd: CHECKOUT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) })
    .filter((file) => selected.length === 0 || selected.some((part) => file.includes(part)))
    .sort();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const fail = (test: Ended, why: string) => {
    counts.failed++;
    console.log(
      `✖ ${shown(test.file)}${isFile(test) ? '' : `:${test.line}: ${test.name}`}\n${why.replace(/^/gm, '    ')}`,
    );
  };
  const end = (test: Ended, why: string | undefined) => {
    if (why !== undefined) fail(test, why);
    else if (test.skip === undefined) counts.passed++;
    else if (strict && !missesFixtures(test)) fail(test, `skipped: ${test.skip}`);
    else counts.skipped++;
  };

  const stream = run({
    files: files.map((file) => join(CHECKOUT, file)),
    cwd: CHECKOUT,
    concurrency: availableParallelism(),
    execArgv: ['--conditions=antivenom-source', '--disable-warning=ExperimentalWarning'],
  });
  for await (const { type, data } of stream) {
    if (type === 'test:pass') {
      if (isFile(data)) fail(data, 'there is no test in it');
      else if (data.todo !== undefined) fail(data, 'left to do');
      // A suite is counted by its tests; one that is skipped tells nothing of them.
      else if (data.details.type !== 'suite' || data.skip !== undefined) end(data, undefined);
    } else if (type === 'test:fail') {
      const { error } = data.details;
      if (isFile(data)) fail(data, 'its process did not end well');
      else if (error.failureType !== 'subtestsFailed') end(data, inspect(error.cause ?? error));
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      process.stdout.write(data.message);
    } else if (type === 'test:summary' && data.file !== undefined) {
      const seconds = (data.duration_ms / 1000).toFixed(1);
      console.log(`${data.success ? '✔' : '✖'} ${shown(data.file)} (${data.counts.tests} in ${seconds} s)`);
    }
  }
  if (files.length === 0) console.log('no file of tests is of that name');
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return files.length > 0 && counts.failed === 0;
}

/** The process of a file is told like a test where it holds none, or where it ended badly. */
function isFile(test: Ended): boolean {
  return test.name === test.file;
}

function missesFixtures(test: Ended): boolean {
  return /fixtures/.test(String(test.skip)) && !existsSync(join(CHECKOUT, '../shared/fixtures'));
}

function shown(file: string | undefined): string {
  return file === undefined ? 'tests' : relative(CHECKOUT, file);
}

/** How the real libsolv prints match specs, beside our table of them and beside what we foretell. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { printMambaMatchSpec } from '@antivenom/core';
import { fixturesFolder, SeededRandom } from '@antivenom/testkit';

const library = process.env['ANTIVENOM_INTEROP_LIBSOLV'];
const options = library === undefined ? { skip: 'ANTIVENOM_INTEROP_LIBSOLV names no libsolv' } : {};
const folder = fixturesFolder();
const withFixtures = folder === undefined ? { skip: 'there are no fixtures beside the checkout' } : {};
const SEED = process.env['ANTIVENOM_SEED'] ?? 'match specs';

function printedByLibsolv(specs: readonly string[]): (string | null)[] {
  const python = process.env['ANTIVENOM_INTEROP_PYTHON'] ?? 'python3';
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'print_specs.py'), library ?? ''], {
    input: JSON.stringify(specs),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  const printed: (string | null)[] = JSON.parse(stdout);
  assert.equal(printed.length, specs.length);
  return printed;
}

/** @returns the specs that we foretell nothing of, though libsolv prints them */
function assertForetold(specs: readonly string[], source: string): string[] {
  const wrong: object[] = [];
  const unforetold: string[] = [];
  for (const [index, libsolv] of printedByLibsolv(specs).entries()) {
    const spec = specs[index] as string;
    const ours = printMambaMatchSpec(spec);
    if (ours === undefined && libsolv !== null) unforetold.push(spec);
    else if ((ours ?? null) !== libsolv) wrong.push({ spec, ours, libsolv });
  }
  assert.deepEqual(wrong.slice(0, 20), [], source);
  return unforetold;
}

/** Every `depends` and `constrains` below the value, wherever an index keeps them. */
function collect(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if ((name === 'depends' || name === 'constrains') && Array.isArray(member)) {
      for (const spec of member) if (typeof spec === 'string') into.add(spec);
    } else collect(member, into);
  }
}

/** Words of match specs in any order, half of them shaped like one. */
function randomSpec(random: SeededRandom): string {
  const version = () => random.pick(VERSIONS);
  const space = () => random.pick(['', '', ' ', ' ', '  ']);
  if (random.below(2) === 0) {
    const clauses = Array.from({ length: 1 + random.below(3) }, () => random.pick(OPERATORS) + space() + version());
    const list = clauses.reduce((left, right) => left + space() + random.pick([',', '|']) + space() + right);
    const build = random.below(3) === 0 ? random.pick([' ', '=', '  ', ' =', '= ']) + random.pick(BUILDS) : '';
    return random.pick(NAMES) + space() + list + build + space();
  }
  const words = [...NAMES, ...VERSIONS, ...OPERATORS, ...BUILDS, ...ODD];
  return Array.from({ length: random.below(9) }, () => random.pick(words)).join('');
}

const NAMES = ['python', 'NumPy', 'r-Base', '_x', 'c::Py', 'py*', '^a.*$', '7z', 'a[b', 'é', '*'];
const VERSIONS = ['1', '1.2.*', '3.10', '1!2', '1+l', '2a0', '*', '1-2', '^1.*$', '(1', '2)', '', '@', 'é'];
const OPERATORS = ['=', '==', '>=', '<=', '<', '>', '!=', '~=', '', '===', '=>', '!', '~'];
const BUILDS = ['0', 'py3_0', 'h*', '*_x', '^b$', 'a-b', 'B', '', 'a=b', 'ü'];
const ODD = [
  ' ',
  '  ',
  ',',
  '|',
  '[',
  ']',
  ':',
  '::',
  '\t',
  '\n',
  ';',
  '#',
  ' if ',
  "'",
  '"',
  '\\',
  '\u{a0}',
  '\u{1f40d}',
];

describe('libsolv', options, () => {
  test('prints the table as the table says', () => {
    const table = new URL('../../vectors/match-specs/table.json', import.meta.url);
    const rows: { spec: string; printed: string | null }[] = JSON.parse(readFileSync(table, 'utf8'));
    const printed = printedByLibsolv(rows.map(({ spec }) => spec));
    const wrong = rows
      .map((row, at) => ({ ...row, libsolv: printed[at] }))
      .filter((row) => row.printed !== row.libsolv);
    assert.deepEqual(wrong, []);
  });

  test('prints every dependency and constraint of the public indexes as we foretell', withFixtures, () => {
    const specs = new Set<string>();
    for (const path of globSync('**/*.json', { cwd: folder ?? '' })) {
      const content = readFileSync(join(folder ?? '', path), 'utf8');
      try {
        collect(JSON.parse(content), specs);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error; // deliberately broken ones among them
      }
    }
    assert.ok(specs.size > 3000, `${specs.size} specs`);
    assert.deepEqual(assertForetold([...specs], 'public indexes'), []);
  });

  test('prints 20,000 random specs as we foretell', () => {
    const random = new SeededRandom(SEED);
    const specs = [...new Set(Array.from({ length: 20_000 }, () => randomSpec(random)))];
    const unforetold = assertForetold(specs, `seed ${SEED}`);
    assert.deepEqual(unforetold, [], `seed ${SEED}`);
    assert.ok(specs.length > 10_000, `${specs.length} specs of seed ${SEED}`);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printMambaMatchSpec } from './match-spec.ts';

function prints(cases: readonly (readonly [text: string, printed: string | undefined])[]): void {
  for (const [text, printed] of cases) assert.equal(printMambaMatchSpec(text), printed, JSON.stringify(text));
}

test('prints a name alone in lower case, of ASCII letters only, and a pattern with a star for its version', () => {
  prints([
    ['Python', 'python'],
    ['python   ', 'python'],
    ['ÄPFEL', 'Äpfel'],
    ['py*', 'py* *'],
    ['^py.*$', '^py.*$ *'],
    ['conda-forge/linux-64::Python', 'python'],
  ]);
});

test('drops a specification without a name, and says nothing of what C strings cannot hold', () => {
  prints([
    ['', undefined],
    ['   ', undefined],
    ['>=1', undefined],
    [' python', undefined],
    ['conda-forge::', undefined],
    ['a\0b', undefined],
    ['a\ud800', undefined],
  ]);
});

test('sets one space between name and version, and none within the version', () => {
  prints([
    ['x>=2.0', 'x >=2.0'],
    ['x   >= 2.0 , < 3 ', 'x >=2.0,<3'],
    ['x 1.*|2', 'x 1.*|2'],
    ['x ~=1.1', 'x ~=1.1'],
    ['x !=1.0', 'x !=1.0'],
    ['x 1.2 -3', 'x 1.2-3'],
  ]);
});

test('takes what follows the last space or equals sign for the build', () => {
  prints([
    ['x 1.8 py_0', 'x 1.8 py_0'],
    ['x 1.8=py_0', 'x 1.8 py_0'],
    ['x=1.8=*_cpython', 'x 1.8 *_cpython'],
    ['x 1 = b', 'x 1  b'],
    ['x >=1,<2 b*', 'x >=1,<2 b*'],
  ]);
});

test('translates equals signs as libsolv does, brackets included', () => {
  prints([
    ['x ==1', 'x 1'],
    ['x ==1 b', 'x ==1 b'],
    ['x =1', 'x 1*'],
    ['x=1', 'x 1*'],
    ['x =1 b', 'x 1 b'],
    ['x =1|2', 'x =1|2'],
    ['x ==', 'x '],
    ['x =', 'x *'],
    ['x[version=1]', 'x[version 1]*'],
  ]);
});

test('prints in the same way what it printed, whatever spaces the specification came with', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abZ019._*'), minLength: 1, maxLength: 5 });
  const space = fc.constantFrom('', ' '); // two behind an operator make what follows a build
  const clause = fc
    .tuple(fc.constantFrom('>=', '<=', '>', '<', '!=', '~='), space, word)
    .map((parts) => parts.join(''));
  const clauses = fc.array(clause, { minLength: 1, maxLength: 3 });
  const version = fc
    .tuple(clauses, space, fc.constantFrom(',', '|'))
    .map(([list, gap, or]) => list.join(gap + or + gap));
  const build = fc.oneof(
    fc.constant(''),
    word.map((text) => ` ${text}`),
  );
  fc.assert(
    fc.property(word, space, version, build, (name, gap, constraint, wanted) => {
      const printed = printMambaMatchSpec(`${name}${gap}${constraint}${wanted}`);
      assert.equal(printed, `${name.toLowerCase()} ${constraint.replaceAll(' ', '')}${wanted}`);
      assert.equal(printMambaMatchSpec(printed), printed);
    }),
    { numRuns: 2000 },
  );
});

test('holds one space before the version and, of spaces, at most those of the build', () => {
  const letter = fc.constantFrom(...'abZ01.-=*| ,<>~!^:');
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 20 }), (text) => {
      const printed = printMambaMatchSpec(text);
      if (printed === undefined) return;
      const [name = '', version] = printed.split(' ');
      assert.match(name, /^[^ =<>!~A-Z:]+$/);
      assert.ok(version !== undefined || printed === name);
    }),
    { numRuns: 2000 },
  );
});

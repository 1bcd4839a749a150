import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { layerViolations, MAY_IMPORT } from './layers.ts';

const NODE_MANIFEST = { name: '@antivenom/node', exports: { '.': '' }, dependencies: { '@antivenom/core': '1' } };
const CLIENT_MANIFEST = { ...NODE_MANIFEST, name: '@antivenom/client' };

/** A checkout of three packages in which nothing is wrong but what the given files say. */
function violations(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const checkout = mkdtempSync(join(tmpdir(), 'antivenom-layers-'));
  t.after(() => rmSync(checkout, { recursive: true }));
  const good = {
    'packages/core/package.json': JSON.stringify({ name: '@antivenom/core', exports: { '.': '' } }),
    'packages/core/src/index.ts': "export { read } from './read.ts';\n",
    'packages/core/src/read.ts': "import { parse } from 'yaml';\nexport const read = parse;\n",
    'packages/node/package.json': JSON.stringify(NODE_MANIFEST),
    'packages/node/src/index.ts': "import {\n  type Read,\n  read,\n} from '@antivenom/core';\nimport 'node:fs';\n",
    'packages/client/package.json': JSON.stringify(CLIENT_MANIFEST),
    'packages/client/src/index.ts': "// import { x } from '@antivenom/signers';\nconst url = 'https://a.example';\n",
    'tests/e2e/a.test.ts': "import { read } from '@antivenom/core';\nimport 'node:test';\n",
  };
  for (const [path, text] of Object.entries({ ...good, ...files })) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    writeFileSync(join(checkout, path), text);
  }
  return layerViolations(checkout);
}

test('finds nothing wrong where nothing is', (t) => {
  assert.deepEqual(violations(t, {}), []);
});

const CASES: [what: string, path: string, text: string, message: string][] = [
  ['a file of Node in core', 'packages/core/src/x.ts', "import 'node:fs';", 'x.ts:1: core imports nothing but'],
  ['another package in core', 'packages/core/src/x.ts', "import 'leftpad';", 'x.ts:1: core imports nothing but'],
  [
    'a type of an upper layer',
    'packages/node/src/x.ts',
    "import type { A } from '@antivenom/client';",
    'not import client',
  ],
  [
    'an import over several lines',
    'packages/node/src/x.ts',
    "\nimport {\n  a,\n} from '@antivenom/client';",
    'x.ts:2: node may',
  ],
  [
    'a re-export of an upper layer',
    'packages/node/src/x.ts',
    "export { a } from '@antivenom/client';",
    'not import client',
  ],
  [
    'an import when it is used',
    'packages/node/src/x.ts',
    "\nconst a = await import('@antivenom/client');",
    'x.ts:2: node may',
  ],
  ['the type of an import', 'packages/node/src/x.ts', "type A = import('@antivenom/client').A;", 'not import client'],
  ['a computed import', 'packages/client/src/x.ts', 'const a = await import(name);', 'x.ts:1: a computed import'],
  ['require', 'packages/core/src/x.ts', "const a = require('node:fs');", 'core imports nothing but'],
  [
    'a package entered by a file',
    'packages/node/src/x.ts',
    "import '@antivenom/core/src/read.ts';",
    'through its exports',
  ],
  ['the same in a test', 'tests/e2e/x.test.ts', "import '@antivenom/core/dist/read.js';", 'through its exports'],
  ['a path into another package', 'packages/node/src/x.ts', "import '../../core/src/read.ts';", 'of another package'],
  ['the same in a test', 'tests/e2e/x.test.ts', "import '../../packages/core/src/read.ts';", 'of another package'],
  [
    'a path out of the packages',
    'packages/node/src/x.ts',
    "import '../../../tests/e2e/a.test.ts';",
    'of another package',
  ],
  ['a file that is not there', 'packages/node/src/x.ts', "import './gone.ts';", 'gone.ts is not there'],
  [
    'the clock',
    'packages/client/src/x.ts',
    '\nconst now = Date.now();',
    'x.ts:2: client gets Date.now( as an argument',
  ],
  [
    'the environment',
    'packages/client/src/x.ts',
    "const a = process.env['A'];",
    'client gets process.env as an argument',
  ],
  [
    'a dependency on an upper layer',
    'packages/node/package.json',
    JSON.stringify({ ...NODE_MANIFEST, dependencies: { '@antivenom/client': '1', '@antivenom/core': '1' } }),
    'node may not depend on client',
  ],
  ['a package that the table lacks', 'packages/new/package.json', '{"name": "new"}', 'not in the table'],
  ['a file that imports itself', 'packages/core/src/x.ts', "import './x.ts';", 'a circle of imports'],
];

for (const [what, path, text, message] of CASES) {
  test(`finds ${what}: ${path.replace(/^.*\//, '')} with ${text.trim().slice(0, 60)}`, (t) => {
    const found = violations(t, { [path]: text });
    assert.equal(found.length, 1, found.join('\n'));
    assert.ok(found[0]?.includes(message), found[0]);
  });
}

test('finds a dependency that is used and not declared', (t) => {
  const found = violations(t, {
    'packages/client/package.json': JSON.stringify({ ...CLIENT_MANIFEST, dependencies: {} }),
    'packages/client/src/x.ts': "import '@antivenom/core';",
  });
  assert.deepEqual(found, ['packages/client/src/x.ts:1: @antivenom/core is missing in the dependencies of client']);
});

test('finds a circle of files once, also of types alone', (t) => {
  const found = violations(t, {
    'packages/core/src/a.ts': "import type { B } from './b.ts';",
    'packages/core/src/b.ts': "import { c } from './c.ts';",
    'packages/core/src/c.ts': "import './a.ts';",
  });
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(found[0] ?? '', /a circle of imports: \S+a\.ts → \S+b\.ts → \S+c\.ts → \S+a\.ts$/);
});

test('the table itself has no circle: a package imports only those above it', () => {
  const above: string[] = [];
  for (const [pkg, imports] of MAY_IMPORT) {
    assert.deepEqual(
      imports.filter((imported) => !above.includes(imported)),
      [],
      pkg,
    );
    above.push(pkg);
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { object, RecordSignatures, scanRepodata, signRecord, TrustedCctChain } from '@antivenom/core';
import { CctRepository, cctTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = cctTestEnv(NOW);
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Puts a member into the signed part without touching its signature: the parser must refuse it before that is looked at. */
function withMember(file: string, member: string): string {
  const text = file.replace('"signed": {', `"signed": {${member},`);
  assert.notEqual(text, file);
  return text;
}

/** Each trick with a file, by what it does to it. */
function tricks(file: string): Map<string, Uint8Array> {
  const invalid = bytesOf(withMember(file, '"x": "?"'));
  invalid[invalid.indexOf(0x3f)] = 0xff;
  return new Map([
    ['a duplicate key', bytesOf(withMember(file, '"version": 7'))],
    ['a duplicate key behind an escape', bytesOf(withMember(file, '"\\u0076ersion": 7'))],
    ['a duplicate outermost key', bytesOf(file.replace('{', '{"signed": {},'))],
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf(file)])],
    ['invalid UTF-8', invalid],
    ['an overlong form', bytesOf(withMember(file, '"x": "?"')).map((byte) => (byte === 0x3f ? 0xc0 : byte))],
    ['a lone surrogate', bytesOf(withMember(file, '"x": "\\ud800"'))],
    ['a lone low surrogate as a key', bytesOf(withMember(file, '"\\udc00": 1'))],
    ['a number that overflows', bytesOf(withMember(file, '"x": 1e999'))],
    ['NaN', bytesOf(withMember(file, '"x": NaN'))],
    ['a number with a leading zero', bytesOf(withMember(file, '"x": 01'))],
    ['a comment', bytesOf(withMember(file, '/* */ "x": 1'))],
    ['trailing data', bytesOf(`${file}{}`)],
    ['a NUL at the end', bytesOf(`${file}\0`)],
    ['nesting 10^5 deep', bytesOf(withMember(file, `"x": ${'['.repeat(100_000)}${']'.repeat(100_000)}`))],
    ['nesting 10^5 deep that never closes', bytesOf(withMember(file, `"x": ${'{"a":'.repeat(100_000)}`))],
  ]);
}

describe('CCT parser-cheat', () => {
  test('refuses a root and a key_mgr that two parsers could read in two ways', async () => {
    const repository = new CctRepository(NOW);
    const root = new TextDecoder().decode(await repository.rootFile());
    assert.equal(TrustedCctChain.fromRoot(bytesOf(root), env).root.version, 1);
    for (const [trick, file] of tricks(root)) {
      assert.throws(() => TrustedCctChain.fromRoot(file, env), { code: 'malformed' }, trick);
    }
    const keyMgr = new TextDecoder().decode(await repository.keyMgrFile());
    const chain = TrustedCctChain.fromRoot(bytesOf(root), env);
    chain.finishRoots();
    for (const [trick, file] of tricks(keyMgr)) {
      assert.throws(() => chain.setKeyMgr(file), { code: 'malformed' }, trick);
      assert.equal(chain.keyMgr, undefined, 'nothing was kept');
    }
    chain.setKeyMgr(bytesOf(keyMgr));
    assert.equal(chain.keyMgr?.version, 1);
  });

  test('gives no role and no key to a name that means something to JavaScript', async () => {
    const root = new TextDecoder().decode(await new CctRepository(NOW).rootFile());
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const moved = root.replace('"key_mgr": {', `"${name}": {`);
      assert.throws(() => TrustedCctChain.fromRoot(bytesOf(moved), env), { code: 'malformed', message: /key_mgr/ });
    }
    const signer = root.replace(/"signatures": \{\s*"[0-9a-f]{64}"/, '"signatures": {"__proto__"');
    assert.notEqual(signer, root);
    assert.throws(() => TrustedCctChain.fromRoot(bytesOf(signer), env), { code: 'threshold-not-met' });
  });

  test('judges a record of any name by its own bytes', async () => {
    const repository = new CctRepository(NOW);
    const chain = await repository.chain(env);
    const [signer] = repository.pkgMgr.signers;
    const key = Buffer.from(signer!.publicKey.bytes).toString('hex');
    for (const name of ['__proto__', 'constructor', 'a']) {
      const record = object({ build: '0', name, subdir: 'noarch', version: '1' });
      const signature = await signRecord(record, signer!);
      const file = `${name}-1-0.conda`;
      const text = (second: string) =>
        `{"packages.conda": {"${file}": {"build": "0", "name": "${name}", "subdir": "noarch"${second}, "version": "1"}},
          "signatures": {"${file}": {"${key}": {"signature": "${signature}"}}}}`;
      const verdictOf = (index: string) => {
        const repodata = scanRepodata(bytesOf(index), env.limits.json);
        const [slice] = repodata.records;
        const signatures = new RecordSignatures(repodata).of(file);
        const question = { subdir: 'noarch', file, map: slice!.map, checkNames: true, signatures };
        return chain.checkRecord({ ...question, record: repodata.record(slice!) }).status;
      };
      assert.equal(verdictOf(text('')), 'signed');
      assert.throws(() => verdictOf(text(', "name": "evil"')), { code: 'malformed' });
      assert.throws(() => verdictOf(text(', "\\u006eame": "evil"')), { code: 'malformed' });
      assert.equal(verdictOf(text(', "__proto__": {"name": "evil"}')), 'refused');
      const twice = text('').replace('"signatures": {', `"signatures": {"${file}": {}, `);
      assert.throws(() => verdictOf(twice), { code: 'malformed' });
    }
  });
});

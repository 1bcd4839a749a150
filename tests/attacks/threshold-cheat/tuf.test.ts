import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  JsonNumber,
  type JsonObject,
  type JsonValue,
  readJson,
  signTuf,
  TrustedMetadata,
  writeJson,
} from '@antivenom/core';
import { nodeCrypto } from '@antivenom/node';
import { seededSigner, TufRepository, tufTestEnv } from '@antivenom/testkit';

const NOW = Date.UTC(2026, 0, 12);
const env = tufTestEnv(NOW);
const root = seededSigner('root');

function at(value: JsonValue | undefined, ...path: string[]): JsonObject {
  for (const name of path) value = (value as JsonObject).get(name);
  return value as JsonObject;
}

/** A root whose signed part was changed by somebody who has the root key, signed anew. */
async function rootWith(change: (signed: JsonObject) => void): Promise<Uint8Array> {
  const signed = at(readJson(await new TufRepository(NOW).rootFile(), env.limits.json), 'signed');
  change(signed);
  return signTuf(signed, [root], nodeCrypto);
}

/** The same file with its list of signatures changed. */
function withSignatures(file: Uint8Array, change: (signatures: JsonObject[]) => void): Uint8Array {
  const document = readJson(file, env.limits.json) as JsonObject;
  change(document.get('signatures') as JsonObject[]);
  return writeJson(document);
}

describe('TUF threshold-cheat', () => {
  test('refuses a threshold that is no whole number from 1 to 2^53-1', async () => {
    for (const literal of ['0', '-1', '-0', '1.0', '1e0', '9007199254740992', '9007199254740993', '1e999']) {
      const cheat = JSON.stringify(literal);
      const file = await rootWith((signed) => at(signed, 'roles', 'timestamp').set('threshold', new JsonNumber('1')));
      // By text, since the canonical writer would refuse some of these on the way out.
      const text = new TextDecoder().decode(file).replace('"threshold":1', `"threshold":${literal}`);
      assert.throws(() => TrustedMetadata.fromRoot(new TextEncoder().encode(text), env), { code: 'malformed' }, cheat);
    }
    for (const wrong of ['1', null, true, []]) {
      const file = await rootWith((signed) => at(signed, 'roles', 'timestamp').set('threshold', wrong));
      assert.throws(() => TrustedMetadata.fromRoot(file, env), { code: 'malformed' });
    }
    for (const right of ['1', '9007199254740991']) {
      const file = await rootWith((signed) => at(signed, 'roles', 'timestamp').set('threshold', new JsonNumber(right)));
      assert.equal(TrustedMetadata.fromRoot(file, env).root.roles.timestamp.threshold, Number(right));
    }
  });

  test('refuses a version that is no whole number from 1 to 2^53-1', async () => {
    const file = new TextDecoder().decode(await rootWith(() => {}));
    for (const literal of ['0', '-1', '2.0', '1e0', '"2"', '9007199254740993']) {
      const text = file.replace('"version":1', `"version":${literal}`);
      assert.notEqual(text, file);
      assert.throws(
        () => TrustedMetadata.fromRoot(new TextEncoder().encode(text), env),
        { code: 'malformed' },
        literal,
      );
    }
  });

  test('counts one key once, whatever ids it stands under', async () => {
    const asTwo = (threshold: string) =>
      rootWith((signed) => {
        const [[id, key] = []] = [...at(signed, 'keys')].filter(([id]) =>
          (at(signed, 'roles', 'root').get('keyids') as string[]).includes(id),
        );
        // The same 32 bytes, once more in capitals.
        const keyval = new Map([['public', (at(key, 'keyval').get('public') as string).toUpperCase()]]);
        at(signed, 'keys').set('second', new Map(key as JsonObject).set('keyval', keyval));
        at(signed, 'roles', 'root').set('keyids', [id!, 'second']).set('threshold', new JsonNumber(threshold));
      });
    const signTwice = (file: Uint8Array) =>
      withSignatures(file, (signatures) => signatures.push(new Map(signatures[0]).set('keyid', 'second')));
    const two = signTwice(await asTwo('2'));
    assert.throws(() => TrustedMetadata.fromRoot(two, env), { code: 'threshold-not-met', message: /1 of the 2/ });
    const one = signTwice(await asTwo('1'));
    assert.equal(TrustedMetadata.fromRoot(one, env).root.version, 1);
  });

  test('refuses a key id that stands twice in a role, or signs twice', async () => {
    const listed = await rootWith((signed) => {
      const role = at(signed, 'roles', 'root');
      const [id] = role.get('keyids') as string[];
      role.set('keyids', [id!, id!]).set('threshold', new JsonNumber('2'));
    });
    assert.throws(() => TrustedMetadata.fromRoot(listed, env), { code: 'malformed' });
    const signed = withSignatures(await rootWith(() => {}), (signatures) => signatures.push(new Map(signatures[0])));
    assert.throws(() => TrustedMetadata.fromRoot(signed, env), { code: 'malformed' });
  });

  test('counts no key of another role, no unknown key, no key of an unknown scheme', async () => {
    const repository = new TufRepository(NOW);
    repository.root.threshold = 2;
    repository.root.signers = [root, seededSigner('second')];
    const good = await repository.rootFile();
    assert.equal(TrustedMetadata.fromRoot(good, env).root.version, 1);

    const signed = at(readJson(good, env.limits.json), 'signed');
    for (const other of ['timestamp', 'nobody']) {
      const file = await signTuf(signed, [root, seededSigner(other)], nodeCrypto);
      assert.throws(() => TrustedMetadata.fromRoot(file, env), { code: 'threshold-not-met' });
    }
    for (const key of at(signed, 'keys').values()) at(key).set('scheme', 'none');
    const unknown = await signTuf(signed, repository.root.signers, nodeCrypto);
    assert.throws(() => TrustedMetadata.fromRoot(unknown, env), { code: 'threshold-not-met' });
  });

  test('takes an empty signature for one that is still to come, and garbage for a bad one', async () => {
    const repository = new TufRepository(NOW);
    repository.root.signers = [root, seededSigner('second')];
    const file = await repository.rootFile();
    const put = (sig: string) => withSignatures(file, (signatures) => signatures[1]!.set('sig', sig));
    for (const sig of ['', 'zz', 'abc', '00']) {
      assert.equal(TrustedMetadata.fromRoot(put(sig), env).root.version, 1, 'one good signature is enough here');
    }
    repository.root.threshold = 2;
    const strict = await repository.rootFile();
    const putStrict = (sig: string) => withSignatures(strict, (signatures) => signatures[1]!.set('sig', sig));
    assert.throws(() => TrustedMetadata.fromRoot(putStrict(''), env), { code: 'threshold-not-met' });
    for (const sig of ['zz', 'abc', '00', '00'.repeat(64)]) {
      assert.throws(() => TrustedMetadata.fromRoot(putStrict(sig), env), { code: 'bad-signature' });
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Access, type AccessRules } from './access.ts';
import { Problem } from './problem-document.ts';

const TOKEN = '0123456789abcdef';
const LOOPBACK: AccessRules = { listen: '127.0.0.1', names: [], tokens: [] };

function status(rules: AccessRules, headers: Record<string, string>, token?: string): number {
  try {
    new Access(rules).check({ headers }, token);
    return 200;
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.doesNotMatch(error.body, /evil|0123/);
    return error.status;
  }
}

test('answers on loopback to addresses, localhost and the names it was given, and to no other', () => {
  for (const listen of ['127.0.0.1', '::1', 'localhost']) {
    const rules = { ...LOOPBACK, listen, names: ['Gateway.example'] };
    for (const host of [
      '127.0.0.1:8480',
      '[::1]:8480',
      'localhost',
      'LOCALHOST:1',
      'gateway.example:443',
      '10.0.0.7',
    ]) {
      assert.equal(status(rules, { host }), 200, host);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'x@evil',
      '',
      'a b',
      '[::1',
    ]) {
      assert.equal(status(rules, { host }), 421, host);
    }
    assert.equal(status(rules, {}), 421);
  }
});

test('answers elsewhere to every name, until it is given one', () => {
  const open = { ...LOOPBACK, listen: '0.0.0.0' };
  assert.equal(status(open, { host: 'any.example' }), 200);
  assert.equal(status({ ...open, names: ['gateway.example'] }, { host: 'any.example' }), 421);
});

test('takes a token from the path, as a bearer token, a password or a user, and nothing else for one', () => {
  const rules = { ...LOOPBACK, tokens: ['another-token-of-16', TOKEN] };
  const host = '127.0.0.1';
  const basic = (text: string) => ({ host, authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  assert.equal(status(rules, { host }, TOKEN), 200);
  assert.equal(status(rules, { host, authorization: `bearer ${TOKEN}` }), 200);
  assert.equal(status(rules, basic(`user:${TOKEN}`)), 200);
  assert.equal(status(rules, basic(`${TOKEN}:`)), 200);
  for (const authorization of ['', TOKEN, `Digest ${TOKEN}`, 'Bearer ', `Bearer ${TOKEN}0`, `Bearer ${TOKEN} x`]) {
    assert.equal(status(rules, { host, authorization }), 401, authorization);
  }
  assert.equal(status(rules, basic(TOKEN)), 401);
  assert.equal(status(rules, basic(`${TOKEN}:wrong`)), 401);
  assert.equal(status(rules, { host }, TOKEN.slice(1)), 401);
  assert.equal(status(rules, { host: 'evil.example' }, TOKEN), 421);
});

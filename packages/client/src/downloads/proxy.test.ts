import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicCredentials, type Environment, proxyChoice } from './proxy.ts';

const choose = (environment: Environment, url: string) => proxyChoice(environment)(new URL(url))?.host;

test('each scheme has its proxy, the small spelling first, and a bare host is http', () => {
  const environment = { HTTP_PROXY: 'http://a.test:1', HTTPS_PROXY: 'b.test:2', https_proxy: 'https://c.test:3' };
  assert.equal(choose(environment, 'http://x.test/'), 'a.test:1');
  assert.equal(choose(environment, 'https://x.test/'), 'c.test:3');
  assert.equal(choose({ HTTPS_PROXY: 'b.test:2' }, 'https://x.test/'), 'b.test:2');
  assert.equal(choose({ HTTPS_PROXY: 'b.test:2' }, 'http://x.test/'), undefined);
  assert.equal(choose({ HTTPS_PROXY: 'b.test:2', https_proxy: '' }, 'https://x.test/'), undefined);
});

test('this machine is reached without a proxy', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    assert.equal(choose({ HTTP_PROXY: 'http://a.test:1' }, `http://${host}:8000/`), undefined);
});

test('NO_PROXY names hosts, domains, ports, addresses and ranges', () => {
  for (const [entry, without, within] of [
    ['*', ['http://any.test/'], []],
    [
      'x.test',
      ['http://x.test/', 'http://a.x.test/', 'http://X.test:8080/'],
      ['http://ax.test/', 'http://x.test.evil/'],
    ],
    ['.x.test', ['http://a.x.test/'], ['http://ax.test/']],
    ['*.x.test', ['http://a.x.test/'], ['http://ax.test/']],
    ['x.test:8080', ['http://x.test:8080/'], ['http://x.test/']],
    ['x.test:80', ['http://x.test/'], ['http://x.test:8080/']],
    ['10.1.2.3', ['http://10.1.2.3/'], ['http://10.1.2.4/', 'http://a.10.1.2.3.test/']],
    ['10.0.0.0/8', ['http://10.9.9.9/'], ['http://11.0.0.1/', 'http://x.test/']],
    ['fd00::/8', ['http://[fd12::1]/'], ['http://[fe00::1]/', 'http://10.0.0.1/']],
    ['fd00::1', ['http://[fd00::1]/'], ['http://[fd00::2]/']],
    ['[fd00::1]:80', ['http://[fd00::1]/'], ['http://[fd00::1]:81/']],
    ['a.test, b.test  c.test', ['http://a.test/', 'http://b.test/', 'http://c.test/'], ['http://d.test/']],
    ['10.0.0.0/99,/8,:80,', [], ['http://10.0.0.1/']],
  ] as const) {
    const environment = { http_proxy: 'http://a.test:1', no_proxy: entry };
    for (const url of without) assert.equal(choose(environment, url), undefined, `${entry} ${url}`);
    for (const url of within) assert.equal(choose(environment, url), 'a.test:1', `${entry} ${url}`);
  }
});

test('user and password are sent as they are meant, not as the address escapes them', () => {
  const header = (url: string) => {
    const credentials = basicCredentials(new URL(url));
    return credentials && Buffer.from(credentials.replace('Basic ', ''), 'base64').toString();
  };
  assert.equal(header('http://zoe:p%40ss%3A%C3%A9@x.test'), 'zoe:p@ss:é');
  assert.equal(header('http://zoe@x.test'), 'zoe:');
  assert.equal(header('http://zoe:100%@x.test'), 'zoe:100%');
  assert.equal(header('http://x.test'), undefined);
});

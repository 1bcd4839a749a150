import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelUrlKey, holdsCredentials } from './channel-url.ts';

test('spellings of one channel have one key', () => {
  for (const url of [
    'https://channel.example/good',
    'https://channel.example/good/',
    'https://channel.example:443/good//',
    'HTTPS://Channel.Example/good',
    'https://user:pass@channel.example/good',
    'https://channel.example/t/abc-123/good',
  ]) {
    assert.equal(channelUrlKey(url), 'https://channel.example/good', url);
  }
});

test('other ports, schemes and letter case of the path are other channels', () => {
  const keys = [
    'https://a.example/x',
    'http://a.example/x',
    'https://a.example:8443/x',
    'https://a.example/X',
    'https://a.example',
  ].map(channelUrlKey);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(channelUrlKey('file:///srv/channel/'), 'file:///srv/channel');
});

test('what is no channel address has no key', () => {
  for (const url of [
    '',
    'conda-forge',
    '/srv/channel',
    'ftp://a.example/x',
    'https://a.example/x?y',
    'https://a/x#y',
  ]) {
    assert.equal(channelUrlKey(url), undefined, url);
  }
});

test('a user, a password or a token is a credential', () => {
  assert.ok(holdsCredentials('https://user@a.example/x'));
  assert.ok(holdsCredentials('https://a.example/t/abc/x'));
  assert.ok(!holdsCredentials('https://a.example/tea/abc'));
});

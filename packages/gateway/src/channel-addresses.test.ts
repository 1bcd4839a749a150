import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelAddresses, likelyChannel } from './channel-addresses.ts';

const addresses = new ChannelAddresses([
  { name: 'forge', url: 'https://conda.example/forge', isVerified: true },
  { name: 'dev', url: 'https://conda.example/forge/label/dev', isVerified: true },
  { name: 'plain', url: 'http://10.0.0.1:8000', isVerified: true },
]);

function targetOf(address: string): string | undefined {
  return addresses.find(new URL(address))?.target;
}

test('an address names a file of the channel that it stands below, by whole segments, the longest', () => {
  assert.equal(targetOf('https://conda.example/forge/noarch/repodata.json'), '/forge/noarch/repodata.json');
  assert.equal(targetOf('https://conda.example/forge/label/dev/noarch/a-1-0.conda'), '/dev/noarch/a-1-0.conda');
  assert.equal(targetOf('http://10.0.0.1:8000/linux-64/a-1-0.conda'), '/plain/linux-64/a-1-0.conda');
  assert.equal(targetOf('https://conda.example:443/forge/noarch/repodata.json?x'), '/forge/noarch/repodata.json');
});

test('a token and credentials in an address say nothing of what it names', () => {
  const address = 'https://user:pass@conda.example/t/secret/forge/noarch/a-1!2%2B3-0.conda';
  assert.equal(targetOf(address), '/forge/noarch/a-1!2%2B3-0.conda');
});

test('what is in no channel is not found: other schemes, ports, hosts, neighbours, and deeper channels', () => {
  for (const address of [
    'http://conda.example/forge/noarch/repodata.json',
    'https://conda.example:8443/forge/noarch/repodata.json',
    'https://conda.example/forge-evil/noarch/repodata.json',
    'https://conda.example.evil/forge/noarch/repodata.json',
    'https://conda.example/forge/../evil/noarch/repodata.json',
    'https://conda.example/forge/%2e%2e/evil/noarch/repodata.json',
    'https://conda.example/forge/label/other/noarch/repodata.json',
    'https://conda.example/forge',
    'https://conda.example/',
  ]) {
    assert.equal(targetOf(address), undefined, address);
  }
});

test('clients with mirror settings ask for paths of the gateway itself', () => {
  const found = addresses.ofTarget('/forge/noarch/a-1-0.conda');
  assert.equal(found?.url.href, 'https://conda.example/forge/noarch/a-1-0.conda');
  for (const target of ['/other/noarch/a-1-0.conda', '/api/v1/channels/forge', '/healthz', '/forge/../x', '/']) {
    assert.equal(addresses.ofTarget(target), undefined, target);
  }
});

test('the channel of an address that is refused is told without secrets', () => {
  const cases = [
    ['https://u:p@h.example/t/secret/forge/noarch/repodata.json', 'https://h.example/forge'],
    ['https://h.example/forge/noarch/a-1-0.tar.bz2', 'https://h.example/forge'],
    ['http://pypi.example/simple/', 'http://pypi.example/simple'],
    ['https://h.example:8443', 'https://h.example:8443'],
  ] as const;
  for (const [address, channel] of cases) assert.equal(likelyChannel(new URL(address)), channel);
});

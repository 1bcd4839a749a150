import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressClass, addressClass, hostClass, mayLead } from './address-class.ts';

const ADDRESSES: Readonly<Record<AddressClass, readonly string[]>> = {
  loopback: [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::127.0.0.1',
  ],
  'link-local': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', 'febf::1', '::ffff:169.254.169.254'],
  private: [
    ...[
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '100.64.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '2002:7f00:1::',
      '2001:0:1::',
      '::ffff:10.1.2.3',
      '64:ff9b::10.0.0.1',
      '::192.168.0.1',
    ],
  ],
  public: [
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::8.8.8.8',
    '2001:4860::8',
  ],
};

test('addresses are classed as the registries of special-purpose addresses have them', () => {
  for (const [wanted, addresses] of Object.entries(ADDRESSES))
    for (const address of addresses) assert.equal(addressClass(address), wanted, address);
});

test('hosts are classed by their spelling', () => {
  for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '[::1]', '127.0.0.1'])
    assert.equal(hostClass(host), 'loopback', host);
  for (const host of ['notlocalhost', 'localhost.example', 'channel.example'])
    assert.equal(hostClass(host), 'public', host);
});

test('a redirect leads to the public or to where it came from', () => {
  const classes = Object.keys(ADDRESSES) as AddressClass[];
  for (const from of classes)
    for (const to of classes) assert.equal(mayLead(from, to), to === 'public' || from === to, `${from} to ${to}`);
});

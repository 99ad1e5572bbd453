import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inNetwork, networkError, parseAddress, parseNetwork } from './network.ts';

function holds(network: string, address: string): boolean {
  const parsed = parseNetwork(network);
  assert.ok(parsed, network);
  const one = parseAddress(address);
  return one !== null && inNetwork(one, parsed);
}

test('IPv4 networks', () => {
  assert.ok(holds('10.0.0.0/8', '10.255.1.2'));
  assert.ok(!holds('10.0.0.0/8', '11.0.0.0'));
  assert.ok(holds('192.168.1.128/25', '192.168.1.200'));
  assert.ok(!holds('192.168.1.128/25', '192.168.1.127'));
  assert.ok(holds('0.0.0.0/0', '8.8.8.8'));
  assert.ok(holds('127.0.0.1', '127.0.0.1'));
  assert.ok(holds('10.1.2.3/8', '10.200.0.1'), 'bits behind the prefix do not count');
});

test('IPv6 networks, in every way to write an address', () => {
  assert.ok(holds('fe80::/10', 'FE80::1'));
  assert.ok(holds('fc00::/7', 'fdff:ffff::'));
  assert.ok(!holds('fc00::/7', 'fe00::'));
  assert.ok(holds('::1/128', '0:0:0:0:0:0:0:1'));
  assert.ok(holds('2001:db8::/33', '2001:db8:7fff::1'));
  assert.ok(!holds('2001:db8::/33', '2001:db8:8000::1'));
});

test('IPv4-mapped IPv6 matches IPv4; plain IPv4 is in no IPv6 network', () => {
  assert.ok(holds('10.0.0.0/8', '::ffff:10.1.2.3'));
  assert.ok(holds('10.0.0.0/8', '::FFFF:a01:203'));
  assert.ok(!holds('10.0.0.0/8', '::10.1.2.3'));
  assert.ok(!holds('::/0', '10.1.2.3'));
  assert.ok(holds('::/0', '::ffff:10.1.2.3'));
});

test('what is no address matches nothing', () => {
  const texts = [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.1:80',
    ' 10.0.0.1',
    '10.0.0.1/32',
    'fe80::1%eth0',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    'g::',
  ];
  for (const text of texts) assert.equal(parseAddress(text), null, text);
  assert.ok(!holds('0.0.0.0/0', 'host.example'));
});

test(':: stands for one group or more', () => {
  assert.deepEqual([...(parseAddress('1:2:3:4:5:6:7::')?.groups ?? [])], [1, 2, 3, 4, 5, 6, 7, 0]);
  assert.equal(parseAddress('1:2:3:4:5:6:7:8::'), null);
});

test('what is no network is named', () => {
  for (const text of ['', '10.0.0.0/33', '::/129', '10.0.0.0/', 'x/8', '10.*', '10.0.0.0/8/8']) {
    assert.match(networkError(text) ?? '', /is no network like 10\.0\.0\.0\/8/);
  }
  assert.equal(networkError('10.0.0.0/8'), null);
});

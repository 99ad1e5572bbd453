import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Masks, networkOf } from './values.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);

test('a pseudonym is the same for a value in any case, another for another value or key, and not made twice', () => {
  const masks = new Masks(KEY);
  // HMAC-SHA256 of the value in small letters under the key 00 01 … 1f.
  assert.equal(masks.pseudonym('Alice@Example.org'), 'psn-A6LM7vlfwbPFdX9li-Wi_n');
  assert.equal(masks.pseudonym('alice@example.org'), masks.pseudonym('ALICE@example.org'));
  assert.notEqual(masks.pseudonym('alice@example.com'), masks.pseudonym('alice@example.org'));
  assert.notEqual(new Masks(KEY.toReversed()).pseudonym('alice@example.org'), masks.pseudonym('alice@example.org'));
  const once = masks.pseudonym('bob');
  assert.equal(masks.pseudonym(once), once);
});

test('of an address its network is left, in the form of an address', () => {
  for (const [address, network] of [
    ['192.168.7.23', '192.168.7.0'],
    ['10.0.0.255', '10.0.0.0'],
    ['2001:db8:aa:bb::1', '2001:db8:aa::'],
    ['2001:0DB8:00aa:bb:1:2:3:4', '2001:db8:aa::'],
    ['::1', '0:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0::'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.0'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0::'],
  ])
    assert.equal(networkOf(address), network, address);
  for (const none of ['', '10.0.0', 'srv-1', '10.0.0.256', '1:2']) assert.equal(networkOf(none), null, none);
  const masks = new Masks(KEY);
  assert.deepEqual(
    [masks.of('srv-1', 'network'), masks.of('10.1.1.1', 'network'), masks.of('x', 'hide'), masks.of('x', 'remove')],
    ['***', '10.1.1.0', '***', null],
  );
});

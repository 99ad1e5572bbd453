import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGuard } from './addresses.ts';

test('only public addresses may be reached, whatever they are written as', () => {
  const refuses = addressGuard([]);
  const denied = [
    '127.0.0.1',
    '10.9.8.7',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
  ];
  const denied6 = [
    '::1',
    '::',
    'fe80::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ];
  for (const address of [...denied, ...denied6, '255.255.255.255', 'no address']) assert.ok(refuses(address), address);
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8'])
    assert.ok(!refuses(address), address);
});

test('networks are allowed by name, or all', () => {
  const refuses = addressGuard(['10.1.0.0/16', '::1', '127.0.0.1']);
  assert.deepEqual(['10.1.2.3', '10.2.2.3', '::1', 'fd00::1', '127.0.0.1', '127.0.0.2'].map(refuses), [
    false,
    true,
    false,
    true,
    false,
    true,
  ]);
  assert.ok(!addressGuard('any')('127.0.0.1'));
  for (const wrong of ['10.0.0.0/33', 'example.org', '10.0.0.0/x', 'fd00::/129']) {
    assert.throws(() => addressGuard([wrong]), {
      code: 'notify.network',
      message: new RegExp(wrong.replace('.', '\\.')),
    });
  }
});

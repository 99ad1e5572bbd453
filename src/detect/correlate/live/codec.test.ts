import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SnapshotReader, SnapshotWriter } from './codec.ts';

function sample(): Uint8Array {
  const out = new SnapshotWriter(1);
  out.u32(4_294_967_295);
  out.f64(Number.NaN);
  out.f64(0.1);
  out.text('Zoë 𝒳');
  out.bytes(Buffer.from('abcdef'), 1, 4);
  out.json({ a: [1, null] });
  return out.finish();
}

test('what is written is read', () => {
  const from = new SnapshotReader(sample());
  assert.equal(from.u32(), 4_294_967_295);
  assert.equal(from.f64(), Number.NaN);
  assert.equal(from.f64(), 0.1);
  assert.equal(from.text(), 'Zoë 𝒳');
  assert.equal(from.bytes().toString(), 'bcd');
  assert.deepEqual(from.json(), { a: [1, null] });
});

test('a snapshot with any byte changed, or cut anywhere, is refused', () => {
  const whole = sample();
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice();
    changed[at] ^= 0x10;
    assert.throws(() => new SnapshotReader(changed), { code: /^detect\.snapshot_(damaged|version)$/ });
    assert.throws(() => new SnapshotReader(whole.subarray(0, at)), { code: 'detect.snapshot_damaged' });
  }
  assert.throws(() => new SnapshotReader(Buffer.concat([whole, Buffer.alloc(1)])), {
    code: 'detect.snapshot_damaged',
    message: /has \d+ bytes, not \d+/,
  });
});

test('a snapshot of another format says so', () => {
  const other = sample();
  other[8] = 99;
  assert.throws(() => new SnapshotReader(other), { code: 'detect.snapshot_version', message: /format 99.*format 1/ });
});

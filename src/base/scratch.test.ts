import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openScratch } from './index.ts';

test('what was appended reads back at any position, in memory or beyond it', () => {
  const piece = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.nat(100),
      fc.nat(200),
      fc.nat(60),
      (pieces, memory, at, length) => {
        using scratch = openScratch(memory);
        for (const bytes of pieces) scratch.append(bytes);
        const whole = Buffer.concat(pieces);
        assert.equal(scratch.size, whole.length);
        const into = new Uint8Array(length);
        const got = scratch.readAt(into, at);
        assert.deepEqual(Buffer.from(into.subarray(0, got)), whole.subarray(at, at + length));
      },
    ),
    { numRuns: 200 },
  );
});

test('the caller may use its buffer again', () => {
  using scratch = openScratch(10);
  const reused = Buffer.from('a');
  scratch.append(reused);
  reused.write('b');
  scratch.append(reused);
  const into = new Uint8Array(2);
  assert.equal(scratch.readAt(into, 0), 2);
  assert.equal(Buffer.from(into).toString(), 'ab');
});

test('a folder that cannot be written is named, with what to do', (t) => {
  const before = process.env['TMPDIR'];
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = '/nowhere/at/all';
  using scratch = openScratch(1);
  assert.throws(() => scratch.append(Buffer.from('too long')), {
    code: 'disk.write',
    message: /^cannot write a temporary file in \/nowhere\/at\/all: /,
    hint: 'Free space there, or set TMPDIR to a folder with room.',
  });
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { limits } from './index.ts';
import { descriptorStream, queuedStream } from './log-stream.ts';

test('a file takes every line; one that takes none has them counted', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-log-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const name = path.join(folder, 'log');
  const descriptor = fs.openSync(name, 'w');
  const stream = descriptorStream(descriptor);
  stream.write('one\n');
  stream.write('two\n');
  await stream.close(10);
  assert.equal(fs.readFileSync(name, 'utf8'), 'one\ntwo\n');
  fs.closeSync(descriptor);

  const readOnly = fs.openSync(name, 'r');
  const closed = descriptorStream(readOnly);
  closed.write('three\n');
  closed.write('four\n');
  assert.deepEqual([closed.takeDropped(), closed.takeDropped()], [2, 0]);
  fs.closeSync(readOnly);
});

test('a queue takes lines up to its bound, counts the rest and says when there is room again', async () => {
  const taken: string[] = [];
  let release: (() => void) | undefined;
  const slow = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      taken.push(line);
      release = done;
    },
  });
  const stream = queuedStream(slow);
  const told: number[] = [];
  stream.onRoom = () => told.push(stream.takeDropped());
  const line = 'x'.repeat(limits.logQueueBytesMax / 4);
  for (let i = 0; i < 6; i++) stream.write(line);
  assert.deepEqual(told, []);
  while (taken.length < 4) {
    release?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  release?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, [2]);
});

test('closing waits for what is queued, but not for ever', async () => {
  const stuck = queuedStream(new Writable({ write: () => {} }));
  stuck.write('never\n');
  const before = performance.now();
  await stuck.close(30);
  assert.ok(performance.now() - before >= 25);
});

test('after an error nothing is tried again', async () => {
  const broken = queuedStream(new Writable({ write: (_line, _encoding, done) => done(new Error('EPIPE')) }));
  broken.write('one\n');
  await new Promise((resolve) => setImmediate(resolve));
  broken.write('two\n');
  assert.equal(broken.takeDropped(), 1);
  await broken.close(10_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteQueue } from './byte-queue.ts';
import { READ_BOUNDS, type ReadOptions, Refused, readBody, slowness, watchBody } from './index.ts';

interface FakeTime {
  now: number;
  pass(ms: number): void;
  watched(): number;
  readonly options: ReadOptions;
}

/** A clock that moves when told, and the checks that were asked for. */
function fakeTime(): FakeTime {
  const checks = new Set<() => void>();
  const time: FakeTime = {
    now: 0,
    /** Lets `ms` go by, checking every half second as the timer would. */
    pass(ms: number): void {
      for (const end = time.now + ms; time.now < end; ) {
        time.now = Math.min(end, time.now + 500);
        for (const check of [...checks]) check();
      }
    },
    watched: () => checks.size,
    options: {
      clock: () => time.now,
      repeat: (_ms: number, work: () => void) => {
        checks.add(work);
        return () => void checks.delete(work);
      },
    },
  };
  return time;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'read',
    (error: unknown) => (error instanceof Refused ? error.code : `${error}`),
  );

test('a body is read whole, in memory that was held before it was used', async () => {
  const held: number[] = [];
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(1000, i);
  };
  const body = await readBody(source(), { grow: (bytes) => void held.push(bytes) });
  assert.equal(body.length, 100_000);
  assert.equal(body[99_999], 99);
  assert.deepEqual([...new Set(held)], [16_384, 34_000, 70_000, 142_000]);
  held.length = 0;
  await readBody(source(), { expectBytes: 100_000, grow: (bytes) => void held.push(bytes) });
  assert.deepEqual(new Set(held), new Set([100_000]));
});

test('ten thousand single bytes cost no more than what they are', async () => {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 10_000; i++) yield Buffer.from([i & 255]);
  };
  let most = 0;
  const body = await readBody(source(), {
    grow: (bytes) => {
      most = bytes;
    },
  });
  assert.equal(body.length, 10_000);
  assert.equal(most, 16_384);
});

test('what cannot be held is refused at once, and the sender is let go', async () => {
  let returned = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(10_000);
    } finally {
      returned = true;
    }
  };
  const full = (bytes: number): void => {
    if (bytes > 50_000) throw new Refused('admission.memory', 'full');
  };
  assert.equal(await codeOf(readBody(source(), { grow: full })), 'admission.memory');
  assert.ok(returned);
  assert.equal(await codeOf(readBody(source(), { bounds: { ...READ_BOUNDS, bytesMax: 99_999 } })), 'body.too_large');
});

test('a sender that stalls is refused after the time for it, also when it sends nothing at all', async () => {
  const time = fakeTime();
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const reading = codeOf(readBody(never, time.options));
  await new Promise((resolve) => setImmediate(resolve));
  time.pass(READ_BOUNDS.stallMs);
  assert.equal(time.watched(), 1);
  time.pass(500);
  assert.equal(await reading, 'body.slow');
  assert.equal(time.watched(), 0);
});

test('slow-loris: a byte a second is refused soon after the grace, a slow modem is not', async () => {
  const drip = async (bytes: number): Promise<[string, number]> => {
    const time = fakeTime();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let second = 0; second < 60; second++) {
        time.pass(1000);
        yield Buffer.alloc(bytes);
      }
    };
    return [await codeOf(readBody(source(), time.options)), time.now];
  };
  assert.deepEqual(await drip(1), ['body.slow', 6000]);
  assert.deepEqual(await drip(1024), ['read', 60_000]);
});

test('time in which the reader is busy is not held against the sender', async () => {
  const time = fakeTime();
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) yield Buffer.alloc(1);
  };
  let bytes = 0;
  for await (const piece of watchBody(source(), time.options)) {
    bytes += piece.length;
    time.now += 60_000;
  }
  assert.equal(bytes, 5);
});

test('the bounds of slowness, to the byte and millisecond', () => {
  assert.equal(slowness(0, 0, 0, 5000), null);
  assert.equal(slowness(1023, 0, 6000, 6000), 'the body came at less than 1024 bytes a second');
  assert.equal(slowness(1024, 0, 6000, 6000), null);
  assert.equal(slowness(1e9, 0, 0, 10_000), null);
  assert.equal(slowness(1e9, 0, 0, 10_001), 'no byte of the body came for 10000 ms');
});

test('an error of the source comes through', async () => {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(1);
    throw new Error('connection reset');
  };
  assert.equal(await codeOf(readBody(source())), 'Error: connection reset');
});

test('the queue gives bytes in order, whatever the pieces, and does not grow for what was taken', () => {
  const queue = new ByteQueue();
  let next = 0;
  let seen = 0;
  for (let round = 0; round < 2000; round++) {
    queue.append(Uint8Array.from({ length: round % 50 }, () => next++ & 255));
    for (const byte of queue.take((round * 7) % 60)) assert.equal(byte, seen++ & 255);
  }
  for (const byte of queue.take(queue.length)) assert.equal(byte, seen++ & 255);
  assert.equal(seen, next);
  assert.equal(queue.capacityWith(1), 16_384);
  const adopted = new ByteQueue();
  const bytes = Buffer.from('abc');
  adopted.adopt(bytes);
  assert.equal(adopted.bytes.buffer, bytes.buffer);
  adopted.adopt(Buffer.from('d'));
  assert.equal(adopted.bytes.toString(), 'abcd');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from './feed.ts';

let closed = 0;
async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  try {
    for (const text of texts) yield Buffer.from(text);
  } finally {
    closed++;
  }
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

test('bytes can be looked at before they are taken', async () => {
  const feed = new Feed(pieces('ab', 'cd', '', 'ef'));
  assert.equal(await feed.fill(3), true);
  assert.equal(text(feed.head), 'abcd');
  assert.equal(text(feed.take(3)), 'abc');
  assert.equal(feed.position, 3);
  assert.equal(text(await feed.next()), 'd');
  assert.equal(await feed.fill(9), false);
  assert.equal(text(feed.head), 'ef');
  assert.equal(text(await feed.next()), 'ef');
  assert.equal(await feed.next(), null);
  assert.equal(feed.position, 6);
});

test('the rest comes in gathered pieces, and the source is closed when nobody reads on', async () => {
  const feed = new Feed(pieces('a', 'b', 'c', 'd', 'e'));
  const got = [];
  for await (const piece of feed.rest(2)) got.push(text(piece));
  assert.deepEqual(got, ['ab', 'cd', 'e']);
  closed = 0;
  for await (const _ of new Feed(pieces('a', 'b')).rest(1)) break;
  assert.equal(closed, 1);
});

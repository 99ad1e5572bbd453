import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryStart } from '../../journal/index.ts';
import { Books } from './books.ts';
import { type Control, encodeControl } from './control.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Receipt } from './types.ts';

const AT = 60_000 * 1000;

/** A journal's headers, written by hand. */
class Pages {
  readonly books = new Books();
  #position = 0;

  #add(part: Partial<EntryStart>, payload: ArrayBuffer): void {
    const start = new Uint8Array(64);
    this.books.add(
      {
        position: this.#position++,
        kind: 'events',
        receivedAt: AT,
        more: false,
        receipt: null,
        payloadBytes: payload.byteLength,
        previous: new Uint8Array(32),
        file: 'file',
        byte: 0,
        start,
        ...part,
      },
      () => payload,
    );
  }

  events(rows: number, receipt: Partial<Receipt> | null): void {
    const start = new Uint8Array(64);
    new DataView(start.buffer).setUint32(20, rows, true);
    this.#add({ start, ...told(receipt) }, start.buffer);
  }

  dead(codes: readonly string[], receipt: Partial<Receipt> | null): void {
    const letters = new DeadLetters();
    for (const [i, code] of codes.entries()) letters.add(i, code, 'reason', new Uint8Array(3));
    for (const { payload } of letters.entries()) this.#add({ kind: 'dead', ...told(receipt) }, payload);
  }

  control(control: Control): void {
    this.#add({ kind: 'control' }, encodeControl(control));
  }
}

function told(receipt: Partial<Receipt> | null): Pick<EntryStart, 'more' | 'receipt'> {
  const whole = { tenant: 't', source: 's', at: AT, received: 0, dead: 0, ...receipt };
  return { more: receipt === null, receipt: receipt === null ? null : JSON.stringify(whole) };
}

const tally = (received: number) => ({ tenant: 't', source: 's', minute: 1000, received });
const whats = (books: Books, openFrom = 2000): string[] => books.imbalances(openFrom).map(({ what }) => what);

test('rows and dead letters of a request are held against what admission received', () => {
  const pages = new Pages();
  pages.events(3, null);
  pages.events(2, null);
  pages.dead(['a', 'b', 'a'], { received: 8 });
  pages.control({ kind: 'tick', at: AT, tallies: [tally(8)] });
  const [account] = pages.books.accounts();
  assert.deepEqual([account.received, account.stored, account.dead], [8, 5, 3]);
  assert.deepEqual(
    [...account.deadBy],
    [
      ['a', 2],
      ['b', 1],
    ],
  );
  assert.deepEqual(whats(pages.books), []);
});

test('an event too few, and one too many, are imbalances', () => {
  const pages = new Pages();
  pages.events(4, { received: 5 });
  assert.deepEqual(whats(pages.books), [
    '5 events were received, 4 are accounted for',
    'admission tallied none, the receipts say 5',
  ]);
  const more = new Pages();
  more.events(6, { received: 5 });
  more.control({ kind: 'tick', at: AT, tallies: [tally(5)] });
  assert.deepEqual(whats(more.books), ['5 events were received, 6 are accounted for']);
});

test('a request that was acknowledged and never written shows in the tallies', () => {
  const pages = new Pages();
  pages.events(5, { received: 5 });
  pages.control({ kind: 'stop', at: AT, tallies: [tally(7)] });
  assert.deepEqual(whats(pages.books), ['admission tallied 7, the receipts say 5']);
});

test('a minute that is open is not held against its tallies, nor one that a process ended in', () => {
  const open = new Pages();
  open.events(5, { received: 5 });
  assert.deepEqual(whats(open.books, 1000), []);
  const killed = new Pages();
  killed.control({ kind: 'start', version: '', at: AT });
  killed.events(5, { received: 5 });
  killed.control({ kind: 'start', version: '', at: AT });
  killed.control({ kind: 'stop', at: AT, tallies: [] });
  assert.deepEqual(whats(killed.books), []);
  const left = new Pages();
  left.control({ kind: 'start', version: '', at: AT });
  left.events(5, { received: 5 });
  assert.deepEqual(whats(left.books), ['admission tallied none, the receipts say 5']);
  left.books.ended();
  assert.deepEqual(whats(left.books), [], 'nobody is left to tally it');
  const stopped = new Pages();
  stopped.control({ kind: 'start', version: '', at: AT });
  stopped.events(5, { received: 5 });
  stopped.control({ kind: 'stop', at: AT, tallies: [] });
  stopped.books.ended();
  assert.equal(whats(stopped.books).length, 1, 'who stopped in order has tallied all');
});

test('accounts are told apart by tenant, source and minute', () => {
  const pages = new Pages();
  pages.events(1, { received: 1 });
  pages.events(1, { received: 1, source: 'other' });
  pages.events(1, { received: 1, tenant: 'other' });
  pages.events(1, { received: 1, at: AT + 60_000 });
  assert.deepEqual(
    pages.books.accounts().map(({ tenant, source, minute }) => [tenant, source, minute]),
    [
      ['other', 's', 1000],
      ['t', 'other', 1000],
      ['t', 's', 1000],
      ['t', 's', 1001],
    ],
  );
});

test('of a process that was killed what it had not tallied is forgiven, and nothing that it had', () => {
  const pages = new Pages();
  const minute = (n: number): number => AT + n * 60_000;
  pages.control({ kind: 'start', version: '', at: AT });
  pages.events(5, { received: 5 });
  // One of the five was lost before it was tallied.
  pages.control({ kind: 'tick', at: minute(1), tallies: [tally(4)] });
  pages.events(2, { received: 2, at: minute(1) });
  pages.control({ kind: 'tick', at: minute(2), tallies: [{ ...tally(2), minute: 1001 }] });
  // Received minutes ago, and on disk just before the next tick: it may come with the one behind that.
  pages.events(3, { received: 3, at: minute(1), source: 'slow' });
  pages.control({ kind: 'tick', at: minute(2) + 1000, tallies: [] });
  pages.events(7, { received: 7, at: minute(2) });
  const wrong = ['admission tallied 4, the receipts say 5'];
  pages.books.ended();
  assert.deepEqual(whats(pages.books), wrong);
  pages.control({ kind: 'start', version: '', at: minute(5) });
  pages.control({ kind: 'stop', at: minute(5), tallies: [] });
  assert.deepEqual(whats(pages.books), wrong);
});

test('what retention let go of is no longer stored but expired, however often it is said, and never more than there was', () => {
  const pages = new Pages();
  pages.events(10, { received: 10 });
  const of = (events: number) => [{ tenant: 't', source: 's', minute: 1000, events }];
  for (const events of [3, 7, 7]) {
    pages.books.expire(of(events));
    const [{ stored, expired }] = pages.books.accounts();
    assert.deepEqual([stored, expired], [10 - events, events]);
    assert.deepEqual(whats(pages.books, 0), []);
  }
  pages.books.expire(of(11));
  assert.deepEqual(whats(pages.books, 0), ['11 events expired, 10 were stored']);
});

/** The order in which a door thread takes what waits for it, and what it posts; what becomes of a body is door.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { type DoorMaker, DoorThread } from './door-thread.ts';
import type { Port } from './machine.ts';
import type { AppendUnits, EvaluatedUnits, FromDoor, ToDoor } from './messages.ts';
import type { Delivery } from './types.ts';

class Inbox implements Port {
  readonly posted: unknown[] = [];
  readonly waiting: unknown[] = [];
  #listener: (message: never) => void = () => {};

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  on<T>(_event: 'message', listener: (message: T) => void): void {
    this.#listener = listener as (message: never) => void;
  }

  close(): void {}

  /** Has its first message come. */
  come(): void {
    this.#listener(this.waiting.shift() as never);
  }
}

function openDoor(): { main: Inbox; large: Inbox; journal: Inbox; detect: Inbox; done: string[] } {
  const [main, large, journal, detect] = [new Inbox(), new Inbox(), new Inbox(), new Inbox()];
  const done: string[] = [];
  const take = ({ unit, source }: Delivery) => {
    done.push(`${unit}`);
    if (source === 'bad') throw new WeirError('ingest.bad', 'is bad');
    const entries = [{ kind: 'events', payload: new ArrayBuffer(8), rows: 1 }];
    return { draft: { unit, entries, receipt: null }, evaluated: { unit, epoch: 1, batches: [] }, decodedMs: 0 };
  };
  const door = { take, setPolicy: (id: string) => done.push(id) } as unknown as ReturnType<DoorMaker>;
  const machine = { every: () => () => {}, receive: (port: Port) => (port as Inbox).waiting.shift() };
  new DoorThread(main, machine, () => door);
  main.waiting.push({ kind: 'start', module: {} as WebAssembly.Module, large, journal, detect } satisfies ToDoor);
  main.come();
  return { main, large, journal, detect, done };
}

const delivery = (unit: number, source = 's'): Delivery =>
  ({ unit, source, body: new Uint8Array(1) }) as unknown as Delivery;

const deliver = (unit: number, source?: string): ToDoor => ({ kind: 'deliver', delivery: delivery(unit, source) });

test('what waits is taken together and goes out in one message each way, the answer first', () => {
  const { main, journal, detect } = openDoor();
  main.waiting.push(deliver(1), deliver(2, 'bad'), deliver(3));
  main.come();
  const [answers, ...more] = main.posted as FromDoor[];
  assert.deepEqual(more, []);
  assert.ok(answers.kind === 'answers');
  assert.deepEqual(
    answers.taken.map(({ unit }) => unit),
    [1, 3],
  );
  assert.deepEqual(
    answers.refused.map(({ unit, code }) => [unit, code]),
    [[2, 'ingest.bad']],
  );
  const units = (journal.posted as AppendUnits[]).map((all) => all.map(({ draft }) => draft.unit));
  assert.deepEqual(units, [[1, 3]]);
  const evaluated = (detect.posted as EvaluatedUnits[]).map((all) => all.map(({ unit }) => unit));
  assert.deepEqual(evaluated, [[1, 3]]);
});

test('small bodies, and what a large one needs, come before it; their answers do not wait for it', () => {
  const { main, large, journal, done } = openDoor();
  large.waiting.push(delivery(1), delivery(2));
  main.waiting.push(deliver(3), { kind: 'policy', id: 'p', policy: {} as never } satisfies ToDoor, deliver(4));
  large.come();
  assert.deepEqual(done, ['3', 'p', '4', '1']);
  main.waiting.push(deliver(5));
  large.come();
  assert.deepEqual(done.slice(4), ['5', '2']);
  const units = (journal.posted as AppendUnits[]).map((all) => all.map(({ draft }) => draft.unit));
  assert.deepEqual(units, [[3, 4], [1], [5], [2]]);
});

test('a flood of small bodies is handed on in groups', () => {
  const { main, journal } = openDoor();
  main.waiting.push(...Array.from({ length: 200 }, (_, i) => deliver(i)));
  while (main.waiting.length > 0) main.come();
  const sizes = (journal.posted as AppendUnits[]).map((all) => all.length);
  assert.deepEqual([sizes.reduce((sum, size) => sum + size, 0), Math.max(...sizes), sizes.length], [200, 64, 4]);
});

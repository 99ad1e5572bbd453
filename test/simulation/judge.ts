/** What must hold of a data folder, judged from the journal's entries and what senders were told, by means as plain as can be. */
import assert from 'node:assert/strict';
import { openBatch } from '../../src/batch/index.ts';
import type { Receipt } from '../../src/pipeline/index.ts';
import { compactEvent } from '../../src/pipeline/live/compact.ts';
import { decodeControl } from '../../src/pipeline/live/control.ts';
import type { Detections, StoredHit } from '../../src/store/index.ts';
import { PLAIN } from './rules.ts';
import type { World } from './world.ts';

interface Event {
  readonly n: number;
  readonly User: string;
  readonly Host: string;
}

/** What was acknowledged is in the journal, once, whole and in order; what was refused is not. */
export function judgeKept(world: World): void {
  const seen = new Set<number>();
  const requests = new Set<string>();
  const units = new Map<number, readonly number[]>();
  let unit: number[] = [];
  let first = 0;
  for (const { position, kind, payload, receipt, more } of world.entries()) {
    if (kind === 'events') unit.push(...eventsOf(payload).map(({ n }) => n));
    if (more) continue;
    if (receipt !== null) {
      const { request } = JSON.parse(receipt) as Receipt;
      assert.ok(!requests.has(request), `${request} is in the journal twice`);
      requests.add(request);
      units.set(first, unit);
    }
    for (const n of unit) {
      assert.ok(!seen.has(n), `event ${n} is in the journal twice`);
      seen.add(n);
    }
    first = position + 1;
    unit = [];
  }
  for (const { request, outcome, events, bad } of world.sent) {
    if (outcome === 'refused') assert.ok(!requests.has(request), `${request} was refused, and is in the journal`);
    if (typeof outcome !== 'object') continue;
    const { position, accepted, dead } = outcome.ack;
    assert.deepEqual([accepted, dead], [events.length, bad], `${request} was answered wrong`);
    const kept = position === null ? [] : units.get(position);
    assert.deepEqual(kept, events, `${request} was acknowledged, and is not at ${position}`);
  }
}

/** Of each event, once, the hits that the rules in force where it stands must make of it. */
export function judgeHits(world: World): void {
  const entries = [...world.entries()];
  // Rules are in force from where they are named; the first that a process names, from where it started.
  const changes: { from: number; set: string }[] = [];
  let started: number | null = 0;
  for (const { position, kind, payload } of entries) {
    if (kind !== 'control') continue;
    const control = decodeControl(payload);
    if (control.kind === 'start') started ??= position;
    if (control.kind !== 'rules') continue;
    changes.push({ from: started ?? position, set: control.set });
    started = null;
  }
  const expected: string[] = [];
  for (const { position, kind, payload } of entries) {
    if (kind !== 'events') continue;
    const set = changes.findLast(({ from }) => from <= position)?.set ?? '';
    eventsOf(payload).forEach((event, row) => {
      for (const [rule, matches] of PLAIN.get(set) ?? []) {
        if (matches(event)) expected.push(`${world.log}/0/${position}/${row} ${rule}`);
      }
    });
  }
  const found = hitsOf(world.store).flatMap(({ eventId, rule }) => (eventId === null ? [] : [`${eventId} ${rule.id}`]));
  assert.deepEqual(found.sort(), expected.sort(), 'not what the rules say');
}

/** All that is stored, by id. */
export function contents(store: Detections): string[] {
  const lines = hitsOf(store).map(({ id, eventId, tenant, source, rule, time, received, revision, body }) => {
    const text = Buffer.from(compactEvent(body)).toString();
    // A firing is stored with the entry at which it was taken, which is any behind the one that brought it.
    const when = eventId === null ? [time, revision] : [time, received];
    return `${eventId === null ? 'firing' : 'hit'} ${JSON.stringify([id, tenant, source, rule, ...when])} ${text}`;
  });
  for (const tenant of ['a', 'b']) {
    for (const { id, code, reason, raw, source, received } of store.read.deadLetters.list({ tenant }).items) {
      lines.push(`letter ${JSON.stringify([id, code, reason, source, received])} ${Buffer.from(raw)}`);
    }
  }
  return lines.sort();
}

function hitsOf({ read }: Detections): StoredHit[] {
  const all = Number.MAX_SAFE_INTEGER;
  return read.hits.groups(0, all).flatMap(({ last }) => read.hits.groupHits(last, 0, all).items);
}

function eventsOf(payload: ArrayBuffer): Event[] {
  const events: Event[] = [];
  openBatch(payload).eachRowText((text) => void events.push(JSON.parse(Buffer.from(text).toString()) as Event));
  return events;
}

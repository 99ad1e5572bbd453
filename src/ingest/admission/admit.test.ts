import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Admission,
  type AdmissionOptions,
  type Arrival,
  type Decision,
  REFUSALS,
  Refused,
  SEVERITIES,
  type Severity,
  type Ticket,
} from './index.ts';

const ARRIVAL: Arrival = {
  tenant: 'acme',
  credential: 'k1',
  source: 'sysmon',
  severity: 'medium',
  class: 'endpoint',
  bytes: 100,
  hash: 0,
};

function setUp(options: Partial<AdmissionOptions> = {}) {
  const state = { now: 0, pressure: { pressure: 0, share: 1, worst: 'queue' as const } };
  const admission = new Admission({
    pressure: () => state.pressure,
    clock: () => state.now,
    random: () => 0,
    ...options,
  });
  return { state, admission };
}

function ticketOf(decision: Decision): Ticket {
  assert.ok(decision.kind !== 'refuse', decision.kind === 'refuse' ? decision.refusal.message : '');
  return decision.ticket;
}

function refusalOf(decision: Decision): Refused {
  assert.ok(decision.kind === 'refuse');
  return decision.refusal;
}

test('a calm server admits, and holds the bytes until the ticket is closed', () => {
  const { admission } = setUp();
  const ticket = ticketOf(admission.decide(ARRIVAL));
  assert.equal(admission.budget.heldBytes, 100);
  ticket.grow(5000);
  ticket.grow(300);
  assert.equal(ticket.bytes, 5000);
  ticket.close();
  ticket.close();
  ticket.grow(700);
  assert.equal(admission.budget.heldBytes, 0);
  assert.deepEqual(admission.counts, { admit: 1 });
});

test('too fast is 429 with the time after which the next one passes; other tenants are not touched', () => {
  const { state, admission } = setUp({
    ratesOf: (scope, _key, tenant) =>
      scope === 'credential' && tenant === 'acme' ? { requests: { perSecond: 0.5, burst: 1 } } : null,
  });
  assert.equal(admission.decide(ARRIVAL).kind, 'admit');
  const refusal = refusalOf(admission.decide(ARRIVAL));
  assert.deepEqual([refusal.status, refusal.code, refusal.retryAfterSeconds], [429, 'admission.rate', 2]);
  assert.equal(admission.decide({ ...ARRIVAL, tenant: 'other' }).kind, 'admit');
  assert.equal(admission.decide({ ...ARRIVAL, credential: 'k2' }).kind, 'admit');
  state.now = 2000;
  assert.equal(admission.decide(ARRIVAL).kind, 'admit');
});

test('a part of the burst is kept for critical sources', () => {
  const { admission } = setUp({
    ratesOf: (scope) => (scope === 'tenant' ? { requests: { perSecond: 1, burst: 20 } } : null),
  });
  let medium = 0;
  while (admission.decide(ARRIVAL).kind === 'admit') medium++;
  let critical = 0;
  while (admission.decide({ ...ARRIVAL, severity: 'critical' }).kind === 'admit') critical++;
  assert.deepEqual([medium, critical], [18, 2]);
});

test('bytes are charged when they are known: a bomb of a body makes its sender wait', () => {
  const { state, admission } = setUp({
    ratesOf: (scope) => (scope === 'source' ? { bytes: { perSecond: 1000, burst: 1000 } } : null),
  });
  const ticket = ticketOf(admission.decide(ARRIVAL));
  ticket.close(5000);
  ticket.close(5000);
  assert.equal(refusalOf(admission.decide(ARRIVAL)).retryAfterSeconds, 4);
  state.now = 4000;
  assert.equal(admission.decide(ARRIVAL).kind, 'admit');
});

test('under pressure the admitted share passes, evenly, the least urgent first to go', () => {
  const { state, admission } = setUp();
  state.pressure = { pressure: 0.9, share: 0.5, worst: 'queue' };
  const passed = (severity: Severity): number => {
    let count = 0;
    for (let i = 0; i < 1000; i++) {
      const decision = admission.decide({ ...ARRIVAL, severity });
      if (decision.kind === 'admit') {
        count++;
        decision.ticket.close();
      }
    }
    return count;
  };
  assert.deepEqual(SEVERITIES.map(passed), [0, 0, 500, 1000, 1000]);
  const refusal = refusalOf(admission.decide({ ...ARRIVAL, severity: 'info' }));
  assert.equal(refusal.status, 503);
  assert.match(refusal.message, /pressure is 0.90 \(queue\): 50 % is taken/);
  // Alternately, so that a request that is sent again gets its turn.
  const kinds = [0, 1, 2, 3].map(() => admission.decide(ARRIVAL).kind);
  assert.deepEqual([...kinds].sort(), ['admit', 'admit', 'refuse', 'refuse']);
  assert.notEqual(kinds[0], kinds[1]);
});

test('a shedding policy names itself, and what it leaves out is admitted to be counted', () => {
  const { state, admission } = setUp({
    shedding: () => [{ id: 'p1', sources: ['sysmon'], fromPressure: 0.5, share: 1, action: 'drop' }],
  });
  assert.equal(admission.decide(ARRIVAL).kind, 'admit');
  state.pressure = { pressure: 0.6, share: 0.05, worst: 'queue' };
  const decision = admission.decide(ARRIVAL);
  assert.ok(decision.kind === 'shed');
  assert.equal(decision.policy.id, 'p1');
  assert.equal(admission.budget.heldBytes, 200);
  assert.deepEqual(admission.counts, { admit: 1, shed: 1 });
});

test('closed doors answer 503 with their reason until it is over; several reasons must all be over', () => {
  const { admission } = setUp();
  admission.close('journal.full', 'the journal is full');
  admission.close('draining', 'weir is stopping');
  const refusal = refusalOf(admission.decide({ ...ARRIVAL, severity: 'critical' }));
  assert.deepEqual([refusal.status, refusal.message, refusal.retryAfterSeconds], [503, 'the journal is full', 5]);
  admission.open('journal.full');
  assert.deepEqual(admission.closedBy, ['draining']);
  assert.equal(admission.decide(ARRIVAL).kind, 'refuse');
  admission.open('draining');
  assert.equal(admission.decide(ARRIVAL).kind, 'admit');
});

test('Retry-After is what is missing over the rate at which bytes leave', () => {
  const { state, admission } = setUp({ inFlightBytesMax: 100_000 });
  for (let second = 0; second < 60; second++) {
    state.now = second * 1000;
    ticketOf(admission.decide({ ...ARRIVAL, bytes: 1000 })).close();
  }
  ticketOf(admission.decide({ ...ARRIVAL, tenant: 'b', bytes: 80_000 }));
  const refusal = refusalOf(admission.decide({ ...ARRIVAL, bytes: 20_000 }));
  assert.equal(refusal.code, 'admission.memory');
  // 10,000 bytes too many for all but critical ones, at some 1,000 a second.
  assert.ok(Math.abs((refusal.retryAfterSeconds ?? 0) - 10) <= 2, `${refusal.retryAfterSeconds}`);
});

test('jitter spreads senders over half the time again, within the most', () => {
  const { admission } = setUp({ random: () => 0.999 });
  assert.equal(admission.retryAfterSeconds(10_000), 15);
  assert.equal(admission.retryAfterSeconds(1e9), 60);
  assert.equal(admission.retryAfterSeconds(0), 1);
  const { admission: first } = setUp();
  assert.equal(first.retryAfterSeconds(10_000), 10);
});

test('a body that grows past the budget is refused, holding what it held until it is closed', () => {
  const { admission } = setUp({ inFlightBytesMax: 100_000 });
  const ticket = ticketOf(admission.decide(ARRIVAL));
  assert.throws(
    () => ticket.grow(80_000),
    (error) => error instanceof Refused && error.code === 'admission.memory' && error.status === 503,
  );
  assert.equal(admission.budget.heldBytes, 100);
  ticket.grow(50_000);
  ticket.close();
  assert.equal(admission.budget.heldBytes, 0);
});

test('one tenant that fills all it can leaves room for another', () => {
  const { admission } = setUp({ inFlightBytesMax: 1_000_000 });
  for (let i = 0; i < 1000; i++) admission.decide({ ...ARRIVAL, bytes: 10_000 });
  assert.equal(admission.budget.heldBy('acme'), 600_000);
  assert.equal(admission.decide({ ...ARRIVAL, tenant: 'b', bytes: 200_000 }).kind, 'admit');
});

test('every refusal has a status a sender can act on and a hint', () => {
  for (const [code, [status, hint]] of Object.entries(REFUSALS)) {
    assert.ok([400, 408, 413, 415, 422, 429, 503].includes(status), code);
    assert.match(hint, /^[A-Z].*\.$|^weir .*\.$/, code);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { Admission, type AdmissionOptions, Refused } from '../ingest/index.ts';
import { admit, answering, isSource, statusOf } from './door-kit.ts';

const CALM: AdmissionOptions['pressure'] = () => ({ pressure: 0, share: 1, worst: 'queue' });

test('only a body that was read is told of, with the status it was answered with', async () => {
  const told: number[] = [];
  const options = {
    onAnswer: ({ ms, status }: { ms: number; status: number }) => void told.push(ms < 0 ? -1 : status),
  };
  await answering(options, async (onRead) => onRead());
  await assert.rejects(
    answering(options, () => Promise.reject(new Refused('admission.rate', 'too fast'))),
    { code: 'admission.rate' },
  );
  assert.deepEqual(told, [200]);
  for (const [error, code, status] of [
    [new WeirError('disk.full', 'no room'), 'http.unavailable', 503],
    [new WeirError('body.damaged', 'cut'), 'body.damaged', 400],
    [new TypeError('a mistake of ours'), undefined, 500],
  ] as const) {
    const work = async (onRead: () => void): Promise<void> => {
      onRead();
      throw error;
    };
    await assert.rejects(answering(options, work), (thrown: WeirError) => {
      assert.deepEqual([thrown.code, statusOf(thrown)], [code, status]);
      return true;
    });
    assert.equal(told.at(-1), status);
  }
});

test('a request counts by what its source is worth; a policy that leaves it out is named', () => {
  const arrival = { tenant: 't', source: 's', credential: 'c', bytes: 10, hash: 0 };
  const shedding = () => [{ id: 'flows', classes: ['network'], fromPressure: 0.5, share: 1, action: 'drop' as const }];
  const state = { pressure: 0.8, share: 0.3, worst: 'queue' as const };
  const admission = new Admission({ pressure: () => state, shedding });
  assert.throws(() => admit({ admission }, arrival), { code: 'admission.pressure' });
  const worthOf = (_: string, source: string) =>
    source === 's' ? ({ severity: 'low', class: 'network' } as const) : ({ severity: 'critical', class: '' } as const);
  assert.equal(admit({ admission, worthOf }, arrival).shed, 'flows');
  assert.equal(admit({ admission, worthOf }, { ...arrival, source: 'dc' }).shed, null);
  assert.equal(admit({ admission: new Admission({ pressure: CALM }) }, arrival).ticket.bytes, 10);
});

test('names of sources', () => {
  for (const name of ['a', 'Win-Log_1.x:y/z', 'a'.repeat(128)]) assert.ok(isSource(name), name);
  for (const name of ['', '-a', 'a b', 'a'.repeat(129), 'ä', '../a', 'a\n']) assert.equal(isSource(name), false, name);
});

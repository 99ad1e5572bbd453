import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CorrelationRule } from '../sigma/model.ts';
import { type Facts, kindOf } from './aggregates.ts';

function valuesOver(
  parts: Partial<CorrelationRule>,
  ...events: [time: number, facts: Partial<Facts>][]
): (number | null)[] {
  const rule = { timespanMs: 10, rules: ['a', 'b'], ...parts } as CorrelationRule;
  const window = kindOf(rule).open();
  const empty: Facts = { ref: 0, rules: [0], keys: () => [], texts: () => [] };
  return events.map(([time, facts], ref) => {
    window.slide(time);
    window.add(time, [{ ...empty, ...facts, ref }]);
    return window.value();
  });
}

const texts = (...list: string[]): Partial<Facts> => ({ texts: () => list });

test('each type’s value follows its window as events come and go', () => {
  assert.deepEqual(valuesOver({ type: 'event_count' }, [0, {}], [10, {}], [11, {}]), [1, 2, 2]);
  const keys = (...list: string[]): Partial<Facts> => ({ keys: () => list });
  assert.deepEqual(valuesOver({ type: 'value_count' }, [0, keys('x', 'y')], [5, keys('x')], [11, keys()]), [2, 2, 1]);
  assert.deepEqual(
    valuesOver({ type: 'value_sum' }, [0, texts('0.1')], [5, texts('0.2', 'no')], [11, texts()]),
    [0.1, 0.3, 0.2],
  );
  assert.deepEqual(valuesOver({ type: 'value_avg' }, [0, texts('1')], [5, texts('2', '6')], [16, texts()]), [
    1,
    3,
    null,
  ]);
  assert.deepEqual(
    valuesOver({ type: 'value_percentile', percentile: 100 }, [0, texts('9')], [5, texts('2')], [11, texts('3')]),
    [9, 9, 3],
  );
  assert.deepEqual(valuesOver({ type: 'temporal' }, [0, {}], [5, { rules: [1] }], [11, { rules: [1] }]), [1, 2, 1]);
  assert.deepEqual(
    valuesOver({ type: 'temporal_ordered' }, [0, { rules: [1] }], [1, {}], [2, { rules: [1] }], [12, {}]),
    [1, 1, 2, 1],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleOf, words } from '../../../test/sigma/pipeline-kit.ts';
import { Run, type Step } from './pipeline-run.ts';

function step(id: string, transform: Step['transform'], applies = true): Step {
  return { id, applies: () => applies, appliesToItem: () => true, appliesToField: () => true, transform };
}

function runOf(selection: string, condition = 'sel'): Run {
  return new Run(ruleOf(selection, condition), new Map(), []);
}

test('a step that does not apply does nothing and is not remembered', () => {
  const run = runOf('{A: x}');
  run.run([step('yes', (r) => r.state.set('k', 1)), step('no', (r) => r.state.set('k', 2), false)]);
  assert.deepEqual([run.state.get('k'), [...run.applied]], [1, ['yes']]);
});

test('what an item is replaced by remembers every step on the way', () => {
  const run = runOf('{A: x, B: y}');
  const rename = (from: string, to: string) =>
    step(to, (r, own) => r.changeItems(own, (item) => (item.field === from ? { ...item, field: to } : undefined)));
  run.run([rename('A', 'a'), rename('a', 'aa')]);
  const [renamed, other] = run.items();
  assert.deepEqual(
    [renamed.field, run.itemWasTouchedBy(renamed, 'a'), run.itemWasTouchedBy(renamed, 'aa')],
    ['aa', true, true],
  );
  assert.equal(run.itemWasTouchedBy(other, 'a'), false);
});

test('added conditions have names of their own, and `them` does not reach them', () => {
  const run = runOf('  _cond_0: {A: x}\n  sel: {A: y}', 'all of them');
  const node = { kind: 'item', field: 'N', modifiers: [], values: [1], at: [] } as const;
  run.run([
    step('one', (r, own) => r.addCondition(null, node, false, own)),
    step('two', (r, own) => r.addCondition(null, node, true, own)),
  ]);
  assert.deepEqual(run.detection?.conditions.map(words), ['(not _cond_2 and (_cond_1 and all of them))']);
});

test('a field name passes on what it was touched by', () => {
  const run = runOf('{A: x}');
  run.fieldBecame('A', ['b', 'c'], 'one');
  run.fieldBecame('b', ['d'], 'two');
  assert.deepEqual(
    [
      run.fieldWasTouchedBy('d', 'one'),
      run.fieldWasTouchedBy('d', 'two'),
      run.fieldWasTouchedBy('c', 'two'),
      run.fieldWasTouchedBy(null, 'one'),
    ],
    [true, true, false, false],
  );
});

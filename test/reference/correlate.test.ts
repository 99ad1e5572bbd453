import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { correlate, type Hit } from './correlate.ts';
import { correlationScenarios } from './generate-correlations.ts';
import { type Correlation, parseDocuments } from './rule.ts';

/** `rule@seconds field=value …`, one hit a line; the record is the line's number. */
function hits(text: string): Hit[] {
  return text.split('\n').flatMap((line, i) => {
    const [head = '', ...pairs] = line.trim().split(/\s+/);
    const [rules = '', seconds = ''] = head.split('@');
    const values = (field: string): string[] =>
      pairs.flatMap((pair) => (pair.startsWith(`${field}=`) ? [pair.slice(field.length + 1)] : []));
    const time = seconds === 'none' ? null : Number(seconds) * 1000;
    return rules.split('+').map((rule) => ({ rule, time, path: 'p', record: i + 1, values }));
  });
}

function run(body: string, text: string, more: string[] = []): { fired: string[]; ungrouped: [string, number][] } {
  const documents = [`id: c\ncorrelation: ${body}\n`, ...more].flatMap((yaml) => parseDocuments(yaml));
  const names = new Map([
    ['a', 'rule_a'],
    ['b', 'rule_b'],
  ]);
  const { firings, ungrouped } = correlate(documents as Correlation[], names, hits(text));
  const fired = firings.map(
    (firing) => `${firing.correlation} ${firing.group.join('/')} ${firing.records.join(',')}=${firing.value}`,
  );
  return { fired, ungrouped: [...ungrouped] };
}

test('event_count fires when it becomes true, again when it was false between or a timespan later', () => {
  const rule = '{type: event_count, rules: [rule_a], group-by: [u], timespan: 10s, condition: {gte: 2}}';
  assert.deepEqual(run(rule, 'a@0 u=x\na@10 u=X\na@11 u=x\na@20 u=x\na@21 u=x\na@40 u=x\na@50 u=x').fired, [
    'c X 1,2=2',
    'c x 3,4,5=3',
    'c x 6,7=2',
  ]);
  assert.deepEqual(run(rule, 'a@0 u=x\na@11 u=x\na@0 u=y\na@none u=y').fired, []);
  assert.deepEqual(run(rule, 'a@0 u=x\na@1\na@2 v=1'), { fired: [], ungrouped: [['c', 2]] });
});

test('an event that several rules match counts once', () => {
  const rule = '{type: event_count, rules: [a, b], group-by: [u], timespan: 10s, condition: {gt: 1}}';
  assert.deepEqual(run(rule, 'a+b@0 u=x').fired, []);
  assert.deepEqual(run(rule, 'a+b@0 u=x\nb@1 u=x').fired, ['c x 1,2=2']);
});

test('lt, lte, eq and neq are judged when the window that the first event opened is over', () => {
  const count = (condition: string): string[] =>
    run(
      `{type: event_count, rules: [a], group-by: [u], timespan: 1m, condition: ${condition}}`,
      'a@0 u=x\na@60 u=x\na@61 u=x\na@500 u=y',
    ).fired;
  assert.deepEqual(count('{lt: 2}'), ['c x 3=1', 'c y 4=1']);
  assert.deepEqual(count('{lte: 2}'), ['c x 1,2=2', 'c x 3=1', 'c y 4=1']);
  assert.deepEqual(count('{eq: 2}'), ['c x 1,2=2']);
  assert.deepEqual(count('{neq: 2}'), ['c x 3=1', 'c y 4=1']);
  assert.deepEqual(count('{gt: 1, lte: 2}'), ['c x 1,2=2']);
});

test('value_count counts distinct values without case and leaves null out; several fields count as one value', () => {
  const rule = '{type: value_count, rules: [a], group-by: [u], timespan: 1h, condition: {field: v, gte: 2}}';
  assert.deepEqual(run(rule, 'a@0 u=x v=K\na@1 u=x v=k\na@2 u=x\na@3 u=x v=m').fired, ['c x 1,2,3,4=2']);
  const pair = '{type: value_count, rules: [a], group-by: [u], timespan: 1h, condition: {field: [v, w], gte: 2}}';
  assert.deepEqual(run(pair, 'a@0 u=x v=1 w=1\na@1 u=x v=2\na@2 u=x v=1 w=2').fired, ['c x 1,2,3=2']);
});

test('sums, averages and nearest-rank percentiles are over the numbers of the window', () => {
  const events = 'a@0 u=x n=1\na@1 u=x n=10\na@2 u=x n=none\na@3 u=x n=4';
  const of = (type: string, condition: string): string[] =>
    run(`{type: ${type}, rules: [a], group-by: [u], timespan: 1d, condition: {field: n, ${condition}}}`, events).fired;
  assert.deepEqual(of('value_sum', 'gt: 14'), ['c x 1,2,3,4=15']);
  assert.deepEqual(of('value_avg', 'gte: 5.5'), ['c x 1,2=5.5']);
  assert.deepEqual(of('value_percentile', 'gte: 4, percentile: 50'), ['c x 1,2,3,4=4']);
  assert.deepEqual(of('value_percentile', 'gte: 4, percentile: 100'), ['c x 1,2=10']);
  assert.deepEqual(of('value_percentile', 'gte: 1, percentile: 0'), ['c x 1=1']);
});

test('temporal needs every rule, temporal_ordered needs them in order with an event each', () => {
  const rule = (type: string, rest = ''): string =>
    `{type: ${type}, rules: [a, b], group-by: [u], timespan: 10s${rest}}`;
  assert.deepEqual(run(rule('temporal'), 'b@0 u=x\na@10 u=x').fired, ['c x 1,2=2']);
  assert.deepEqual(run(rule('temporal'), 'b@0 u=x\na@11 u=x').fired, []);
  assert.deepEqual(run(rule('temporal'), 'a+b@0 u=x').fired, ['c x 1=2']);
  assert.deepEqual(run(rule('temporal', ', condition: {gte: 1}'), 'b@0 u=x').fired, ['c x 1=1']);
  assert.deepEqual(run(rule('temporal_ordered'), 'b@0 u=x\na@1 u=x').fired, []);
  assert.deepEqual(run(rule('temporal_ordered'), 'a+b@0 u=x').fired, []);
  assert.deepEqual(run(rule('temporal_ordered'), 'a+b@0 u=x\na+b@0 u=x').fired, ['c x 1,2=2']);
  assert.deepEqual(run(rule('temporal_ordered'), 'a@0 u=x\nb@1 u=x').fired, ['c x 1,2=2']);
});

test('aliases read different fields of different rules', () => {
  const rule =
    '{type: temporal, rules: [rule_a, rule_b], group-by: [ip], timespan: 10s, aliases: {ip: {rule_a: src, rule_b: dst}}}';
  assert.deepEqual(run(rule, 'a@0 src=1 dst=2\nb@1 src=2 dst=1').fired, ['c 1 1,2=2']);
  assert.deepEqual(run(rule, 'a@0 src=1 dst=2\nb@1 src=1 dst=2').fired, []);
});

test('a correlation may refer to correlations: their firings stand where their last event stands', () => {
  const many =
    'id: d\nname: many\ncorrelation: {type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 2}}\n';
  const then = '{type: temporal_ordered, rules: [many, rule_b], group-by: [u, host], timespan: 10s}';
  assert.deepEqual(run(then, 'a@0 u=x host=h\na@1 u=x host=h\nb@2 u=x host=h', [many]).fired, [
    'd x 1,2=2',
    'c x/h 2,3=2',
  ]);
  assert.deepEqual(run(then, 'a@0 u=x host=h\nb@1 u=x host=h\na@2 u=x host=h', [many]).fired, ['d x 1,3=2']);
});

test('a firing is an event of its own beside the base event it stands at', () => {
  const one =
    'id: d\ncorrelation: {type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 1}}\n';
  const count = '{type: event_count, rules: [a, d], group-by: [u], timespan: 10s, condition: {gte: 2}}';
  assert.deepEqual(run(count, 'a@0 u=x', [one]).fired, ['d x 1=1', 'c x 1,1=2']);
  const unordered = '{type: temporal_ordered, rules: [a, d], group-by: [u], timespan: 10s}';
  assert.deepEqual(run(unordered, 'a@0 u=x', [one]).fired, ['d x 1=1']);
});

test('generated correlations are all read, and fire often enough to compare', () => {
  let firings = 0;
  for (const { correlations, hits } of fc.sample(correlationScenarios(), { numRuns: 100, seed: 1 })) {
    const documents = correlations.flatMap((text) => parseDocuments(text)) as Correlation[];
    const names = new Map([
      ['a', 'rule_a'],
      ['b', 'rule_b'],
    ]);
    firings += correlate(documents, names, hits).firings.length;
  }
  assert.ok(firings > 200, String(firings));
});

test('correlations that cannot be evaluated are refused', () => {
  assert.throws(() => run('{type: event_count, rules: [nobody], timespan: 1s}', ''), /unknown rule/);
  assert.throws(() => run('{type: event_count, rules: [a], timespan: 1w}', ''), /timespan/);
  assert.throws(() => run('{type: nosuch, rules: [a], timespan: 1s}', 'a@0'), /correlation type/);
  assert.throws(() => run('{type: event_count, rules: [c], timespan: 1s}', ''), /circle/);
});

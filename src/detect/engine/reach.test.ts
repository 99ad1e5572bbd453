import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { factsFor, SOURCES } from '../../schema/index.ts';
import { type EventView, evaluateRule, type LocatedValue } from '../sigma/evaluate.ts';
import { loadRules } from '../sigma/load.ts';
import type { DetectionRule } from '../sigma/model.ts';
import { type ArrivedLane, applicable, laneFields, reachOf } from './reach.ts';

const source = SOURCES.find(({ id }) => id === 'windows.nxlog') ?? null;
const factsOf = (Channel: string, EventID: string) => (source === null ? [] : factsFor(source, { Channel, EventID }));
const PROCESS = factsOf('Microsoft-Windows-Sysmon/Operational', '1');

const lane = (columns: Readonly<Record<string, number>>, more: Partial<ArrivedLane> = {}): ArrivedLane => ({
  source,
  facts: PROCESS,
  events: 100,
  position: 10,
  columns: new Map(Object.entries(columns).map(([path, position]) => [path, { position, before: position - 10 }])),
  more: false,
  ...more,
});

function rule(detection: string, logsource = '{product: windows, category: process_creation}'): DetectionRule {
  const text = `title: T\nid: r\nlogsource: ${logsource}\ndetection:\n${detection}\n`;
  const { detections, refused } = loadRules([{ path: 'a.yml', text }]);
  assert.deepEqual(refused, []);
  return detections[0];
}

function reach(detection: string, lanes: readonly ArrivedLane[], logsource?: string) {
  const one = rule(detection, logsource);
  return reachOf(one, applicable(one.logsource, lanes.map(laneFields)));
}

suite('from where on a rule could have fired', () => {
  test('a rule whose fields are there could have fired since its last field came', () => {
    const needs = '  a: {Image: x, CommandLine: y}\n  condition: a';
    assert.deepEqual(reach(needs, [lane({ Image: 10, CommandLine: 25 })]), {
      position: 25,
      since: 10,
      missed: 15,
      reason: null,
    });
  });

  test('a rule that needs a field that never came is dead, and says which', () => {
    const needs = '  a: {Image: x, ParentImage: y}\n  condition: a';
    assert.deepEqual(reach(needs, [lane({ Image: 10 })]), {
      position: Number.POSITIVE_INFINITY,
      since: 10,
      missed: 100,
      reason: 'a field it needs never came: ParentImage (in windows/process_creation/sysmon)',
    });
  });

  test('of alternatives one is enough; where all are missing they are named', () => {
    const needs = '  a: {ParentImage: x}\n  b: {User: y}\n  condition: a or b';
    assert.equal(reach(needs, [lane({ User: 30 })]).position, 30);
    assert.equal(
      reach(needs, [lane({ Image: 10 })]).reason,
      'of fields it needs, none ever came: ParentImage, User (in windows/process_creation/sysmon)',
    );
  });

  test('what must not be there is not missed, what must be null or absent neither', () => {
    assert.equal(
      reach('  a: {Image: x}\n  b: {User: y}\n  condition: a and not b', [lane({ Image: 10 })]).position,
      10,
    );
    assert.equal(reach('  a: {Image: x, User: null}\n  condition: a', [lane({ Image: 10 })]).position, 10);
    assert.equal(reach('  a: {User|exists: false}\n  condition: a', [lane({ Image: 10 })]).position, 10);
    assert.equal(
      reach('  a: {User: null}\n  condition: not a', [lane({ Image: 10 })]).position,
      Number.POSITIVE_INFINITY,
    );
    assert.equal(reach('  a: [word]\n  condition: a', [lane({})]).position, 10);
  });

  test('a comparison of fields needs both', () => {
    const needs = '  a: {Image|fieldref: ParentImage}\n  condition: a';
    assert.equal(reach(needs, [lane({ Image: 10, ParentImage: 40 })]).position, 40);
    assert.match(reach(needs, [lane({ Image: 10 })]).reason ?? '', /never came: ParentImage /);
  });

  test('a rule none of whose events ever came says so', () => {
    const needs = '  a: {Image: x}\n  condition: a';
    const other = lane({ Image: 10 }, { facts: factsOf('Security', '4624') });
    assert.deepEqual(reach(needs, [other]).since, Number.POSITIVE_INFINITY);
    assert.match(reach(needs, [other]).reason ?? '', /^no event of windows\/process_creation .*ever came$/);
    assert.equal(
      reach(needs, [other], '{product: nothing, service: such}').reason,
      'no source that weir knows has events of nothing/such',
    );
  });

  test('where not all columns are known, nothing is said to be missing', () => {
    assert.equal(reach('  a: {ParentImage: x}\n  condition: a', [lane({ Image: 10 }, { more: true })]).reason, null);
  });

  test('one kind of events that has the field is enough', () => {
    const needs = '  a: {SourceIp: x}\n  condition: a';
    const network = lane(
      { SourceIp: 60 },
      { facts: factsOf('Microsoft-Windows-Sysmon/Operational', '3'), position: 50, events: 7 },
    );
    assert.equal(reach(needs, [lane({ Image: 10 }), network], '{product: windows}').position, 60);
  });
});

suite('what is said to be dead', () => {
  const NAMES = ['Image', 'CommandLine', 'User', 'ParentImage'];
  const item = fc.tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom(': x', ': null', ': "*"', '|exists: true', '|exists: false', '|neq: x', '|fieldref: User'),
  );
  const selections = fc.array(item, { minLength: 1, maxLength: 4 });
  const condition = fc.constantFrom(
    'all of s*',
    '1 of s*',
    'not 1 of s*',
    'not all of s*',
    's0 and not s1',
    's0 or not s1',
  );
  const events = fc.array(
    fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom('x', 'y', null, ''), { maxKeys: 2 }),
    {
      minLength: 1,
      maxLength: 2,
    },
  );

  test('does not fire on any event whose fields have come', () => {
    let dead = 0;
    fc.assert(
      fc.property(selections, condition, events, (items, how, all) => {
        const text = items.map(([name, value], i) => `  s${i}: {${name}${value}}`).join('\n');
        const one = rule(`${text}\n  ${items.length === 1 ? 's1: {Image: y}\n  ' : ''}condition: ${how}`);
        const columns = Object.fromEntries(all.flatMap((event) => Object.keys(event)).map((name) => [name, 10]));
        const { reason } = reachOf(one, applicable(one.logsource, [laneFields(lane(columns))]));
        if (reason === null) return;
        dead++;
        for (const event of all)
          assert.equal(evaluateRule(one, viewOf(event)), false, `${reason}: ${JSON.stringify(event)}`);
      }),
      { numRuns: 500 },
    );
    assert.ok(dead > 20, `${dead} dead ones`);
  });
});

function viewOf(event: Readonly<Record<string, string | null>>): EventView {
  const values = (field: string): LocatedValue[] => {
    if (!Object.hasOwn(event, field)) return [];
    const text = event[field];
    return [{ kind: text === null ? 'null' : 'string', text: text ?? '', path: field }];
  };
  return { values, present: (field) => Object.hasOwn(event, field), all: () => Object.keys(event).flatMap(values) };
}

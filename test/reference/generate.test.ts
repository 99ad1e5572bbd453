import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Choices, chosen } from './choice.ts';
import { compare, scenarios } from './generate.ts';
import {
  base64Sample,
  networkSample,
  numberSample,
  PLACEHOLDERS,
  wideSample,
  wildcardSample,
} from './generate-values.ts';
import {
  anyRouter,
  bytesOf,
  differences,
  type Engine,
  matches,
  parseRules,
  referenceHits,
  textLines,
} from './harness.ts';
import { parseJson } from './json.ts';
import { parseRule } from './rule.ts';

/** The reference in the place of an engine. */
const itself: Engine = async (rules, ndjson, placeholders) => {
  const hits = referenceHits(rules, textLines(ndjson), anyRouter, placeholders);
  return new Map([...hits].map(([rule, records]) => [rule, [...records]]));
};

test('every generated rule loads and every generated event is JSON', () => {
  fc.assert(
    fc.property(scenarios(8, 8), ({ rules, lines }) => {
      const read = parseRules(rules, PLACEHOLDERS);
      assert.deepEqual([...read.refused.values()], []);
      assert.equal(read.rules.length, 8);
      for (const line of lines) parseJson(bytesOf(line).toString());
    }),
    { numRuns: 60 },
  );
});

test('a generated event matches the rule it was made for about every third time', () => {
  let pairs = 0;
  let matched = 0;
  for (const { rules, lines } of fc.sample(scenarios(8, 16), { numRuns: 60, seed: 3 })) {
    const hits = referenceHits(rules, lines, anyRouter, PLACEHOLDERS);
    lines.slice(0, 16).forEach((_, i) => {
      pairs++;
      if (hits.get(`r${(i % 8) + 1}`)?.has(i + 1)) matched++;
    });
  }
  assert.ok(matched / pairs > 0.25 && matched / pairs < 0.6, `${matched} of ${pairs}`);
});

test('texts made from a pattern match it, however wildcards and backslashes were escaped', () => {
  const wraps = ['whole', 'contains', 'startswith', 'endswith'] as const;
  const samples = chosen(120, (c) => {
    const wrap = c.pick(wraps);
    const cased = c.chance(30);
    const sample = wildcardSample(c, wrap, cased);
    const key = ['f', ...(wrap === 'whole' ? [] : [wrap]), ...(cased ? ['cased'] : [])].join('|');
    return { key, written: sample.written, text: sample.text(c), sure: sample.sure };
  });
  let unsure = 0;
  fc.assert(
    fc.property(samples, ({ key, written, text, sure }) => {
      if (sure) assert.equal(fits(key, written, text), true);
      else unsure++;
    }),
    { numRuns: 1500 },
  );
  assert.ok(unsure < 500, `${unsure} of 1500 were left out`);
});

function fits(key: string, written: string, text: string): boolean {
  const rule = parseRule(`detection: {s: {${JSON.stringify(key)}: ${written}}, condition: s}`);
  return matches(rule, parseJson(JSON.stringify({ f: text })), anyRouter);
}

test('Base64 at any offset, and text spread to two bytes a letter, are found', () => {
  const encodings = ['utf8', 'utf16le', 'utf16be', 'utf16'] as const;
  const samples = chosen(40, (c) => {
    const encoding = c.pick(encodings);
    const sample = base64Sample(c, encoding, true);
    const first = encoding === 'utf8' ? [] : [encoding];
    return {
      key: ['f', ...first, 'base64offset', 'contains'].join('|'),
      written: sample.written,
      text: sample.text(c),
    };
  });
  fc.assert(fc.property(samples, ({ key, written, text }) => assert.equal(fits(key, written, text), true)));
  const wide = chosen(40, (c) => ({ bigEndian: c.chance(50), c }));
  fc.assert(
    fc.property(wide, ({ bigEndian, c }) => {
      const sample = wideSample(c, bigEndian);
      assert.equal(fits(bigEndian ? 'f|utf16be' : 'f|wide', sample.written, sample.text(c)), true);
    }),
  );
});

test('choices that have run out are the first options', () => {
  const c = new Choices([]);
  assert.equal(c.pick(['first', 'second']), 'first');
  assert.equal(c.chance(99), false);
  assert.equal(fits('f|cidr', networkSample(c).written, networkSample(c).text(c)), true);
  assert.equal(numberSample(c).written, '0');
});

test('compare finds nothing against the reference itself, and the pair on which an engine errs', async () => {
  assert.deepEqual(await compare(itself, anyRouter, 5, 1), []);
  const forgetful: Engine = async (rules, ndjson, placeholders) => {
    const hits = new Map(await itself(rules, ndjson, placeholders));
    for (const rule of hits.keys()) hits.set(rule, (hits.get(rule) ?? []).slice(1));
    return hits;
  };
  const found = await compare(forgetful, anyRouter, 5, 1);
  assert.equal(found[0]?.only, 'reference');
  assert.match(found[0]?.yaml ?? '', /^title: r/);
  const eager: Engine = async () => new Map([['t', [1]]]);
  const rule = 'title: t\nid: t\ndetection: {s: {f: a}, condition: s}\n';
  assert.deepEqual(await differences(eager, [rule], ['{"f":"b"}'], anyRouter), [
    { rule: 't', record: 1, only: 'engine', yaml: rule, line: '{"f":"b"}' },
  ]);
});

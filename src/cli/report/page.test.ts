import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Hit } from '../../pipeline/index.ts';
import { htmlWriter } from '../output/html.ts';
import { hitLines, NO_RULES, sampleContext, sampleHit, sampleSummary } from '../samples.twin.ts';
import { clientScript } from './page.ts';

async function page(hits: readonly Hit[], summary = sampleSummary(), title = 'logs/'): Promise<string> {
  const context = sampleContext({
    paths: [title],
    rules: {
      ...NO_RULES,
      detections: [{ id: 'sha256:a', title: 'No id', level: 'low' }],
      warnings: [{ path: 'w.yml', message: 'a filter without not' }],
    },
    ruleHeads: async () => new Map([[sampleHit().rule.id, { description: 'Why it matters' } as never]]),
  });
  const writer = htmlWriter(context);
  writer.hits(hitLines(hits));
  await writer.finish(summary);
  return context.out.text();
}

const HOSTILE = `<img src=x onerror="alert(1)">'</script><script>alert(2)</script>\u202e\u001b`;

test('the page runs its own script and style, known by their hashes, and nothing else', async () => {
  const text = await page([sampleHit()]);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? '';
  const hashOf = (body: string): string => `'sha256-${createHash('sha256').update(body).digest('base64')}'`;
  const script = /<script type="module">([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`,
  );
  assert.equal(/\son[a-z]+=|style="|<(?:link|img|iframe|object)\b|@import|url\(/.test(text), false);
  assert.deepEqual(text.match(/\b(?:src|href|action)="[^"]*"/g), null);
});

test('the modules of the script join to one that names nothing from elsewhere', () => {
  const script = clientScript();
  assert.equal(/^\s*(?:import|export)\b/m.test(script), false);
  // Throws on a syntax error, such as a name declared by two modules.
  assert.doesNotThrow(() => new Function(script));
});

test('text of events and rules is nowhere in the page as markup', async () => {
  const hit = sampleHit({
    rule: { id: HOSTILE, title: HOSTILE, tags: [HOSTILE] },
    host: HOSTILE,
    source: { path: HOSTILE },
    matches: [{ selection: HOSTILE, field: HOSTILE, op: 'equals', pattern: HOSTILE, value: HOSTILE, decisive: true }],
    event: { [HOSTILE]: HOSTILE },
  });
  const unparsed = [{ path: HOSTILE, position: HOSTILE, reason: HOSTILE }];
  const refused = [{ path: HOSTILE, id: HOSTILE, reason: HOSTILE }];
  const rules = { loaded: 1, refused, not_a_rule: [], silenced_by: { [HOSTILE]: [HOSTILE] } };
  const text = await page([hit], sampleSummary({ unparsed, rules, lanes: { [HOSTILE]: 1 } }), HOSTILE);
  assert.equal(text.includes('<img'), false);
  assert.equal(text.includes('alert(2)</script>'), false);
  assert.equal((text.match(/<script\b/g) ?? []).length, 4);
  assert.equal((text.match(/<\/script>/g) ?? []).length, 4);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.equal(/[\u0000-\u0009\u000b-\u001f]/.test(text.replaceAll(clientScript(), '')), false);
});

test('counts are of all hits, each rule with its span and hosts', async () => {
  const later = sampleHit({ time: '2026-03-03T00:00:00Z', host: 'b' });
  const text = await page([sampleHit(), later, sampleHit({ rule: { id: 'l', level: 'low', title: 'Quiet' } })]);
  assert.match(text, /<title>weir: 3 hits<\/title>/);
  assert.match(
    text,
    /class="tile high"[^>]*>\s*<span class="name">High<\/span><span class="number">2<\/span><span class="sub">1 rule</,
  );
  assert.match(
    text,
    /Shell from a document<\/button><span class="techniques">T1059\.001<\/span><\/td>\s*<td class="n">2<\/td><td class="n">2<\/td>\s*<td class="when">2026-03-02 10:11:12<\/td><td class="when">2026-03-03 00:00:00</,
  );
  assert.equal(text.includes('Partial result'), false);
});

test('the hits are in it, compressed, with what their rules say of themselves', async () => {
  const text = await page([sampleHit()]);
  const data = JSON.parse(/id="data">([^<]*)</.exec(text)?.[1] ?? '') as {
    rules: { description: string; tactics: number[] }[];
  };
  assert.equal(data.rules[0].description, 'Why it matters');
  const events = /id="e0">([^<]*)</.exec(text)?.[1] ?? '';
  assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(events, 'base64')).toString()), sampleHit().event);
});

test('carved events are marked and counted apart', async () => {
  const text = await page([sampleHit({ source: { carved: true } })], sampleSummary({ carved: 5 }));
  assert.match(text, /1,000 events, 5 of them carved from free space, \(2\.50 MB\)/);
  const heads = /id="h0">([^<]*)</.exec(text)?.[1] ?? '';
  const [[, , , , , , mark]] = JSON.parse(gunzipSync(Buffer.from(heads, 'base64')).toString()) as unknown[][];
  assert.equal(mark, 1);
  for (const module of ['list', 'detail']) assert.match(clientScript(), /carved\[row\] === 1 \? '/, module);
});

test('what was not read, refused or stopped is said', async () => {
  const text = await page(
    [],
    sampleSummary({
      complete: false,
      rules: {
        loaded: 2,
        refused: [{ path: 'r.yml', id: null, reason: 'line 2: bad' }],
        not_a_rule: [],
        silenced_by: { 'sha256:a': ['b'] },
      },
      unparsed: Array.from({ length: 203 }, (_, at) => ({ path: `f${at}`, position: '', reason: 'gone' })),
      left_out: [{ path: '.git', reason: 'its name starts with a dot' }],
      lanes: { none: 5, 'windows/security': 9 },
    }),
  );
  for (const said of [
    'Partial result',
    'r.yml: line 2: bad',
    'f199: gone',
    'and 3 more',
    'No id, by b',
    'windows/security: 9 events',
    'w.yml: a filter without not',
    '1 file left out on purpose',
    '.git: its name starts with a dot',
  ]) {
    assert.equal(text.includes(said), true, said);
  }
  assert.equal(text.includes('f200: gone'), false);
});

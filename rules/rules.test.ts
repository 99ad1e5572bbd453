import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadRules } from '../src/detect/index.ts';
import { type Hit, scanText } from '../src/pipeline/index.ts';
import { readShippedRules, type ShippedRule } from './shipped.ts';
import { rulesPage } from './write-docs.ts';

const RULES = readShippedRules();
const kind = ({ text }: ShippedRule) => /^(correlation|filter|detection):/m.exec(text)?.[1];
const DETECTIONS = RULES.filter((rule) => kind(rule) === 'detection');
const CORRELATIONS = RULES.filter((rule) => kind(rule) === 'correlation');
/** Without correlations, the rules they are made of give hits of their own. */
const UNSILENCED = RULES.filter((rule) => kind(rule) !== 'correlation');

/** `tests/<rule>.fires.ndjson` or `.silent.ndjson`, by lines. */
function events({ path }: ShippedRule, what: 'fires' | 'silent'): string[] {
  const file = new URL(`tests/${path.replace(/\.yml$/, '')}.${what}.ndjson`, import.meta.url);
  const lines = readFileSync(fileURLToPath(file), 'utf8').trimEnd().split('\n');
  for (const line of lines) JSON.parse(line);
  return lines;
}

interface Sample {
  readonly rule: string;
  readonly what: 'fires' | 'silent';
  readonly text: string;
}
const SAMPLES: readonly Sample[] = [...DETECTIONS, ...CORRELATIONS].flatMap((rule) =>
  (['fires', 'silent'] as const).flatMap((what) => events(rule, what).map((text) => ({ rule: rule.path, what, text }))),
);

async function scan(rules: readonly ShippedRule[], lines: readonly string[]): Promise<Hit[]> {
  const { hits, summary } = await scanText(rules, lines.map((line) => `${line}\n`).join(''));
  assert.equal(summary.events, lines.length);
  assert.deepEqual(summary.unparsed, []);
  assert.deepEqual(summary.rules.refused, []);
  return hits;
}

/** Rules that give no hits of their own, since correlations count or order what they find. */
const BASES = RULES.filter(({ id }) => Object.hasOwn(loadRules(RULES).silencedBy, id)).map(({ path }) => path);

const pathOf = (id: string): string => RULES.find((rule) => rule.id === id)?.path ?? id;

/** Rules that hit each sample, as detections by themselves. */
const found = new Map<Sample, Set<string>>();
before(async () => {
  for (const sample of SAMPLES) found.set(sample, new Set());
  const hits = await scan(
    UNSILENCED,
    SAMPLES.map(({ text }) => text),
  );
  for (const { rule, source } of hits) found.get(SAMPLES[source.record - 1])?.add(pathOf(rule.id));
});

it('every rule loads without refusal or warning', () => {
  const { detections, correlations, refused, warnings, notARule } = loadRules(RULES);
  assert.deepEqual({ refused, warnings, notARule }, { refused: [], warnings: [], notARule: [] });
  assert.equal(detections.length + correlations.length, DETECTIONS.length + CORRELATIONS.length);
  assert.ok(CORRELATIONS.length >= 3);
  assert.equal(RULES.length - DETECTIONS.length - CORRELATIONS.length, 1);
});

it('ids are random UUIDs and none is used twice', () => {
  for (const { id, path } of RULES) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, path);
  }
  assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
});

it('every rule says what it is, why, where to read on, what else may cause it, and how bad it is', () => {
  const { detections, correlations } = loadRules(RULES);
  for (const rule of [...detections, ...correlations]) {
    assert.ok(rule.title.length <= 90 && (rule.description ?? '').length > 40, rule.path);
    assert.ok(rule.references.length > 0 && rule.falsepositives.length > 0, rule.path);
    assert.match(RULES.find(({ path }) => path === rule.path)?.text ?? '', /^level: /m, rule.path);
  }
});

/** Tactics of ATT&CK 19, https://attack.mitre.org/tactics/enterprise/ */
const TACTICS = [
  'collection',
  'command-and-control',
  'credential-access',
  'defense-impairment',
  'discovery',
  'execution',
  'exfiltration',
  'impact',
  'initial-access',
  'lateral-movement',
  'persistence',
  'privilege-escalation',
  'reconnaissance',
  'resource-development',
  'stealth',
];

it('every tactic of ATT&CK is covered, and each rule is filed under its first', () => {
  const { detections, correlations } = loadRules(RULES);
  const covered = new Set<string>();
  for (const { path, tags } of [...detections, ...correlations]) {
    const tactics = tags.map((tag) => tag.replace('attack.', '')).filter((tag) => !/^t\d{4}/.test(tag));
    for (const tactic of tactics) covered.add(tactic);
    const name = path.slice(path.indexOf('/') + 1);
    assert.ok(name.startsWith(`${tactics[0]?.replaceAll('-', '_')}_`), path);
    assert.ok(tags.some((tag) => /^attack\.t\d{4}(\.\d{3})?$/.test(tag)) || tactics.length > 0, path);
  }
  assert.deepEqual([...covered].sort(), TACTICS);
});

for (const rule of DETECTIONS) {
  it(`${rule.path} fires on each of its events and on no near miss`, () => {
    const own = SAMPLES.filter((sample) => sample.rule === rule.path);
    for (const what of ['fires', 'silent'] as const) {
      const samples = own.filter((sample) => sample.what === what);
      assert.ok(samples.length > 0);
      for (const sample of samples) {
        assert.equal(found.get(sample)?.has(rule.path), what === 'fires', `${what}: ${sample.text}`);
      }
    }
  });
}

for (const rule of CORRELATIONS) {
  it(`${rule.path} fires once on its events and not on what falls short`, async () => {
    // Without those that are made of it, which would silence it.
    const made = CORRELATIONS.filter(({ text }) => rule.text.includes(`- ${/^name: (.+)$/m.exec(text)?.[1]}\n`));
    for (const what of ['fires', 'silent'] as const) {
      const hits = await scan([...UNSILENCED, ...made, rule], events(rule, what));
      assert.equal(hits.filter(({ rule: { id } }) => id === rule.id).length, what === 'fires' ? 1 : 0, what);
    }
  });
}

it('the near misses of one rule are hits of no other', () => {
  const others = SAMPLES.filter(({ rule, what }) => what === 'silent' && DETECTIONS.some(({ path }) => path === rule))
    .flatMap((sample) => [...(found.get(sample) ?? [])].map((path) => `${sample.rule}: ${path}`))
    .filter((hit) => !BASES.some((path) => hit.endsWith(`: ${path}`)));
  assert.deepEqual(others, []);
});

it('a filter keeps the software it names from being a hit, and nothing more', async () => {
  const silent = RULES.filter(({ path }) => path.includes('execution_wmi_starts_shell'));
  const filter = RULES.filter(({ path }) => path.includes('filter_deployment'));
  const [rule] = silent;
  const lines = [...events(rule, 'fires'), ...events(rule, 'silent')];
  const [without, filtered] = [await scan(silent, lines), await scan([...silent, ...filter], lines)];
  assert.deepEqual([without.length, filtered.length], [3, 2]);
});

it('docs/rules.md lists the rules as they are', () => {
  const page = readFileSync(fileURLToPath(new URL('../docs/rules.md', import.meta.url)), 'utf8');
  assert.equal(page, rulesPage(), 'run node bin/node24.js rules/write-docs.ts');
});

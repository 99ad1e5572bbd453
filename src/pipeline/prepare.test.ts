import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { buildZip } from '../../test/fuzz/formats-kit.ts';
import { limits } from '../base/index.ts';
import { EVIL, rule, scanned, started, testFolder } from './kit.twin.ts';
import { liveRules, setOf } from './live/rule-set.ts';
import { type PreparedRules, type PrepareOptions, prepareRules, startRules } from './prepare.ts';
import { listRuleFiles, readRuleFiles } from './rule-files.ts';

const folder = testFolder();
after(() => fs.rmSync(folder, { recursive: true }));

/** A new folder of rules and a place for a cache. */
function setUp(name: string): { rules: string; cache: string } {
  const rules = path.join(folder, name);
  fs.mkdirSync(path.join(rules, 'deep'), { recursive: true });
  fs.writeFileSync(path.join(rules, 'evil.yml'), EVIL);
  fs.writeFileSync(path.join(rules, 'deep/low.YAML'), rule('low', `{Image: low}`, 'low'));
  fs.writeFileSync(path.join(rules, 'readme.md'), 'no rule');
  return { rules, cache: path.join(folder, `${name}-cache`) };
}

const ids = ({ report }: PreparedRules): string[] => report.detections.map(({ id }) => id).sort();

const EVENTS = Buffer.from(`${started('C:\\evil.exe')}\n${started('low')}\n`);

test('rules prepared again come from the cache and find the same', async () => {
  const { rules, cache } = setUp('again');
  const count = `title: often
id: often
correlation:
  type: event_count
  rules: low
  timespan: 1m
  condition: {gte: 1}
`;
  fs.writeFileSync(path.join(rules, 'often.yml'), count);
  const first = await prepareRules({ paths: [rules], cache });
  const second = await prepareRules({ paths: [rules], cache });
  assert.deepEqual([first.cached, second.cached], [false, true]);
  assert.deepEqual(second.report, JSON.parse(JSON.stringify(first.report)));
  assert.deepEqual(second.rules.quiet, first.rules.quiet);
  assert.deepEqual(new Uint8Array(second.rules.image), new Uint8Array(first.rules.image));
  const found = await scanned(first, [], { text: EVENTS });
  assert.deepEqual(found.places, ['text 1 evil', 'text 2 often']);
  assert.deepEqual((await scanned(second, [], { text: EVENTS })).lines, found.lines);
});

test('rules are scanned with before they are compiled, and stand in the cache when the scan is over', async () => {
  const { rules, cache } = setUp('started');
  const started = await startRules({ paths: [rules], cache });
  const asked: unknown[] = [];
  const lanes: typeof started.lanes = (facts) => {
    asked.push(facts);
    return started.lanes?.(facts) ?? null;
  };
  assert.deepEqual([started.cached, fs.existsSync(cache)], [false, false]);
  const found = await scanned({ ...started, lanes }, [], { text: EVENTS, threads: 2 });
  assert.deepEqual(found.places, ['text 1 evil', 'text 2 low']);
  assert.equal(asked.length, 1);
  const cached = await startRules({ paths: [rules], cache });
  assert.deepEqual([cached.cached, cached.lanes], [true, null]);
  const whole = await prepareRules({ paths: [rules], cache: null });
  assert.deepEqual(new Uint8Array(cached.rules.image), new Uint8Array(whole.rules.image));
  assert.deepEqual((await scanned(cached, [], { text: EVENTS })).lines, found.lines);
});

test('a changed file, option or pipeline is compiled anew', async () => {
  const { rules, cache } = setUp('changes');
  const pipeline = path.join(folder, 'pipeline.yml');
  fs.writeFileSync(pipeline, 'name: p\npriority: 1\ntransformations: []\n');
  const isCached = async (options: Partial<PrepareOptions> = {}): Promise<boolean> =>
    (await prepareRules({ paths: [rules], cache, ...options })).cached;
  for (const options of [
    {},
    { minLevel: 'high' },
    { placeholders: { a: ['b'] } },
    { pipelines: [pipeline] },
  ] as const) {
    assert.deepEqual([await isCached(options), await isCached(options)], [false, true], JSON.stringify(options));
  }
  fs.writeFileSync(path.join(rules, 'evil.yml'), EVIL.replace('evil.exe', 'evyl.exe'));
  assert.deepEqual([await isCached(), await isCached()], [false, true]);
  fs.rmSync(path.join(rules, 'evil.yml'));
  assert.deepEqual(ids(await prepareRules({ paths: [rules], cache })), ['low']);
  fs.appendFileSync(pipeline, '# changed\n');
  assert.equal(await isCached({ pipelines: [pipeline] }), false);
});

test('rules below minLevel are left out, but for what a correlation needs', async () => {
  const { rules } = setUp('levels');
  const high = await prepareRules({ paths: [rules], cache: null, minLevel: 'high' });
  assert.deepEqual(ids(high), ['evil']);
  const twice = `title: often
id: often
level: critical
correlation:
  type: event_count
  rules: low
  generate: true
  timespan: 1m
  condition: {gte: 1}
`;
  fs.writeFileSync(path.join(rules, 'often.yml'), twice);
  const needed = await prepareRules({ paths: [rules], cache: null, minLevel: 'high' });
  assert.deepEqual(ids(needed), ['evil', 'low']);
  const { places, summary } = await scanned(needed, [], { text: EVENTS, minLevel: 'high' });
  assert.deepEqual(places, ['text 1 evil', 'text 2 often']);
  assert.deepEqual(summary.hits, { evil: 1, often: 1 });
});

test('a cache file damaged anywhere is compiled anew and put right', async () => {
  const { rules, cache } = setUp('damage');
  await prepareRules({ paths: [rules], cache });
  const [name] = fs.readdirSync(cache);
  const file = path.join(cache, name);
  const good = fs.readFileSync(file);
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] ^= 1;
    return bytes;
  };
  const damaged = [0, 4, 8, 12, 16, good.length - 1].map(flipped);
  for (const bytes of [...damaged, good.subarray(0, 10), good.subarray(0, -1), Buffer.alloc(0)]) {
    fs.writeFileSync(file, bytes);
    const again = await prepareRules({ paths: [rules], cache });
    assert.deepEqual([again.cached, ids(again)], [false, ['evil', 'low']]);
    assert.deepEqual(fs.readFileSync(file), good);
  }
  fs.rmSync(file);
  fs.mkdirSync(file);
  assert.deepEqual(ids(await prepareRules({ paths: [rules], cache })), ['evil', 'low']);
});

test('where the cache cannot be written rules are compiled each time', async () => {
  const { rules } = setUp('readonly');
  const cache = path.join(rules, 'readme.md');
  for (let i = 0; i < 2; i++) {
    const each = await prepareRules({ paths: [rules], cache });
    assert.deepEqual([each.cached, ids(each)], [false, ['evil', 'low']]);
  }
  assert.equal(fs.readFileSync(cache, 'utf8'), 'no rule');
});

test('the newest six sets of rules are kept, and other files of the folder left alone', async () => {
  const { rules, cache } = setUp('many');
  fs.mkdirSync(cache);
  fs.writeFileSync(path.join(cache, 'mine.bin'), '');
  const prepare = (n: number): Promise<PreparedRules> =>
    prepareRules({ paths: [rules], cache, placeholders: { n: [`${n}`] } });
  for (let n = 0; n < 8; n++) {
    await prepare(n);
    for (const name of fs.readdirSync(cache)) {
      const file = path.join(cache, name);
      // Times far enough apart for any file system.
      fs.utimesSync(file, 0, fs.statSync(file).mtimeMs / 1000 - 10);
    }
  }
  assert.equal(fs.readdirSync(cache).length, 7);
  assert.ok(fs.existsSync(path.join(cache, 'mine.bin')));
  assert.equal((await prepare(2)).cached, true);
  assert.equal((await prepare(1)).cached, false);
});

test('a zip of rules is read like a folder; what is too large or broken in it is named and nothing cached', async () => {
  const { cache } = setUp('zips');
  const zip = path.join(folder, 'rules.zip');
  const low = { name: 'in/low.yml', data: Buffer.from(rule('low', `{Image: low}`)) };
  const members = [{ name: 'evil.yml', data: Buffer.from(EVIL) }, low, { name: 'a.txt', data: Buffer.from('x') }];
  fs.writeFileSync(zip, buildZip(members));
  const whole = await prepareRules({ paths: [zip], cache });
  assert.deepEqual([ids(whole), whole.report.unreadable], [['evil', 'low'], []]);
  assert.equal((await prepareRules({ paths: [zip], cache })).cached, true);

  const large = { name: 'large.yml', data: Buffer.alloc(limits.ruleFileBytesMax + 1, 0x23) };
  fs.writeFileSync(zip, buildZip([...members, large]));
  const reason = `more than ${limits.ruleFileBytesMax} bytes, too large for a rule file`;
  for (let i = 0; i < 2; i++) {
    const part = await prepareRules({ paths: [zip], cache });
    assert.deepEqual(
      [part.cached, ids(part), part.report.unreadable],
      [false, ['evil', 'low'], [{ path: `${zip}!large.yml`, position: '', reason }]],
    );
  }
});

test('rule files are listed sorted, with a stamp of each, and read as they are', async () => {
  const { rules } = setUp('listed');
  const listing = listRuleFiles([rules, path.join(rules, 'readme.md')]);
  const files = ['deep/low.YAML', 'evil.yml', 'readme.md'].map((name) => path.join(rules, name));
  assert.deepEqual(listing.files, files);
  assert.deepEqual(
    listing.stamp.split('\n').map((line) => line.split('\t')[0]),
    files,
  );
  const read = [];
  const unreadable: unknown[] = [];
  for await (const each of readRuleFiles([...files, path.join(folder, 'gone.yml')], (one) => unreadable.push(one))) {
    read.push(each.text);
  }
  assert.deepEqual(read, [rule('low', `{Image: low}`, 'low'), EVIL, 'no rule']);
  assert.equal(unreadable.length, 1);
});

test('a rule file that several paths lead to counts once, under the first', async () => {
  const { rules } = setUp('twice');
  const evil = path.join(rules, 'evil.yml');
  const link = path.join(folder, 'link.yml');
  fs.symlinkSync(evil, link);
  const paths = [evil, rules, `${rules}/`, link, path.join(rules, 'deep')];
  assert.deepEqual(listRuleFiles(paths).files, [evil, path.join(rules, 'deep/low.YAML')]);
  const { report } = await prepareRules({ paths, cache: null });
  assert.deepEqual([report.detections.length, report.refused], [2, []]);
  // Two files with the same rule are still two.
  fs.copyFileSync(evil, path.join(rules, 'copy.yml'));
  assert.equal((await prepareRules({ paths, cache: null })).report.refused.length, 1);
});

test('a path of rules that is not there is refused with a hint', async () => {
  const missing = path.join(folder, 'none');
  await assert.rejects(prepareRules({ paths: [missing], cache: null }), {
    name: 'WeirError',
    code: 'rules.missing',
    message: `no rules at ${missing}: no such file or directory`,
    hint: 'Give a rule file, a folder of rules or a zip archive.',
  });
});

test('rules are left out as long as they are of the version that was set aside, from the cache as well', async () => {
  const { rules, cache } = setUp('aside');
  const all = liveRules(await prepareRules({ paths: [rules], cache }));
  const [evil] = all.detections.filter(({ id }) => id === 'evil');
  const leftOut = [{ id: 'evil', version: evil.version, reason: 'slow' }];
  for (const cached of [false, true]) {
    const prepared = await prepareRules({ paths: [rules], cache, leftOut });
    assert.deepEqual([prepared.cached, ids(prepared)], [cached, ['low']]);
    const live = liveRules(prepared, leftOut);
    assert.deepEqual(live.leftOut, [{ ...evil, reason: 'slow' }]);
    assert.equal(setOf(live), live.set);
    // The same rules for another reason are another set: what it says of the ledger differs.
    assert.notEqual(live.set, liveRules(prepared, [{ ...leftOut[0], reason: 'other' }]).set);
  }
  fs.writeFileSync(path.join(rules, 'evil.yml'), EVIL.replace('evil.exe', 'bad.exe'));
  const changed = await prepareRules({ paths: [rules], cache, leftOut });
  assert.deepEqual(ids(changed), ['evil', 'low']);
  assert.equal(changed.report.leftOut, undefined);
});

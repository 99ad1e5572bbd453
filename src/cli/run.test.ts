import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { processEvent, RULE, RULE_ID, scratch } from '../../test/cli/run.ts';
import { type RunOptions, requireRules, runScan } from './run.ts';
import { screen } from './samples.twin.ts';

const CMD = 'C:\\Windows\\cmd.exe';

function options(t: TestContext, parts: Partial<RunOptions> = {}): RunOptions & { out: string; folder: string } {
  const { folder, write } = scratch(t);
  const silent = screen({ isTty: false, cursor: false });
  return {
    paths: [write('log.ndjson', processEvent(CMD) + processEvent('C:\\b.exe'))],
    rules: [write('rules/shell.yml', RULE)],
    pipelines: [],
    format: 'ndjson',
    threads: 1,
    recover: false,
    explain: false,
    cache: path.join(folder, 'cache'),
    stdout: silent,
    stderr: silent,
    summary: path.join(folder, 'summary.json'),
    ...parts,
    out: path.join(folder, 'hits'),
    folder,
  };
}

test('hits and summary go to their files', async (t) => {
  const run = options(t);
  const { status, summary } = await runScan(run);
  assert.equal(status, 0);
  assert.equal(fs.readFileSync(run.out, 'utf8').split('\n').length, 2);
  assert.equal(fs.readFileSync(run.summary ?? '', 'utf8'), `${JSON.stringify(summary)}\n`);
  assert.deepEqual(summary.hits, { [RULE_ID]: 1 });
});

test('the same from the cache of compiled rules, and for every format', async (t) => {
  const run = options(t);
  for (const format of ['ndjson', 'json', 'timeline', 'table', 'html'] as const) {
    assert.equal((await runScan({ ...run, format })).status, 0);
    assert.equal(fs.readFileSync(run.out, 'utf8').includes('Shell started'), true, format);
  }
  assert.equal(fs.readdirSync(path.join(run.folder, 'cache')).length > 0, true);
});

test('a hit at the level asked about goes before input that could not be read', async (t) => {
  const run = options(t);
  const paths = [...run.paths, path.join(run.folder, 'gone')];
  assert.equal((await runScan({ ...run, paths })).status, 4);
  assert.equal((await runScan({ ...run, paths, failOn: 'high' })).status, 3);
  assert.equal((await runScan({ ...run, paths, failOn: 'critical' })).status, 4);
  assert.equal((await runScan({ ...run, paths: paths.slice(1), failOn: 'high' })).status, 1);
});

test('no rules is an error of its own, after the scan has said what it read', async (t) => {
  const run = options(t);
  const empty = path.join(run.folder, 'empty');
  fs.mkdirSync(empty);
  const result = await runScan({ ...run, rules: [empty] });
  assert.equal(result.summary.events, 2);
  assert.throws(() => requireRules(result, ['x']), { code: 'cli.no_rules' });
});

test('what cannot be written is known before anything is read', async (t) => {
  const run = options(t);
  const nowhere = path.join(run.folder, 'no', 'such', 'file');
  await assert.rejects(runScan({ ...run, summary: nowhere }), { code: 'cli.summary' });
  await assert.rejects(runScan({ ...run, out: nowhere }), { code: 'disk.write' });
  await assert.rejects(runScan({ ...run, rules: [nowhere] }), { code: 'rules.missing' });
});

test('nothing that is read is overwritten', async (t) => {
  const run = options(t);
  const [log] = run.paths;
  const [rule] = run.rules;
  const before = [log, rule].map((file) => fs.readFileSync(file, 'utf8'));
  const link = path.join(run.folder, 'link');
  fs.symlinkSync(log, link);
  for (const parts of [{ out: log }, { out: link }, { out: rule }, { summary: log }, { summary: rule }]) {
    await assert.rejects(runScan({ ...run, ...parts }), { code: 'cli.usage', message: /would overwrite/ });
  }
  await assert.rejects(runScan({ ...run, summary: run.out }), { code: 'cli.usage', message: /are both/ });
  assert.deepEqual(
    [log, rule].map((file) => fs.readFileSync(file, 'utf8')),
    before,
  );
  // Several things may go to /dev/null, and come from there.
  assert.equal((await runScan({ ...run, out: '/dev/null', pipelines: [] })).status, 0);
});

test('outputs in a folder that is scanned are no input, and what is left out is said', async (t) => {
  const run = options(t);
  const paths = [run.folder];
  fs.writeFileSync(path.join(run.folder, '.hidden'), 'x');
  fs.rmSync(path.join(run.folder, 'rules'), { recursive: true });
  const rules = [path.join(fs.mkdtempSync(path.join(run.folder, '.rules-')), 'r.yml')];
  fs.writeFileSync(rules[0], RULE);
  const again = async () => (await runScan({ ...run, paths, rules, cache: null })).summary;
  await again();
  const summary = await again();
  assert.deepEqual([summary.events, summary.unparsed], [2, []]);
  assert.deepEqual(
    summary.left_out.map(({ path: at, reason }) => `${path.basename(at).slice(0, 7)}: ${reason}`),
    [
      '.hidden: its name starts with a dot',
      '.rules-: its name starts with a dot',
      'hits: it is an output of this scan',
      'summary: it is an output of this scan',
    ],
  );
});

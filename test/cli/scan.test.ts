/** `weir scan` as a process: what it writes where, and how it ends. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Hit, Summary } from '../../src/pipeline/index.ts';
import { ended, processEvent, RULE, RULE_ID, scratch, startWeir, weir } from './run.ts';

const CMD = 'C:\\Windows\\cmd.exe';

test('a hit line has the fields of the contract, the summary too', async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('rules/shell.yml', RULE);
  write('rules/settings.yml', 'a: 1\n');
  write('rules/bad.yml', RULE.replace('endswith', 'nonsense').replaceAll('0001', '0002'));
  const log = write(
    'log.ndjson',
    processEvent('C:\\b.exe') + processEvent(CMD, 5, { n: 1 }).replace('"n":1', '"n":9007199254740993'),
  );
  const summaryFile = path.join(folder, 's.json');
  const { status, stdout, stderr } = await weir([
    'scan',
    log,
    '--rules',
    path.dirname(rules),
    '--summary',
    summaryFile,
  ]);
  assert.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const hit = JSON.parse(lines[0]) as Hit;
  assert.deepEqual(Object.keys(hit), ['rule', 'time', 'source', 'host', 'matches', 'event']);
  assert.deepEqual(hit.rule, {
    id: RULE_ID,
    title: 'Shell started',
    level: 'high',
    tags: ['attack.execution'],
    logsource: { product: 'windows', category: 'process_creation', definition: 'kept' },
  });
  assert.deepEqual(
    [hit.time, hit.source, hit.host],
    ['2026-03-02T10:00:05.000Z', { path: log, record: 2 }, 'ws-1.corp.example'],
  );
  assert.equal(lines[0].includes('"n":9007199254740993}'), true);
  const summary = JSON.parse(fs.readFileSync(summaryFile, 'utf8')) as Summary;
  assert.deepEqual([summary.events, summary.hits, summary.complete], [2, { [RULE_ID]: 1 }, true]);
  assert.equal(summary.rules.loaded, 1);
  assert.equal(summary.rules.refused[0]?.path.endsWith('bad.yml'), true);
  assert.equal(summary.rules.not_a_rule[0]?.endsWith('settings.yml'), true);
  assert.match(stderr, /^1 hit by 1 rule in 2 events\n/);
  assert.match(stderr, /Refused:\n {2}.*bad\.yml: line \d+: /);
});

test('each way it can end has its status', async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent(CMD));
  const broken = write('broken.ndjson', `${processEvent(CMD)}{"a":\n${processEvent(CMD)}`);
  const empty = path.join(folder, 'empty');
  fs.mkdirSync(empty);
  const gone = path.join(folder, 'gone');
  const expected: [string[], number, RegExp][] = [
    [[log], 0, /1 hit/],
    [[log, '--fail-on', 'high'], 3, /1 hit/],
    [[log, '--fail-on', 'critical'], 0, /1 hit/],
    [[log, gone], 4, /Not read:\n {2}.*gone: no such file or directory/],
    [[gone], 1, /gone: no such file or directory/],
    [[broken], 4, /broken\.ndjson, record 2, byte \d+: /],
    [[broken, '--fail-on', 'low'], 3, /broken\.ndjson/],
    [[log, '--min-level', 'critical'], 0, /No hits/],
    [[log, '--format', 'tabel'], 2, /Did you mean 'table'\?/],
    [[log, '--min-level', 'hihg'], 2, /Did you mean 'high'\?/],
    [[log, '--fail-on', 'x'], 2, /one of informational, low/],
    [[log, '--input-format', 'evxt'], 2, /Did you mean 'evtx'\?/],
    [[log, '--fromat', 'json'], 2, /Did you mean --format\?/],
    [[log, '--threads', '0'], 2, /whole number/],
    [[], 2, /nothing to scan/],
    [[log, '--out', path.join(gone, 'x')], 1, /cannot write/],
    [[log, '--summary', path.join(gone, 'x')], 1, /there is no folder/],
    [[log, '--pipeline', gone], 1, /cannot read/],
  ];
  await Promise.all(
    [0, 1].map(async (half) => {
      for (const [args, status, message] of expected.filter((_, at) => at % 2 === half)) {
        const result = await weir(['scan', ...args, '--rules', rules]);
        assert.equal(result.status, status, `${args.join(' ')}: ${result.stderr}`);
        assert.match(result.stderr, message, args.join(' '));
      }
    }),
  );
  assert.equal((await weir(['scan', log, '--rules', gone])).status, 1);
  const none = await weir(['scan', log, '--rules', empty]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /no rule was loaded from/);
  assert.equal((await weir(['scna'])).stderr.includes('Did you mean scan?'), true);
  assert.equal((await weir([])).status, 2);
});

test('standard input, several rule paths and every format', async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const other = write(
    'other.yml',
    RULE.replace('cmd.exe', 'b.exe').replace('Shell started', 'Other').replace('0001', '0003'),
  );
  const input = processEvent(CMD, 9) + processEvent('C:\\b.exe', 1);
  const run = (...args: string[]) => weir(['scan', '-', '--rules', rules, '--rules', other, ...args], { input });
  const json = JSON.parse((await run('--format', 'json')).stdout) as Hit[];
  assert.deepEqual(
    json.map(({ source, rule }) => [source.path, source.record, rule.title]),
    [
      ['-', 1, 'Shell started'],
      ['-', 2, 'Other'],
    ],
  );
  const timeline = (await run('--format', 'timeline')).stdout.split('\n');
  assert.match(timeline[0], /^2026-03-02T10:00:01\.000Z {2}high {6}ws-1\.corp\.example +Other {2}Image=C:\\b\.exe$/);
  assert.match(timeline[1], /Shell started/);
  const table = (await run('--format', 'table')).stdout;
  assert.match(table, /^ HIGH {2}2 hits, 2 rules\n {2}hits {2}rule/);
  const report = path.join(folder, 'r.html');
  assert.equal((await run('--out', report)).stdout, '');
  assert.match(fs.readFileSync(report, 'utf8'), /^<!doctype html>[\s\S]*Shell started[\s\S]*<\/html>\n$/);
  assert.match((await run('--format', 'timeline', '--explain')).stdout, /\n {6}\* \[selection\] Image endswith/);
});

test('without UTF-8 the table is ASCII; COLUMNS gives its width', async (t) => {
  const { write } = scratch(t);
  const rules = write('shell.yml', RULE.replace('Shell started', `Größe ${'ü'.repeat(80)}`));
  const env = { LC_ALL: 'C', COLUMNS: '40' };
  const { stdout } = await weir(['scan', '-', '--rules', rules, '--format', 'table'], {
    input: processEvent(CMD),
    env,
  });
  assert.match(stdout, /^[\x20-\x7e\n]+$/);
  assert.match(stdout, /^ {5}1 {2}Gr\\xf6\\xdfe .*\.\.\.$/m);
  assert.equal(Math.max(...stdout.split('\n').map((line) => line.length)) <= 40, true);
});

test('text of an event cannot reach the terminal as it is', async (t) => {
  const { write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const input = processEvent('\u001b]0;owned\u0007\u009b31m\u202e\\cmd.exe', 0, { Hostname: 'h\u001b[2J' });
  for (const format of ['table', 'timeline']) {
    const { stdout } = await weir(['scan', '-', '--rules', rules, '--format', format, '--explain'], { input });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    assert.equal(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(stdout), false);
    assert.equal(stdout.includes('h\\x1b[2J'), true);
  }
});

test('a reader that goes away ends the scan quietly', async (t) => {
  const { write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent(CMD, 1, { padding: 'x'.repeat(2000) }).repeat(4000));
  const child = startWeir(['scan', log, '--rules', rules]);
  child.stdout?.once('data', () => child.stdout?.destroy());
  let stderr = '';
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0);
  assert.equal(/EPIPE|Error|at /.test(stderr.replace(/^.* at or above.*$/m, '')), false, stderr);
});

test('Ctrl-C stops a scan that waits for input; what was found is printed and labelled', {
  timeout: 60_000,
}, async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const summaryFile = path.join(folder, 's.json');
  const child = startWeir(['scan', '-', '--rules', rules, '--format', 'table', '--summary', summaryFile]);
  t.after(() => child.kill('SIGKILL'));
  const done = ended(child);
  child.stdin?.on('error', () => {});
  // More than the scan gathers before it looks at events.
  const events = processEvent(CMD, 1, { padding: 'x'.repeat(10_000) }).repeat(800);
  // However long the program takes to start, it has read nearly all of them once they are written.
  child.stdin?.write(events, () => setTimeout(() => child.kill('SIGINT'), 2500));
  const { status, stdout, stderr } = await done;
  assert.equal(status, 130);
  assert.match(stdout, /^ HIGH {2}\d+ hits, 1 rule/);
  assert.match(stderr, /^PARTIAL RESULT: /m);
  const summary = JSON.parse(fs.readFileSync(summaryFile, 'utf8')) as Summary;
  assert.equal(summary.complete, false);
  assert.equal(summary.events > 0 && summary.events <= 800, true);
});

test('Ctrl-C ends the wait for a pipe that nobody writes to', { timeout: 60_000 }, async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent(CMD));
  const pipe = path.join(folder, 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const child = startWeir(['scan', log, pipe, '--rules', rules, '--format', 'table']);
  t.after(() => child.kill('SIGKILL'));
  const done = ended(child);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const asked = performance.now();
  child.kill('SIGINT');
  const { status, stdout, stderr } = await done;
  assert.equal(performance.now() - asked < 1000, true);
  assert.equal(status, 130);
  assert.match(stdout, /^ HIGH {2}1 hit, 1 rule/);
  assert.match(stderr, /^PARTIAL RESULT: /m);
});

test('a pipe with a slow writer is read to its end', { timeout: 60_000 }, async (t) => {
  const { folder, write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent(CMD).repeat(3));
  const pipe = path.join(folder, 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  const slow = spawn('sh', ['-c', 'exec > "$1"; head -c 500 "$0"; sleep 1; tail -c +501 "$0"', log, pipe]);
  t.after(() => slow.kill());
  const { status, stdout } = await weir(['scan', pipe, '--rules', rules]);
  assert.equal(status, 0);
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Hit).source),
    [1, 2, 3].map((record) => ({ path: pipe, record })),
  );
});

test('why-not says which predicates failed, in the events named', async (t) => {
  const { write } = scratch(t);
  const rules = write('shell.yml', RULE);
  const log = write('log.ndjson', processEvent(CMD) + processEvent('C:\\b.exe'));
  const one = await weir(['scan', '--why-not', RULE_ID, `${log}:2`, '--rules', rules]);
  assert.equal(one.status, 0);
  assert.deepEqual(one.stdout.split('\n').slice(1, 5), [
    `${log}, record 2`,
    '  lane: windows/process_creation/sysmon',
    "  failed  [selection] Image endswith '\\cmd.exe'",
    "          the event has 'C:\\b.exe'; this alone would make it hit",
  ]);
  const all = await weir(['scan', '--why-not', 'shell', log, '--rules', rules]);
  assert.match(all.stdout, /record 1\n {2}lane: .*\n {2}The rule hits this event\./);
  const mixed = write('mixed.ndjson', `{"a":1}\n{"a":2}\n${processEvent('C:\\b.exe')}`);
  const some = await weir(['scan', '--why-not', RULE_ID, mixed, '--rules', rules]);
  assert.deepEqual(some.stdout.match(/record \d+/g), ['record 3']);
  assert.equal(some.stderr, "2 events not of the rule's log source left out.\n");
  const other = await weir(['scan', '--why-not', RULE_ID.slice(0, 8), `${mixed}`, `${mixed}:1`, '--rules', rules]);
  assert.deepEqual(other.stdout.match(/record \d+/g), ['record 3', 'record 1']);
  const alone = await weir(['scan', '--why-not', RULE_ID, write('none.ndjson', '{"a":1}\n'), '--rules', rules]);
  assert.match(alone.stdout, /record 1\n.*\n {2}failed {2}the event is not of the rule's log source/);
  assert.equal(alone.stderr, '');
  assert.equal((await weir(['scan', '--why-not', RULE_ID, `${log}:9`, '--rules', rules])).status, 1);
});

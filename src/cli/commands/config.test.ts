import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { scratch } from '../../../test/cli/run.ts';
import { ConfigError, FLAGS } from '../../server/index.ts';
import { tell } from '../failure.ts';
import { main } from '../main.ts';
import { addUpFlags } from '../upFlags.ts';
import { configCheckCommand, configExplainCommand, configSchemaCommand } from './config.ts';

function surroundings(environment: Record<string, string> = {}) {
  const said = { out: '', note: '' };
  return {
    said,
    environment,
    out: (text: string) => {
      said.out += text;
    },
    note: (text: string) => {
      said.note += text;
    },
  };
}

test('config check: a valid file is said to be so, with what it changes, on standard error', (t) => {
  const { write } = scratch(t);
  const around = surroundings();
  const file = write('weir.yaml', 'listen: {port: 1}\nthreads: 2\n');
  assert.equal(configCheckCommand(file, {}, around), 0);
  assert.deepEqual(around.said, { out: '', note: `${file}: valid, 2 settings other than by default\n` });
});

test('config check: what is set and not in force yet is named, with its place', (t) => {
  const { write } = scratch(t);
  const around = surroundings();
  const file = write('weir.yaml', 'journal: {group_ms: 5}\nsources:\n  dc: {time_zone: Europe/Berlin, class: x}\n');
  assert.equal(configCheckCommand(file, {}, around), 0);
  assert.deepEqual(around.said.note.split('\n').slice(1), [
    `${file}:1:21: journal.group_ms is not in force yet: nothing goes by it`,
    `${file}:3:19: sources.dc.time_zone is not in force yet: nothing goes by it`,
    '',
  ]);
});

test('config check: every mistake has a line of what is printed, and the status is 1', (t) => {
  const { write } = scratch(t);
  const file = write('weir.yaml', 'listen: {prt: 1}\nthreads: "\\e[2J"\n');
  try {
    configCheckCommand(file, {}, surroundings());
    assert.fail('was taken');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(tell(error), {
      status: 1,
      message: `weir: ${file}:1:10: listen.prt: unknown setting; did you mean port?\n${file}:2:10: threads: expected auto, or a whole number from 1 to 256, such as 1; got "\\u001b[2J"\n`,
    });
  }
});

test('config check: secrets must be there, unless asked not to look', (t) => {
  const { write } = scratch(t);
  const file = write('weir.yaml', 'tracing: {headers: {A: {env: THE_KEY}}}\n');
  assert.throws(() => configCheckCommand(file, {}, surroundings()), /THE_KEY is not set/);
  assert.equal(configCheckCommand(file, { secrets: false }, surroundings()), 0);
  assert.equal(configCheckCommand(file, {}, surroundings({ THE_KEY: 'hunter2' })), 0);
});

test('config explain: what flags, environment, file and defaults come to, without secrets', (t) => {
  const { write } = scratch(t);
  const file = write('weir.yaml', 'tracing: {headers: {A: {env: THE_KEY}}}\nlisten: {port: 9}\n');
  const around = surroundings({ THE_KEY: 'hunter2', WEIR_CONFIG: file });
  assert.equal(configExplainCommand({ threads: '3' }, around), 0);
  assert.match(around.said.out, /^threads: 3 {2}# --threads$/m);
  assert.match(around.said.out, new RegExp(`^ {2}port: 9 {2}# ${file}:2:16$`, 'm'));
  assert.match(around.said.out, /^ {4}A: \{env: THE_KEY\} {2}# /m);
  assert.match(around.said.out, /^ {2}group_ms: 2 {2}# default$/m);
  assert.doesNotMatch(around.said.out, /hunter2/);
});

test('config explain --format json: an object a line', () => {
  const around = surroundings();
  configExplainCommand({ format: 'json', listen: '127.0.0.1:0' }, around);
  const lines = around.said.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { setting: string; from: string });
  assert.equal(lines.find(({ setting }) => setting === 'listen.port')?.from, '--listen');
  assert.throws(() => configExplainCommand({ format: 'toml' }, around), { code: 'cli.usage' });
});

test('config schema: one line of JSON', () => {
  const around = surroundings();
  assert.equal(configSchemaCommand(around), 0);
  assert.equal(around.said.out.indexOf('\n'), around.said.out.length - 1);
  assert.equal((JSON.parse(around.said.out) as { title: string }).title, 'weir.yaml');
});

test('the flags of weir up are those that stand for settings', () => {
  const known = addUpFlags(new Command()).options.map((option) => [option.attributeName(), option.long]);
  const meant = Object.entries(FLAGS).map(([name, { flag }]) => [name, flag]);
  assert.deepEqual(known.sort(), [...meant, ['config', '--config']].sort());
});

test('wrong use of the commands is status 2, a file that is not there 1', async () => {
  assert.equal(await main(['config', 'check']), 2);
  assert.equal(await main(['config', 'nothing']), 2);
  assert.equal(await main(['config', 'explain', '--tls', 'maybe']), 2);
  assert.equal(await main(['config', 'check', '/nowhere/weir.yaml']), 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readText } from '../base/index.ts';
import { buildProgram, main } from './main.ts';

const program = buildProgram(() => {});

test('the commands, in the order of use', () => {
  const names = program.commands.flatMap((command) =>
    command.commands.length === 0 ? [command.name()] : command.commands.map((sub) => `${command.name()} ${sub.name()}`),
  );
  assert.deepEqual(names, [
    'scan',
    'query',
    'sql',
    'demo',
    'hunt',
    'store stats',
    'store compact',
    'store tier',
    'store release',
    'store rebuild',
    'hold add',
    'hold list',
    'hold remove',
    'pseudonym',
    'audit',
    'compliance report',
    'rules check',
    'rules explain',
    'rules status',
    'rules test',
    'rules near',
    'rules fetch',
    'up',
    'ingest',
    'books',
    'verify',
    'repair',
    'backup verify',
    'restore',
    'config check',
    'config explain',
    'config schema',
  ]);
});

test('every option of scan is in the documentation, and no other', () => {
  const text = readText(fileURLToPath(new URL('../../docs/scan.md', import.meta.url)));
  const table = text.slice(text.indexOf('## Options'), text.indexOf('## Formats'));
  const documented = [...table.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, name]) => name);
  const scan = program.commands.find((command) => command.name() === 'scan');
  assert.deepEqual(documented.sort(), (scan?.options ?? []).map(({ long }) => long).sort());
});

test('help fits a terminal of 80 columns and starts with examples', () => {
  for (const name of ['scan', 'rules']) {
    const command = program.commands.find((each) => each.name() === name);
    let text = '';
    command?.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 });
    command?.outputHelp();
    assert.match(text, /^Examples:\n/);
    for (const line of text.split('\n')) assert.equal(line.length <= 80, true, line);
  }
});

test('nothing asked for is wrong usage', async () => {
  const { write } = process.stderr;
  const said: string[] = [];
  process.stderr.write = (text: string | Uint8Array) => said.push(String(text)) > 0;
  try {
    assert.equal(await main([]), 2);
    assert.equal(await main(['scan']), 2);
    assert.equal(await main(['scan', 'x', '--format', 'tabel']), 2);
    assert.equal(await main(['scan', 'x', '--rules', 'no-such-rules']), 1);
  } finally {
    process.stderr.write = write;
  }
  assert.match(
    said.join(''),
    /Usage: weir[\s\S]*nothing to scan[\s\S]*Did you mean 'table'\?[\s\S]*no rules at no-such-rules/,
  );
});

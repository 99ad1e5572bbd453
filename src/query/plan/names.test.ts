/** Names of a segment, and what they are worth in a row (values). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Values } from '../../lang/index.ts';
import { SegmentNames, typeOf } from './names.ts';
import { valuesOfName } from './values.ts';
import type { SegmentColumn } from './view.ts';

const columns: readonly SegmentColumn[] = [
  'Channel',
  'EventID',
  'Image',
  'User',
  'ProcessId',
  'user.name',
  'Hostname',
].map((path) => [path, path, 'string']);
const names = new SegmentNames(columns, typeOf(columns));
const paths = (name: string): string[] => names.candidates(name).map(({ path }) => path);
const worth = (name: string, row: Readonly<Record<string, Values>>): Values =>
  valuesOfName(names, name, (path) => row[path] ?? []);

const sysmon = { Channel: ['Microsoft-Windows-Sysmon/Operational'], EventID: [1n] };

test('a segment is of the source type that its columns tell', () => {
  assert.equal(names.source?.id, 'windows.nxlog');
  assert.equal(typeOf([['x', 'x', 'string']]), null);
});

test('the path of that name itself comes first, then fields of the catalogue, then names of rules', () => {
  assert.deepEqual(paths('user.name').slice(0, 2), ['user.name', 'User']);
  assert.deepEqual(paths('Computer'), ['Hostname']);
  assert.deepEqual(paths('nonsense'), []);
});

test('a field is read as its row says, where its condition holds', () => {
  const row = { ...sysmon, Image: ['C:\\Windows\\cmd.exe'], User: ['ACME\\bob'] };
  assert.deepEqual(worth('process.name', row), ['cmd.exe']);
  assert.deepEqual(worth('user.name', row), ['bob']);
  assert.deepEqual(worth('user.name', { ...row, 'user.name': ['alice'] }), ['alice']);
  assert.deepEqual(worth('process.name', { ...row, Channel: ['Security'] }), []);
});

test('what says that there is nothing is absent, and numbers stay numbers', () => {
  assert.deepEqual(worth('user.name', { ...sysmon, User: [' - '] }), []);
  assert.deepEqual(worth('process.pid', { ...sysmon, ProcessId: ['0x1f'] }), ['31']);
  assert.deepEqual(worth('process.pid', { ...sysmon, ProcessId: [31n] }), [31n]);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fieldNamed, SOURCES } from '../index.ts';
import { unescaped } from '../path.ts';
import { READERS, TABLES, unifiedRows, unifierOf } from './index.ts';
import { OWN_NAMES, OWN_PATHS } from './own-names.ts';
import { rows } from './types.ts';

const source = (id: string) => SOURCES.find((known) => known.id === id) ?? null;

/** Names a source type gives columns, but for templates. */
const namesOfSource = (id: string): string[] =>
  (source(id)?.names ?? []).map(({ name }) => name).filter((name) => !name.includes('{'));

suite('every source type', () => {
  test('has a table, and every table is of some', () => {
    assert.deepEqual(
      SOURCES.filter((known) => unifiedRows(known).length === 0).map(({ id }) => id),
      [],
    );
    const used = new Set(SOURCES.map(unifiedRows));
    assert.deepEqual(
      Object.keys(TABLES).filter((prefix) => !used.has(TABLES[prefix])),
      [],
    );
  });

  test('maps only to fields of the catalogue, by readers there are', () => {
    for (const row of Object.values(TABLES).flat()) {
      assert.ok(fieldNamed(row.field) !== null, row.field);
      assert.ok(row.read === null || Object.hasOwn(READERS, row.read), `${row.field}: ${row.read}`);
    }
  });

  test('has a field for each of its names, or the name is listed with why not', () => {
    const missing = new Map<string, string>();
    for (const { id } of SOURCES) {
      const mapped = new Set(unifiedRows(source(id)).flatMap(({ from }) => from));
      for (const name of namesOfSource(id)) if (!mapped.has(name) && fieldNamed(name) === null) missing.set(name, id);
    }
    assert.deepEqual([...missing.keys()].filter((name) => !Object.hasOwn(OWN_NAMES, name)).sort(), []);
    assert.deepEqual(
      Object.keys(OWN_NAMES).filter((name) => !missing.has(name)),
      [],
      'listed, but mapped everywhere',
    );
  });

  test('reads columns of ECS that are fields of the catalogue, or the column is listed with why not', () => {
    const sets = new Set([
      'process',
      'user',
      'file',
      'source',
      'destination',
      'network',
      'dns',
      'url',
      'http',
      'event',
      'host',
      'registry',
      'cloud',
      'tls',
      'observer',
      'rule',
      'log',
    ]);
    const paths = SOURCES.filter(({ id }) => /ecs|beat/.test(id))
      .flatMap(({ names }) => names.map(({ path }) => unescaped(path)))
      .filter((path) => !path.includes('{') && sets.has(path.split('.')[0] ?? ''));
    const unknown = new Set(paths.filter((path) => fieldNamed(path) === null));
    assert.deepEqual([...unknown].sort(), Object.keys(OWN_PATHS).sort());
  });
});

suite('columns', () => {
  const fieldsOf = (id: string, path: string): string[] => unifierOf(source(id))(path).map(({ field }) => field);

  test('supply fields by the names rules know them by', () => {
    assert.deepEqual(fieldsOf('aws.cloudtrail', 'eventName'), ['event.action']);
    assert.deepEqual(fieldsOf('zeek.conn', 'id\\.orig_h'), ['source.ip']);
    assert.deepEqual(fieldsOf('windows.evtx_json', 'Event.EventData.QueryName'), ['dns.question.name']);
    assert.ok(fieldsOf('windows.nxlog', 'Image').includes('process.executable'));
  });

  test('supply the field they are named after', () => {
    assert.deepEqual(fieldsOf('web.ecs', 'url.scheme'), ['url.scheme']);
    assert.deepEqual(fieldsOf('web.ecs', 'url\\.scheme'), ['url.scheme']);
    assert.deepEqual(unifierOf(null)('user.name'), [{ field: 'user.name', row: null, rank: Number.MAX_SAFE_INTEGER }]);
    assert.deepEqual(unifierOf(null)('nonsense'), []);
  });

  test('rank by how closely a row fits the event, then by its order', () => {
    const unify = unifierOf(source('windows.nxlog'));
    const rank = (path: string, field: string, when: boolean) =>
      unify(path).find((supply) => supply.field === field && (supply.row?.when != null) === when)?.rank ?? -1;
    assert.ok(rank('NewProcessId', 'process.pid', true) < rank('ProcessId', 'process.pid', true));
    assert.ok(rank('@timestamp', '@timestamp', false) < rank('TimeCreated', '@timestamp', false));
  });

  test('of the process that logs and of its parent are told apart by event', () => {
    const unify = unifierOf(source('windows.nxlog'));
    const parents = unify('ProcessId').filter(({ field }) => field === 'process.parent.pid');
    assert.deepEqual(
      parents.map(({ row }) => row?.when),
      [{ Channel: ['Security'], EventID: ['4688'] }],
    );
  });
});

suite('a table row', () => {
  test('lists names with blanks and a reader behind a bar', () => {
    assert.deepEqual(rows({ 'process.pid': 'A B | integer' }), [
      { field: 'process.pid', from: ['A', 'B'], read: 'integer', when: null },
    ]);
    assert.deepEqual(rows({ message: 'M' }, { Channel: ['System'] }), [
      { field: 'message', from: ['M'], read: null, when: { Channel: ['System'] } },
    ]);
  });
});

suite('readers', () => {
  const cases: readonly (readonly [keyof typeof READERS, string, string | null])[] = [
    ['integer', '0x1a4', '420'],
    ['integer', '42', '42'],
    ['integer', 'x', 'x'],
    ['basename', 'C:\\Windows\\cmd.exe', 'cmd.exe'],
    ['basename', '/usr/bin/ls', 'ls'],
    ['basename', 'C:\\', null],
    ['directory', 'C:\\Windows\\cmd.exe', 'C:\\Windows'],
    ['directory', 'cmd.exe', null],
    ['extension', 'C:\\a.b\\c.EXE', 'exe'],
    ['extension', '.bashrc', null],
    ['extension', 'a.', null],
    ['account', 'NT AUTHORITY\\SYSTEM', 'SYSTEM'],
    ['account', 'root', 'root'],
    ['account_domain', 'CORP\\jdoe', 'CORP'],
    ['account_domain', 'jdoe', null],
    ['md5', 'SHA1=AA,MD5=BB', 'BB'],
    ['sha256', 'SHA1=AA', null],
    ['sha1', `SHA1=${'A'.repeat(5000)}`, null],
    ['imphash', 'md5=1,imphash=2', '2'],
    ['hive', 'HKLM\\Software', 'HKLM'],
    ['hive', '\\REGISTRY\\MACHINE', null],
    ['registry_key', 'HKLM\\Software\\Run', 'Software\\Run'],
    ['registry_key', 'HKLM', null],
    ['registry_key', 'Software', 'Software'],
    ['address', '10.0.0.1', '10.0.0.1'],
    ['address', '10.0.0.1:443', '10.0.0.1'],
    ['address', '[::1]:443', '::1'],
    ['address', 'fe80::1%3', 'fe80::1%3'],
    ['address', 'cloudtrail.amazonaws.com', null],
    ['address', '999.1.1.1', '999.1.1.1'],
    ['port', '-1', null],
    ['port', '80', '80'],
    ['mfa', 'Yes', 'true'],
    ['mfa', 'No', 'false'],
    ['mfa', 'maybe', 'maybe'],
    ['os_type', 'Lin', 'linux'],
    ['os_type', 'amiga', null],
    ['dated', 'Feb 22 20:23:03', null],
    ['dated', '2026-02-22T20:23:03Z', '2026-02-22T20:23:03Z'],
    ['lower', 'TCP', 'tcp'],
    ['outcome', 'SUCCESS', 'success'],
    ['outcome', 'Failed', 'failure'],
    ['outcome', 'CHALLENGE', null],
  ];

  test('read what sources write differently', () => {
    for (const [name, text, read] of cases) assert.equal(READERS[name](text), read, `${name} ${text.slice(0, 60)}`);
  });

  test('are quick on hostile texts', () => {
    for (const text of ['\\'.repeat(200_000), ','.repeat(200_000), 'a.'.repeat(100_000), '1'.repeat(200_000)])
      for (const name of Object.keys(READERS)) READERS[name as keyof typeof READERS](text);
  });
});

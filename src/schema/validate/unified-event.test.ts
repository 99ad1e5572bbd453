import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOURCES } from '../index.ts';
import { SourceFields } from './columns.ts';
import { viewOf } from './columns.twin.ts';
import { unifiedEvent } from './unified-event.ts';

const nxlog = new SourceFields(SOURCES.find(({ id }) => id === 'windows.nxlog') ?? null);

test('an event is told by the names of the catalogue, with its class, each field by what supplies it best', () => {
  const sysmon = {
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    Image: 'C:\\Windows\\cmd.exe',
    ProcessId: '4242',
    User: '-',
    tags: ['a', 'b', 'a'],
    unknown: 1,
  };
  const { class: own, fields } = unifiedEvent(viewOf([{ Channel: 'Security' }, sysmon]), nxlog, 1);
  assert.equal(own, 'process');
  const { 'process.executable': executable, 'process.pid': pid, 'event.code': code, tags } = fields;
  assert.deepEqual([executable, pid, code, tags], ['C:\\Windows\\cmd.exe', '4242', '1', ['a', 'b']]);
  assert.equal('user.name' in fields, false, 'what says that there is nothing is absent');
  assert.equal('unknown' in fields, false);
  assert.deepEqual(Object.keys(fields), Object.keys(fields).sort());
});

test('an event of no known source has what is named as the catalogue names it', () => {
  const event = { source: { ip: '10.0.0.1' }, 'user.name': 'jdoe', other: 'x' };
  assert.deepEqual(unifiedEvent(viewOf([event]), new SourceFields(null), 0), {
    class: 'base',
    fields: { 'source.ip': '10.0.0.1', 'user.name': 'jdoe' },
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaskedFields } from './fields.ts';

const methods = (fields: MaskedFields, paths: readonly string[]) => paths.map((path) => fields.methodOf(path));

test('a field is meant by the source’s own name, nested or with dots in its key', () => {
  const fields = new MaskedFields({ 'customer.iban': 'pseudonym', token: 'remove' });
  assert.deepEqual(
    methods(fields, ['customer.iban', 'customer\\.iban', 'token', 'customer', 'iban', 'x.token', 'Token']),
    ['pseudonym', 'pseudonym', 'remove', null, null, null, null],
  );
});

test('by the name of ECS, of whatever sources write there', () => {
  const fields = new MaskedFields({ 'source.ip': 'network', 'user.name': 'pseudonym' });
  // Winlogbeat, NXLog, evtx_dump, CloudTrail, Zeek.
  assert.deepEqual(
    methods(fields, [
      'winlog.event_data.IpAddress',
      'IpAddress',
      'Event.EventData.IpAddress',
      'sourceIPAddress',
      'id\\.orig_h',
      'Event.EventData.SubjectUserName',
      'userIdentity.userName',
      'Channel',
    ]),
    ['network', 'network', 'network', 'network', 'network', 'pseudonym', 'pseudonym', null],
  );
});

test('by the name that rules have for it', () => {
  const fields = new MaskedFields({ TargetUserName: 'hide' });
  assert.deepEqual(
    methods(fields, ['TargetUserName', 'winlog.event_data.TargetUserName', 'Event.EventData.TargetUserName']),
    ['hide', 'hide', 'hide'],
  );
});

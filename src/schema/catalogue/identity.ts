/** Accounts, groups, sessions, and how somebody showed who they are. */
import { RISK, USER } from './groups.ts';
import { at, type FieldSet } from './types.ts';

export const IDENTITY_FIELDS: readonly FieldSet[] = [
  ...at(
    'identity',
    [
      ['user', 'the account that acted'],
      ['user.target', 'the account acted upon'],
      ['user.effective', 'the account acted as'],
      ['user.changes', 'the account after the change'],
    ],
    USER,
  ),
  ...at('identity', [['user.risk', 'the account']], RISK),
  {
    at: 'group.',
    class: 'identity',
    rows: [
      ['id', 'keyword', 'optional', 'Group the event is about.', 'S-1-5-32-544'],
      ['name', 'keyword', 'optional', 'Its name.', 'Administrators'],
      ['domain', 'keyword', 'optional', 'Its domain.', 'BUILTIN'],
    ],
  },
  {
    at: 'device.',
    class: 'identity',
    rows: [
      ['id', 'keyword', 'optional personal', 'Device somebody used.', '00000000-54b3-e7c7-0000-000046bffd97'],
      ['manufacturer', 'keyword', 'optional', 'Who made it.', 'Samsung'],
      ['model.name', 'keyword', 'optional', 'Its model.', 'Galaxy S24'],
      ['serial_number', 'keyword', 'optional personal', 'Its serial number.', 'DJGAQS4CW5'],
    ],
  },
  {
    at: 'weir.',
    class: 'identity',
    rows: [
      ['logon.type', 'keyword', 'recommended', 'How somebody logged on, as the source writes it.', '3'],
      ['logon.id', 'keyword', 'recommended', 'Session that this logon began or the event belongs to.', '0x3e7'],
      ['logon.process', 'keyword', 'optional', 'Process that took the credentials.', 'Advapi'],
      ['logon.package', 'keyword', 'optional', 'Protocol that checked them.', 'Kerberos'],
      ['logon.failure', 'keyword', 'optional', 'Why it failed, as code of the source.', '0xc000006a'],
      ['logon.workstation', 'keyword', 'optional', 'Machine it came from, by its own word.', 'WS-042'],
      [
        'logon.guid',
        'keyword',
        'optional',
        'Identity that both ends of a logon know.',
        '{1a326406-0422-99d5-81c7-b0aa94539d40}',
      ],
      ['target_logon.id', 'keyword', 'optional', 'Session of the account acted upon.', '0x3e7'],
      ['mfa.used', 'boolean', 'optional', 'Whether a second factor was shown.', 'true'],
      ['mfa.method', 'keyword', 'optional', 'Which one.', 'push'],
      ['mfa.result', 'keyword', 'optional', 'What became of it.', 'denied'],
      ['privileges', 'keyword', 'optional list', 'Privileges granted or used.', 'SeDebugPrivilege'],
      [
        'application.id',
        'keyword',
        'optional',
        'Application somebody signed in to.',
        '00000003-0000-0000-c000-000000000000',
      ],
      ['application.name', 'keyword', 'optional', 'Its name.', 'Microsoft Graph'],
      ['conditional_access', 'keyword', 'optional', 'What access policies decided.', 'notApplied'],
      ['ticket.service', 'keyword', 'optional', 'Service a Kerberos ticket is for.', 'krbtgt'],
      ['ticket.encryption', 'keyword', 'optional', 'Encryption of that ticket.', '0x17'],
      ['ticket.options', 'keyword', 'optional', 'Options of that ticket.', '0x40810000'],
    ],
  },
];

/** Hosts, processes, files, registry, modules and drivers. */
import { CODE_SIGNATURE, GEO, HASH, OS, PE, PROCESS, RISK, X509 } from './groups.ts';
import { at, type FieldSet, type Row } from './types.ts';

const HOST: readonly Row[] = [
  ['name', 'keyword', 'recommended', 'Name the host goes by; the first to look at.', 'ws-042'],
  ['hostname', 'keyword', 'optional', 'What the host itself says it is called.', 'ws-042'],
  ['id', 'keyword', 'optional', 'Identity of the host.', '8f5a1b2c'],
  ['domain', 'keyword', 'optional', 'Domain the host is a member of.', 'CORP'],
  ['ip', 'ip', 'optional list personal', 'Its addresses.', '10.0.0.5'],
  ['mac', 'keyword', 'optional list personal format:mac', 'Its hardware addresses.', '00-00-5E-00-53-23'],
  ['type', 'keyword', 'optional', 'What kind of machine it is.', 'server'],
  ['architecture', 'keyword', 'optional', 'Its processor.', 'x86_64'],
  ['uptime', 'long', 'optional', 'Seconds it had been running.', '1325'],
  ['boot.id', 'keyword', 'optional', 'Identity of the boot it runs since.', '88a1f0ed'],
];

const FILE: readonly Row[] = [
  ['path', 'keyword', 'recommended personal', 'Full path, with the name.', 'C:\\Users\\jdoe\\a.docx'],
  ['name', 'keyword', 'recommended personal', 'Name with extension.', 'a.docx'],
  ['directory', 'keyword', 'optional personal', 'Directory it stands in.', 'C:\\Users\\jdoe'],
  ['extension', 'keyword', 'optional', 'Extension without its dot.', 'docx'],
  ['target_path', 'keyword', 'optional', 'Where a link leads.', '/etc/shadow'],
  ['fork_name', 'keyword', 'optional', 'Alternate data stream.', 'Zone.Identifier'],
  ['type', 'keyword', 'optional', 'File, directory or link.', 'file'],
  ['mime_type', 'keyword', 'optional', 'Type of its contents.', 'application/pdf'],
  ['size', 'long', 'optional', 'Bytes.', '16384'],
  ['accessed', 'date', 'optional', 'Last read.', '2026-03-01T09:15:02Z'],
  ['created', 'date', 'optional', 'Made.', '2026-03-01T09:15:02Z'],
  ['ctime', 'date', 'optional', 'Its attributes last changed.', '2026-03-01T09:15:02Z'],
  ['mtime', 'date', 'optional', 'Its contents last changed.', '2026-03-01T09:15:02Z'],
  ['mode', 'keyword', 'optional', 'Rights in octal.', '0640'],
  ['owner', 'keyword', 'optional personal', 'Owner.', 'jdoe'],
  ['uid', 'keyword', 'optional personal', 'Owner as number.', '1001'],
  ['group', 'keyword', 'optional', 'Group.', 'staff'],
  ['gid', 'keyword', 'optional', 'Group as number.', '1001'],
  ['inode', 'keyword', 'optional', 'Number in its file system.', '256383'],
  ['device', 'keyword', 'optional', 'Device it stands on.', 'sda'],
  ['drive_letter', 'keyword', 'optional', 'Drive it stands on.', 'C'],
  ['attributes', 'keyword', 'optional list', 'Its attributes.', 'hidden'],
  ['origin_url', 'keyword', 'optional', 'Where it was downloaded from.', 'http://example.com/a.exe'],
  ['origin_referrer_url', 'keyword', 'optional', 'Page that linked there.', 'http://example.com/'],
];

const REGISTRY: readonly Row[] = [
  ['path', 'keyword', 'recommended personal', 'Hive, key and value as one path.', 'HKLM\\SOFTWARE\\Run\\Updater'],
  ['hive', 'keyword', 'optional', 'Hive, abbreviated.', 'HKLM'],
  ['key', 'keyword', 'recommended', 'Key below the hive.', 'SOFTWARE\\Run'],
  ['value', 'keyword', 'optional', 'Name of the value.', 'Updater'],
  ['data.strings', 'wildcard', 'optional list personal', 'What was written, as text.', 'C:\\Temp\\a.exe'],
  ['data.bytes', 'keyword', 'optional', 'What was written, in base64.', 'ZQBuAC0AVQBT'],
  ['data.type', 'keyword', 'optional', 'Type of what was written.', 'REG_SZ'],
];

/** What ECS has no field for and detections on hosts need. */
const WEIR: readonly Row[] = [
  ['target_process.pid', 'long', 'optional', 'Process another one opened or put a thread into.', '712'],
  ['target_process.entity_id', 'keyword', 'optional', 'Its identity.', '{1978b227-51d2-6077-4000-000000000500}'],
  ['target_process.executable', 'keyword', 'recommended personal', 'Its program.', 'C:\\Windows\\System32\\lsass.exe'],
  ['target_process.user.name', 'keyword', 'optional personal', 'Account it runs as.', 'SYSTEM'],
  ['access.mask', 'keyword', 'optional', 'Rights that were asked for, as the source writes them.', '0x1410'],
  [
    'access.call_trace',
    'keyword',
    'optional',
    'Stack from which they were asked for.',
    'C:\\Windows\\SYSTEM32\\ntdll.dll+9fdb4',
  ],
  ['access.object.type', 'keyword', 'optional', 'Kind of the object they were asked for.', 'Key'],
  ['access.object.name', 'keyword', 'optional personal', 'Its name.', '\\REGISTRY\\MACHINE\\SAM'],
  ['pipe.name', 'keyword', 'optional', 'Named pipe.', '\\lsass'],
  ['script.text', 'wildcard', 'optional personal', 'Script that ran, or the part logged.', 'Get-Process lsass'],
  ['script.id', 'keyword', 'optional', 'Identity of the script, whose parts share it.', '3f1c7a52'],
  ['integrity_level', 'keyword', 'optional', 'Integrity level of the process.', 'High'],
  ['wmi.consumer', 'keyword', 'optional', 'WMI consumer.', 'CommandLineEventConsumer'],
  ['wmi.filter', 'keyword', 'optional', 'WMI filter.', 'SCM Event Log Filter'],
  ['wmi.query', 'wildcard', 'optional', 'WMI query.', 'SELECT * FROM __InstanceModificationEvent'],
  ['task.name', 'keyword', 'optional', 'Scheduled task.', '\\Updater'],
];

export const ENDPOINT_FIELDS: readonly FieldSet[] = [
  { at: 'host.', class: 'endpoint', rows: HOST },
  ...at(
    'endpoint',
    [
      ['host.os', 'the host'],
      ['observer.os', 'the observer'],
    ],
    OS,
  ),
  ...at('endpoint', [['host.geo', 'the host']], GEO),
  ...at('endpoint', [['host.risk', 'the host']], RISK),
  ...at(
    'endpoint',
    [
      ['process', 'the process'],
      ['process.parent', 'the parent process'],
    ],
    PROCESS,
  ),
  ...at(
    'endpoint',
    [['process.parent', 'the parent process']],
    [
      ['group_leader.pid', 'long', 'optional', 'Leader of the group of {of}.', '4200'],
      ['group_leader.entity_id', 'keyword', 'optional', 'Its identity.', 'c2c455d9'],
    ],
  ),
  ...at(
    'endpoint',
    [['process', 'the process']],
    [
      ['env_vars', 'keyword', 'optional list personal', 'Environment, as name=value.', 'PATH=/usr/bin'],
      ['real_user.id', 'keyword', 'optional personal', 'Account that started {of}, as identifier.', '1001'],
      ['real_user.name', 'keyword', 'optional personal', 'Account that started {of}.', 'jdoe'],
      ['saved_user.id', 'keyword', 'optional personal', 'Account {of} may go back to, as identifier.', '0'],
      ['session_leader.pid', 'long', 'optional', 'Leader of the session of {of}.', '4100'],
      ['session_leader.entity_id', 'keyword', 'optional', 'Its identity.', 'c2c455d9'],
      ['entry_leader.pid', 'long', 'optional', 'Process by which its session was entered.', '4090'],
      ['entry_leader.entry_meta.type', 'keyword', 'optional', 'How it was entered.', 'sshd'],
    ],
  ),
  ...at(
    'endpoint',
    [
      ['process.hash', 'the program'],
      ['process.parent.hash', 'the parent’s program'],
      ['file.hash', 'the file'],
      ['dll.hash', 'the module'],
    ],
    HASH,
  ),
  ...at(
    'endpoint',
    [
      ['process.pe', 'the program'],
      ['process.parent.pe', 'the parent’s program'],
      ['file.pe', 'the file'],
      ['dll.pe', 'the module'],
    ],
    PE,
  ),
  ...at(
    'endpoint',
    [
      ['process.code_signature', 'the program'],
      ['process.parent.code_signature', 'the parent’s program'],
      ['file.code_signature', 'the file'],
      ['dll.code_signature', 'the module'],
    ],
    CODE_SIGNATURE,
  ),
  { at: 'file.', class: 'endpoint', rows: FILE },
  ...at('endpoint', [['file.x509', 'the file']], X509),
  {
    at: 'dll.',
    class: 'endpoint',
    rows: [
      ['name', 'keyword', 'recommended', 'Module or driver that was loaded.', 'kernel32.dll'],
      ['path', 'keyword', 'recommended personal', 'Its path.', 'C:\\Windows\\System32\\kernel32.dll'],
    ],
  },
  { at: 'registry.', class: 'endpoint', rows: REGISTRY },
  {
    at: 'service.',
    class: 'endpoint',
    rows: [
      ['name', 'keyword', 'optional', 'Service the event is about.', 'Spooler'],
      ['id', 'keyword', 'optional', 'Its identity.', 'd37e5ebf'],
      ['type', 'keyword', 'optional', 'Kind of service.', 'mysql'],
      ['state', 'keyword', 'optional', 'Its state.', 'running'],
      ['version', 'keyword', 'optional', 'Its version.', '3.2.4'],
      ['address', 'keyword', 'optional', 'Where it listens.', '172.26.0.2:5432'],
      ['environment', 'keyword', 'optional', 'Stage it runs in.', 'production'],
      ['node.name', 'keyword', 'optional', 'Node of the service.', 'node-1'],
    ],
  },
  {
    at: 'package.',
    class: 'endpoint',
    rows: [
      ['name', 'keyword', 'optional', 'Package that was installed or found.', 'openssl'],
      ['version', 'keyword', 'optional', 'Its version.', '3.0.13'],
      ['architecture', 'keyword', 'optional', 'Processor it is for.', 'x86_64'],
      ['type', 'keyword', 'optional', 'Kind of package.', 'rpm'],
      ['path', 'keyword', 'optional', 'Where it is installed.', '/usr/local/Cellar/openssl'],
      ['installed', 'date', 'optional', 'When it was installed.', '2026-03-01T09:15:02Z'],
      ['checksum', 'keyword', 'optional', 'Its checksum.', '68b329da9893e34099c7d8ad5cb9c940'],
    ],
  },
  { at: 'weir.', class: 'endpoint', rows: WEIR },
];

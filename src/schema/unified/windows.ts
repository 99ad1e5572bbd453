/** Windows events, whoever shipped them: Security, Sysmon, PowerShell, Defender. */
import { rows, type UnifiedRow } from './types.ts';

const SYSMON = ['Microsoft-Windows-Sysmon/Operational', 'Linux-Sysmon/Operational'];
const POWERSHELL = ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'];

const sysmon = (ids: readonly string[], table: Readonly<Record<string, string>>): UnifiedRow[] =>
  rows(table, { Channel: SYSMON, EventID: ids });
const security = (ids: readonly string[], table: Readonly<Record<string, string>>): UnifiedRow[] =>
  rows(table, ids.length === 0 ? { Channel: ['Security'] } : { Channel: ['Security'], EventID: ids });

const FILE = {
  'file.path': 'TargetFilename',
  'file.name': 'TargetFilename | basename',
  'file.directory': 'TargetFilename | directory',
  'file.extension': 'TargetFilename | extension',
};

const hashes = (prefix: string): Record<string, string> => ({
  [`${prefix}.hash.md5`]: 'Hashes | md5',
  [`${prefix}.hash.sha1`]: 'Hashes | sha1',
  [`${prefix}.hash.sha256`]: 'Hashes | sha256',
});

const version = (prefix: string): Record<string, string> => ({
  [`${prefix}.pe.imphash`]: 'Hashes | imphash',
  [`${prefix}.pe.original_file_name`]: 'OriginalFileName',
  [`${prefix}.pe.description`]: 'Description',
  [`${prefix}.pe.product`]: 'Product',
  [`${prefix}.pe.company`]: 'Company',
  [`${prefix}.pe.file_version`]: 'FileVersion',
});

/** Security events in which ProcessId is the process that acted; in 4688 it is the parent. */
const GROUP_EVENTS = [
  '4727',
  '4728',
  '4729',
  '4730',
  '4731',
  '4732',
  '4733',
  '4734',
  '4735',
  '4737',
  '4754',
  '4755',
  '4756',
  '4757',
  '4758',
  '4799',
];

export const WINDOWS_FIELDS: readonly UnifiedRow[] = [
  ...rows({
    '@timestamp': '@timestamp TimeCreated TimeCreated_SystemTime UtcTime EventTime EventReceivedTime',
    'event.code': 'EventID',
    'event.provider': 'Provider_Name SourceName',
    'weir.source.channel': 'Channel',
    'log.level': 'Level',
    message: 'Message',
    'host.name': 'Computer',
    'weir.source.record': 'EventRecordID',
  }),
  ...rows(
    {
      'process.pid': 'ProcessId SourceProcessId | integer',
      'process.entity_id': 'ProcessGuid SourceProcessGUID SourceProcessGuid',
      'process.executable': 'Image SourceImage',
      'process.name': 'Image SourceImage | basename',
      'process.thread.id': 'SourceThreadId | integer',
      'process.parent.pid': 'ParentProcessId | integer',
      'process.parent.entity_id': 'ParentProcessGuid',
      'process.parent.executable': 'ParentImage',
      'process.parent.name': 'ParentImage | basename',
      'process.parent.command_line': 'ParentCommandLine',
      'process.parent.user.name': 'ParentUser | account',
      'process.command_line': 'CommandLine',
      'process.working_directory': 'CurrentDirectory',
      'user.name': 'User SourceUser | account',
      'user.domain': 'User SourceUser | account_domain',
      'rule.name': 'RuleName',
      'weir.integrity_level': 'IntegrityLevel',
      'weir.logon.id': 'LogonId',
      'weir.logon.guid': 'LogonGuid',
    },
    { Channel: SYSMON },
  ),
  ...sysmon(['1'], { ...hashes('process'), ...version('process') }),
  ...sysmon(['2', '11', '15', '23', '26', '27', '28', '29'], {
    ...FILE,
    'file.created': 'CreationUtcTime',
    ...hashes('file'),
  }),
  ...sysmon(['3'], {
    'source.ip': 'SourceIp',
    'source.port': 'SourcePort',
    'source.domain': 'SourceHostname',
    'destination.ip': 'DestinationIp',
    'destination.port': 'DestinationPort',
    'destination.domain': 'DestinationHostname',
    'network.transport': 'Protocol | lower',
    'network.protocol': 'DestinationPortName | lower',
  }),
  ...sysmon(['6', '7'], {
    'dll.path': 'ImageLoaded',
    'dll.name': 'ImageLoaded | basename',
    'dll.code_signature.exists': 'Signed',
    'dll.code_signature.status': 'SignatureStatus',
    'dll.code_signature.subject_name': 'Signature',
    ...hashes('dll'),
    ...version('dll'),
  }),
  ...sysmon(['8', '10'], {
    'weir.target_process.pid': 'TargetProcessId | integer',
    'weir.target_process.entity_id': 'TargetProcessGUID TargetProcessGuid',
    'weir.target_process.executable': 'TargetImage',
    'weir.target_process.user.name': 'TargetUser | account',
    'weir.access.mask': 'GrantedAccess',
    'weir.access.call_trace': 'CallTrace',
  }),
  ...sysmon(['12', '13', '14'], {
    'registry.path': 'TargetObject',
    'registry.hive': 'TargetObject | hive',
    'registry.key': 'TargetObject | registry_key',
    'registry.data.strings': 'Details',
  }),
  ...sysmon(['17', '18'], { 'weir.pipe.name': 'PipeName' }),
  ...sysmon(['19', '20', '21'], {
    'weir.wmi.consumer': 'Consumer',
    'weir.wmi.filter': 'Filter',
    'weir.wmi.query': 'Query',
  }),
  ...sysmon(['22'], {
    'dns.question.name': 'QueryName',
    'dns.response_code': 'QueryStatus',
    'dns.answers.data': 'QueryResults',
  }),
  // Audit logs.
  ...security([], {
    'user.id': 'SubjectUserSid',
    'user.name': 'SubjectUserName',
    'user.domain': 'SubjectDomainName',
    'weir.logon.id': 'SubjectLogonId',
    'user.target.name': 'TargetUserName',
    'user.target.id': 'TargetUserSid TargetSid',
    'user.target.domain': 'TargetDomainName',
    'weir.target_logon.id': 'TargetLogonId',
    'weir.logon.type': 'LogonType',
    'weir.logon.process': 'LogonProcessName',
    'weir.logon.package': 'AuthenticationPackageName PackageName',
    'weir.logon.failure': 'SubStatus Status',
    'weir.logon.workstation': 'WorkstationName Workstation',
    'weir.logon.guid': 'LogonGuid',
    'weir.privileges': 'PrivilegeList',
    'weir.access.mask': 'AccessMask',
    'weir.access.object.type': 'ObjectType',
    'weir.access.object.name': 'ObjectName',
    'weir.task.name': 'TaskName',
    'source.ip': 'IpAddress | address',
    'source.port': 'IpPort',
    'process.executable': 'ProcessName CallerProcessName Application',
    'process.name': 'ProcessName CallerProcessName Application | basename',
  }),
  ...security(['4688'], {
    'process.pid': 'NewProcessId | integer',
    'process.executable': 'NewProcessName',
    'process.name': 'NewProcessName | basename',
    'process.command_line': 'CommandLine',
    'process.parent.pid': 'ProcessId | integer',
    'process.parent.executable': 'ParentProcessName',
    'weir.integrity_level': 'MandatoryLabel',
  }),
  ...security(['4656', '4658', '4660', '4661', '4663', '4670', '4673', '4674', '4689', '4690', '4703', '4985'], {
    'process.pid': 'ProcessId SourceProcessId | integer',
  }),
  ...security(['5152', '5154', '5155', '5156', '5157', '5158', '5159'], {
    'process.pid': 'ProcessID | integer',
    'source.ip': 'SourceAddress',
    'source.port': 'SourcePort',
    'destination.ip': 'DestAddress',
    'destination.port': 'DestPort',
    'network.iana_number': 'Protocol',
  }),
  ...security(['4768', '4769', '4770', '4771'], {
    'weir.ticket.service': 'ServiceName',
    'weir.ticket.encryption': 'TicketEncryptionType',
    'weir.ticket.options': 'TicketOptions',
  }),
  ...security(GROUP_EVENTS, {
    'group.name': 'TargetUserName',
    'group.id': 'TargetSid',
    'group.domain': 'TargetDomainName',
  }),
  ...security(['4697'], { 'service.name': 'ServiceName', 'file.path': 'ServiceFileName' }),
  ...security(['5140', '5145'], {
    'source.port': 'IpPort',
    'file.path': 'RelativeTargetName',
    'file.directory': 'ShareName',
  }),
  ...rows({ 'service.name': 'ServiceName', 'file.path': 'ImagePath' }, { Channel: ['System'], EventID: ['7045'] }),
  // Scripts.
  ...rows(
    {
      'weir.script.text': 'ScriptBlockText Payload',
      'weir.script.id': 'ScriptBlockId',
      'file.path': 'Path',
    },
    { Channel: POWERSHELL, EventID: ['4103', '4104'] },
  ),
  ...rows({ 'weir.script.text': 'Data' }, { Channel: ['Windows PowerShell'] }),
  ...rows(
    { 'rule.name': 'ThreatName', 'rule.id': 'ThreatID', 'event.action': 'ActionName', 'file.path': 'Path' },
    { Channel: ['Microsoft-Windows-Windows Defender/Operational'] },
  ),
];

/** What hosts other than Windows say of themselves, and events that bring Sigma's names. */
import { rows, type UnifiedRow } from './types.ts';

/** Names of Sigma's taxonomy. */
const SIGMA = {
  'process.pid': 'ProcessId pid | integer',
  'process.entity_id': 'ProcessGuid',
  'process.executable': 'Image exe',
  'process.name': 'Image exe | basename',
  'process.command_line': 'CommandLine',
  'process.working_directory': 'CurrentDirectory cwd',
  'process.pe.original_file_name': 'OriginalFileName',
  'process.parent.pid': 'ParentProcessId ppid | integer',
  'process.parent.executable': 'ParentImage',
  'process.parent.command_line': 'ParentCommandLine',
  'user.name': 'User | account',
  'user.domain': 'User | account_domain',
  'weir.logon.id': 'LogonId',
  'file.path': 'TargetFilename',
  'file.name': 'TargetFilename | basename',
  'registry.path': 'TargetObject',
  'source.ip': 'SourceIp | address',
  'source.port': 'SourcePort',
  'source.domain': 'SourceHostname',
  'destination.ip': 'DestinationIp | address',
  'destination.port': 'DestinationPort',
  'destination.domain': 'DestinationHostname',
  'network.transport': 'Protocol | lower',
  'dns.question.name': 'QueryName',
};

export const SIGMA_ENDPOINT: readonly UnifiedRow[] = rows({
  ...SIGMA,
  '@timestamp': '@timestamp TimeCreated UtcTime EventTime timestamp time',
  'host.name': 'Computer Hostname hostname hostIdentifier',
  'host.os.type': 'host.os.type platform event_platform product | os_type',
  'event.action': 'event_simpleName',
});

export const AUDITD: readonly UnifiedRow[] = rows({
  ...SIGMA,
  '@timestamp': '@timestamp time timestamp',
  'event.action': 'type SYSCALL',
  'process.name': 'comm',
  'user.id': 'uid SYSCALL.uid',
  'user.effective.id': 'euid',
  'host.name': 'node NODE',
});

export const SYSLOG: readonly UnifiedRow[] = rows({
  '@timestamp': '@timestamp timestamp time TIMESTAMP | dated',
  'log.syslog.appname': 'program',
  'process.name': 'program',
  'log.syslog.procid': 'pid procid PID',
  'host.name': 'hostname host HOSTNAME',
  'user.effective.name': 'USER',
  message: 'message',
});

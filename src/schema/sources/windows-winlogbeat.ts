import { aliases, columns } from '../rows.ts';
import type { SourceType } from '../types.ts';
import { WINDOWS } from '../windows.ts';

/**
 * ECS fields that the Elastic integrations move event data into, for pipelines that then remove the original.
 * Only fields whose value stays the same are here.
 */
const ECS = aliases({
  Image: 'process.executable',
  CommandLine: 'process.command_line',
  CurrentDirectory: 'process.working_directory',
  ProcessId: 'process.pid',
  ProcessGuid: 'process.entity_id',
  OriginalFileName: 'process.pe.original_file_name',
  Description: 'process.pe.description',
  Product: 'process.pe.product',
  Company: 'process.pe.company',
  FileVersion: 'process.pe.file_version',
  ParentImage: 'process.parent.executable',
  ParentCommandLine: 'process.parent.command_line',
  ParentProcessId: 'process.parent.pid',
  TargetFilename: 'file.path',
  TargetObject: 'registry.path',
  QueryName: 'dns.question.name',
  PipeName: 'file.name',
  SourceIp: 'source.ip',
  SourcePort: 'source.port',
  SourceHostname: 'source.domain',
  DestinationIp: 'destination.ip',
  DestinationPort: 'destination.port',
  DestinationHostname: 'destination.domain',
  Protocol: 'network.transport',
  ScriptBlockText: 'powershell.file.script_block_text',
});

export const windowsWinlogbeat: SourceType = {
  ...WINDOWS,
  id: 'windows.winlogbeat',
  title: 'Windows events as ECS (Winlogbeat 7 and later, Elastic Agent)',
  detect: { all: ['winlog.channel'], any: [['winlog.event_id', 'event.code']] },
  names: [
    ...columns({
      'winlog.event_id': 'EventID',
      'event.code': 'EventID',
      'winlog.channel': 'Channel',
      'winlog.event_data.{x*}': '{x*}',
      'winlog.user_data.{x*}': '{x*}',
      // Unnamed Data elements, which evtx_dump gives as a list called Data.
      'winlog.event_data.param{n}': 'Data',
      'winlog.computer_name': 'Computer',
      'winlog.provider_name': 'Provider_Name',
      'event.provider': 'Provider_Name',
      'winlog.provider_guid': 'Provider_Guid',
      'winlog.record_id': ['EventRecordID'],
      'winlog.process.pid': 'Execution_ProcessID',
      'winlog.process.thread.id': 'Execution_ThreadID',
      'winlog.user.identifier': 'Security_UserID',
      'winlog.activity_id': 'Correlation_ActivityID',
      'winlog.related_activity_id': 'Correlation_RelatedActivityID',
      'winlog.time_created': ['TimeCreated_SystemTime', 'TimeCreated'],
      'winlog.task': 'Task',
      'winlog.opcode': 'Opcode',
      'winlog.keywords': 'Keywords',
      'winlog.version': 'Version',
      'winlog.level': 'Level',
      'log.level': 'Level',
      message: 'Message',
    }),
    ...ECS,
  ],
  references: [
    'https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog',
    'https://www.elastic.co/docs/reference/integrations/windows',
    'https://www.elastic.co/docs/reference/integrations/system',
  ],
};

/** Winlogbeat 6 wrote the same fields without the `winlog.` in front. */
export const windowsWinlogbeat6: SourceType = {
  ...WINDOWS,
  id: 'windows.winlogbeat6',
  title: 'Windows events of Winlogbeat 6 and earlier',
  detect: { all: ['log_name', 'event_id'] },
  names: columns({
    event_id: 'EventID',
    log_name: 'Channel',
    'event_data.{x*}': '{x*}',
    'user_data.{x*}': '{x*}',
    'event_data.param{n}': 'Data',
    computer_name: 'Computer',
    source_name: 'Provider_Name',
    provider_guid: 'Provider_Guid',
    record_number: 'EventRecordID',
    process_id: 'Execution_ProcessID',
    thread_id: 'Execution_ThreadID',
    'user.identifier': 'Security_UserID',
    activity_id: 'Correlation_ActivityID',
    task: 'Task',
    opcode: 'Opcode',
    keywords: 'Keywords',
    version: 'Version',
    level: 'Level',
    message: 'Message',
  }),
  references: ['https://www.elastic.co/guide/en/beats/winlogbeat/6.8/exported-fields-eventlog.html'],
};

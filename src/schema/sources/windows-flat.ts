import { columns } from '../rows.ts';
import type { SourceType } from '../types.ts';
import { WINDOWS } from '../windows.ts';

/** NXLog flattens EventData beside fields of its own and renames what comes from System. */
export const windowsNxlog: SourceType = {
  ...WINDOWS,
  id: 'windows.nxlog',
  title: 'Windows events flattened by NXLog, and other flat exports with Channel and EventID',
  detect: { all: ['Channel'], any: [['EventID', 'EventCode']] },
  names: columns({
    EventID: 'EventID',
    Channel: 'Channel',
    EventCode: 'EventID',
    // Defender has event data of this name; with its space it cannot be NXLog's SourceName.
    'Source Name': 'SourceName',
    '{x}': '{x}',
    'EventData.{x}': '{x}',
    StringInserts: 'Data',
    SourceName: 'Provider_Name',
    ProviderName: 'Provider_Name',
    Provider: 'Provider_Name',
    ProviderGuid: 'Provider_Guid',
    Hostname: 'Computer',
    ComputerName: 'Computer',
    MachineName: 'Computer',
    RecordNumber: 'EventRecordID',
    RecordID: 'EventRecordID',
    ExecutionProcessID: 'Execution_ProcessID',
    ProcessID: 'Execution_ProcessID',
    ThreadID: 'Execution_ThreadID',
    UserID: 'Security_UserID',
    ActivityID: 'Correlation_ActivityID',
    RelatedActivityID: 'Correlation_RelatedActivityID',
    TimeCreated: 'TimeCreated_SystemTime',
    OpcodeValue: 'Opcode',
    message: 'Message',
  }),
  references: [
    'https://docs.nxlog.co/refman/current/im/msvistalog.html',
    'https://github.com/OTRF/Security-Datasets',
    'https://docs.fluentbit.io/manual/data-pipeline/inputs/windows-event-log-winevtlog',
  ],
};

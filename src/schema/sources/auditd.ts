import { aliases, columns } from '../rows.ts';
import type { LaneRow, SourceType } from '../types.ts';

const AUDITD: LaneRow = { when: {}, facts: [{ product: 'linux' }, { product: 'linux', service: 'auditd' }] };

/** One record an event, its fields under auditd's own names. */
export const auditd: SourceType = {
  id: 'linux.auditd',
  title: 'auditd records as JSON',
  version: 1,
  detect: {
    all: ['type'],
    any: [
      ['a0', 'exe', 'syscall', 'SYSCALL', 'nametype', 'proctitle', 'argc', 'unit', 'auid', 'cwd'],
      ['msg', 'key', 'auid', 'pid', 'comm', 'a0', 'nametype', 'items', 'argc', 'cwd', 'proctitle', 'name'],
    ],
    none: ['event_type'],
  },
  names: [],
  discriminators: [],
  lanes: [AUDITD],
  time: ['time'],
  host: ['node', 'hostname', 'host'],
  references: ['https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment'],
};

export const auditdEcs: SourceType = {
  ...auditd,
  id: 'linux.auditd_ecs',
  title: 'auditd records as ECS (Filebeat, Elastic Agent)',
  detect: { all: ['auditd.log.record_type'] },
  names: [
    ...columns({ 'auditd.log.record_type': 'type', 'auditd.log.{x}': '{x}' }),
    ...aliases({
      exe: 'process.executable',
      pid: 'process.pid',
      cwd: 'process.working_directory',
      comm: 'process.name',
    }),
  ],
  host: ['host.name'],
  references: ['https://www.elastic.co/docs/reference/integrations/auditd'],
};

/** Auditbeat joins the records of an event and reports the type of the first. */
export const auditbeat: SourceType = {
  ...auditd,
  id: 'linux.auditbeat',
  title: 'Audit events of Auditbeat and auditd_manager',
  detect: { all: ['auditd.message_type'] },
  names: [
    ...columns({
      'auditd.message_type': 'type',
      'auditd.data.syscall': 'SYSCALL',
      'auditd.data.{x}': '{x}',
      'auditd.paths.{x}': '{x}',
      'user.audit.id': 'auid',
      tags: 'key',
    }),
    ...aliases({
      exe: 'process.executable',
      comm: 'process.name',
      euid: 'user.effective.id',
      Image: 'process.executable',
      CommandLine: ['process.command_line', 'process.title'],
      ParentImage: 'process.parent.executable',
      CurrentDirectory: 'process.working_directory',
      User: 'user.name',
    }),
  ],
  discriminators: ['SYSCALL', 'event.action'],
  lanes: [
    AUDITD,
    { when: { SYSCALL: ['execve', 'execveat'] }, facts: [{ product: 'linux', category: 'process_creation' }] },
  ],
  host: ['host.name'],
  references: ['https://www.elastic.co/docs/reference/beats/auditbeat/exported-fields-auditd'],
};

/** Laurel joins the records of an event into one object with a member per record type. */
export const laurel: SourceType = {
  ...auditd,
  id: 'linux.laurel',
  title: 'Audit events of Laurel',
  detect: {
    all: ['ID'],
    any: [['SYSCALL.syscall', 'EXECVE.argc', 'PROCTITLE.ARGV', 'PROCTITLE.proctitle', 'SYSCALL.exe', 'ANOM_ABEND.exe']],
  },
  names: [
    ...columns({ 'SYSCALL.{x}': '{x}', 'PATH.{x}': '{x}', 'CWD.cwd': 'cwd' }),
    ...aliases({
      Image: 'SYSCALL.exe',
      CommandLine: ['EXECVE.ARGV_STR', 'PROCTITLE.ARGV_STR', 'EXECVE.ARGV', 'PROCTITLE.ARGV'],
      ParentImage: ['SYSCALL.PPID.exe', 'PARENT_INFO.exe'],
      ParentCommandLine: ['PARENT_INFO.ARGV_STR', 'PARENT_INFO.ARGV'],
      CurrentDirectory: 'CWD.cwd',
      User: ['SYSCALL.UID', 'SYSCALL.EUID'],
      LogonId: ['SYSCALL.auid'],
    }),
  ],
  discriminators: ['SYSCALL.SYSCALL'],
  lanes: [
    AUDITD,
    {
      when: { 'SYSCALL.SYSCALL': ['execve', 'execveat'] },
      facts: [{ product: 'linux', category: 'process_creation' }],
    },
  ],
  host: ['NODE'],
  references: ['https://github.com/threathunters-io/laurel'],
};

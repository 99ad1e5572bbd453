import { aliases } from '../rows.ts';
import type { SourceType } from '../types.ts';

/** Program → the service its messages are of; beside it everything in a syslog is of service syslog. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  sshd: ['sshd', 'sshd-session', 'sshd-auth'],
  sudo: ['sudo'],
  cron: ['cron', 'crond', 'CROND', 'anacron', 'crontab'],
  clamav: ['clamd', 'clamav*', 'clamscan', 'freshclam', 'clamonacc'],
  vsftpd: ['vsftpd'],
  guacamole: ['guacd', 'guacamole*'],
  auth: [
    'sshd',
    'sshd-session',
    'sshd-auth',
    'sudo',
    'su',
    'login',
    'systemd-logind',
    'pkexec',
    'polkitd',
    'polkit*',
    'useradd',
    'usermod',
    'userdel',
    'groupadd',
    'passwd',
    'chpasswd',
    'cron',
    'crond',
    'gdm*',
    'lightdm',
  ],
};

/** Syslog of a Linux host as JSON: rsyslog, syslog-ng, journald, Fluent Bit, Logstash, ECS. */
export const syslog: SourceType = {
  id: 'linux.syslog',
  title: 'Syslog and journal messages as JSON',
  version: 1,
  detect: {
    all: [],
    any: [
      [
        'program',
        'programname',
        'PROGRAM',
        'appname',
        'app_name',
        'app-name',
        'ident',
        'syslogtag',
        'SYSLOG_IDENTIFIER',
        'process.name',
        'log.syslog.appname',
        '_COMM',
        'syslog_identifier',
      ],
      ['message', 'msg', 'MESSAGE', 'Message', 'log'],
    ],
  },
  names: aliases({
    program: [
      'programname',
      'PROGRAM',
      'appname',
      'app_name',
      'app-name',
      'ident',
      'SYSLOG_IDENTIFIER',
      'syslog_identifier',
      'process.name',
      'log.syslog.appname',
      '_COMM',
      'syslogtag',
    ],
    message: ['msg', 'MESSAGE', 'Message', 'log'],
    USER: ['sudo.user', 'system.auth.sudo.user'],
  }),
  discriminators: ['program'],
  lanes: [
    { when: {}, facts: [{ product: 'linux' }, { product: 'linux', service: 'syslog' }] },
    ...Object.entries(SERVICES).map(([service, program]) => ({
      when: { program },
      facts: [{ product: 'linux', service }],
    })),
    { when: { program: ['apache*', 'httpd'] }, facts: [{ service: 'apache' }] },
    { when: { program: ['nginx'] }, facts: [{ service: 'nginx' }] },
  ],
  time: ['timestamp', 'timereported', '__REALTIME_TIMESTAMP', 'time', 'ISODATE', 'date'],
  host: ['hostname', 'HOST', '_HOSTNAME', 'host.name', 'host', 'log.syslog.hostname'],
  references: [
    'https://www.rfc-editor.org/rfc/rfc5424',
    'https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html',
  ],
};

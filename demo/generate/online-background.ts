/** Two ordinary days of the web shop, the network and the clouds. */
import { aws, directoryAudit, office365, signIn } from './cloud.ts';
import { DC, FILES, fqdn, mail, OFFICE_ADDRESS, PEOPLE } from './company.ts';
import { at, Chance, DAYS, type StoryEvent } from './event.ts';
import { audit, execve, request, started, syslog, wrote } from './linux.ts';
import { conn, dns, proxy, rpc } from './network.ts';

const SEED = 202;

const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0',
];
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0';

export function onlineBackground(): StoryEvent[] {
  const chance = new Chance(SEED);
  const events: StoryEvent[] = [];
  for (let day = 1; day <= DAYS; day++) {
    events.push(
      ...shop(chance, day),
      ...shopHost(chance, day),
      ...network(chance, day),
      ...surfing(chance, day),
      ...clouds(chance, day),
    );
  }
  return events;
}

type Write = StoryEvent['write'];

function repeat(count: number, make: () => { file: string; time: number; write: Write }): StoryEvent[] {
  return Array.from({ length: count }, make);
}

function shop(chance: Chance, day: number): StoryEvent[] {
  const pages = [
    '/',
    '/products',
    '/products/probe-x',
    '/products/gauge-2?lang=en',
    '/cart',
    '/assets/app.4f1c.css',
    '/assets/logo.svg',
    '/search?q=torque+sensor',
    '/download.php?file=probe-x-datasheet.pdf',
    '/contact',
  ];
  const visits = repeat(chance.between(330, 380), () => {
    const time = chance.between(1, 4) === 1 ? chance.around(day) : chance.working(day);
    const client = `${chance.pick(['192.0.2', '198.51.100'])}.${chance.between(80, 250)}`;
    const method = chance.between(1, 14) === 1 ? 'POST' : 'GET';
    const target = method === 'POST' ? '/cart/add' : chance.pick(pages);
    const status = chance.pick([200, 200, 200, 200, 200, 200, 304, 304, 301, 404]);
    const referer = chance.pick(['', 'https://shop.larkfield.example/products', 'https://www.metrology-news.example/']);
    const one = {
      client,
      method,
      target,
      status,
      bytes: chance.between(150, 64_000),
      agent: chance.pick(BROWSERS),
      referer,
    };
    return { file: 'web-access', time, write: request(time, one) };
  });
  // The noise every address gets: a few probes, none of them answered.
  const noise = repeat(6, () => {
    const time = chance.around(day);
    const agent = chance.pick([
      'Mozilla/5.0 zgrab/0.x',
      'Googlebot/2.1 (+http://www.google.com/bot.html)',
      'python-requests/2.32.3',
    ]);
    const target = chance.pick(['/.env', '/wp-login.php', '/robots.txt', '/cgi-bin/../../../../etc/passwd']);
    const client = `192.0.2.${chance.between(200, 250)}`;
    return {
      file: 'web-access',
      time,
      write: request(time, { client, method: 'GET', target, status: 404, bytes: 162, agent }),
    };
  });
  return [...visits, ...noise];
}

function shopHost(chance: Chance, day: number): StoryEvent[] {
  const cron = '/usr/sbin/cron';
  const jobs: readonly (readonly [string, string, string, string])[] = [
    ['/usr/bin/dash', '/bin/sh -c [ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean', cron, 'root'],
    ['/usr/bin/php8.2', 'php /var/www/shop/bin/orders-export.php', cron, 'www-data'],
    ['/usr/sbin/logrotate', 'logrotate /etc/logrotate.conf', '/usr/lib/systemd/systemd', 'root'],
    ['/usr/bin/find', 'find /var/lib/php/sessions -cmin +24 -delete', '/usr/bin/dash', 'root'],
    ['/usr/bin/rm', 'rm -f /var/www/shop/var/cache/page-41.html', '/usr/bin/php8.2', 'www-data'],
    ['/usr/bin/cat', 'cat /etc/os-release', '/usr/bin/dash', 'root'],
    ['/usr/bin/apt-get', 'apt-get -qq -y update', '/usr/lib/apt/apt.systemd.daily', 'root'],
    ['/usr/bin/df', 'df -P -T', '/usr/bin/telegraf', 'telegraf'],
  ];
  return [
    ...repeat(chance.between(90, 110), () => {
      const [image, commandLine, parent, user] = chance.pick(jobs);
      const time = chance.around(day);
      return {
        file: 'web-host',
        time,
        write: started(chance, time, { image, commandLine, parent, parentCommandLine: parent, user }),
      };
    }),
    ...repeat(24, () => {
      const time = chance.around(day);
      const target = chance.pick([
        '/var/www/shop/var/cache/page-41.html',
        '/var/log/nginx/access.log',
        '/var/lib/apt/lists/lock',
      ]);
      return { file: 'web-host', time, write: wrote(chance, time, '/usr/bin/php8.2', target, 'www-data') };
    }),
    ...repeat(40, () => {
      const time = chance.around(day);
      const args = chance.pick([
        ['chmod', '644', '/var/www/shop/var/cache/page-41.html'],
        ['cat', '/proc/loadavg'],
        ['chown', 'www-data:www-data', '/var/www/shop/var'],
        ['grep', '-c', 'processor', '/proc/cpuinfo'],
      ]);
      return { file: 'web-host', time, write: execve(time, args) };
    }),
    ...repeat(20, () => {
      const time = chance.around(day);
      const fields = {
        pid: chance.between(900, 60_000),
        auid: 4294967295,
        unit: chance.pick(['apt-daily', 'logrotate', 'phpsessionclean']),
        res: 'success',
      };
      return { file: 'web-host', time, write: audit(time, 'SERVICE_START', fields) };
    }),
    ...repeat(45, () => {
      const time = chance.around(day);
      const user = chance.pick(['admin', 'oracle', 'test', 'ubuntu', 'root', 'git']);
      const from = `192.0.2.${chance.between(200, 250)} port ${chance.between(30_000, 60_000)}`;
      return {
        file: 'web-host',
        time,
        write: syslog(
          time,
          'sshd',
          chance.between(900, 60_000),
          `Failed password for invalid user ${user} from ${from} ssh2`,
        ),
      };
    }),
    ...repeat(5, () => {
      const time = chance.working(day);
      const message = `Accepted publickey for deploy from ${OFFICE_ADDRESS} port ${chance.between(40_000, 60_000)} ssh2: ED25519 SHA256:${chance.hex(24)}`;
      return { file: 'web-host', time, write: syslog(time, 'sshd', chance.between(900, 60_000), message) };
    }),
  ];
}

function network(chance: Chance, day: number): StoryEvent[] {
  const names: readonly (readonly [string, string, readonly string[]])[] = [
    ['outlook.office365.com', 'A', ['192.0.2.130']],
    ['login.microsoftonline.com', 'AAAA', ['2001:db8::131']],
    [`_ldap._tcp.dc._msdcs.larkfield.example`, 'SRV', [fqdn(DC.host).toLowerCase()]],
    [fqdn(FILES.host).toLowerCase(), 'A', [FILES.address]],
    ['www.metrology-news.example', 'A', ['198.51.100.20']],
    ['d1a2b3c4e5f6.cloudfront.net', 'A', ['192.0.2.180']],
    ['wpad.larkfield.example', 'A', []],
    ['larkfield.example', 'TXT', ['v=spf1 include:spf.protection.outlook.com -all']],
  ];
  return [
    ...repeat(chance.between(300, 340), () => {
      const time = chance.working(day);
      const [query, type, answers] = chance.pick(names);
      return { file: 'zeek', time, write: dns(chance, time, chance.pick(PEOPLE).address, query, type, answers) };
    }),
    // The mail gateway asks a reputation service by hash, one name at a time.
    ...repeat(12, () => {
      const time = chance.working(day);
      return {
        file: 'zeek',
        time,
        write: dns(chance, time, '10.20.8.25', `${chance.hex(48)}.rep.mailfilter.example`, 'A', ['127.0.0.2']),
      };
    }),
    ...repeat(chance.between(240, 280), () => {
      const time = chance.working(day);
      const [to, port, service] = chance.pick([
        ['192.0.2.130', 443, 'ssl'],
        [FILES.address, 445, 'smb'],
        [DC.address, 88, 'krb_tcp'],
        [DC.address, 389, 'ldap_tcp'],
      ] as const);
      const flow = { from: chance.pick(PEOPLE).address, to, port };
      return {
        file: 'zeek',
        time,
        write: conn(chance, time, flow, service, chance.between(300, 90_000), chance.between(800, 4_000_000)),
      };
    }),
    ...repeat(30, () => {
      const time = chance.working(day);
      const [endpoint, operation] = chance.pick([
        ['lsarpc', 'LsarLookupNames4'],
        ['netlogon', 'NetrLogonGetDomainInfo'],
        ['srvsvc', 'NetrShareGetInfo'],
        ['svcctl', 'QueryServiceStatus'],
      ] as const);
      return {
        file: 'zeek',
        time,
        write: rpc(chance, time, chance.pick(PEOPLE).address, DC.address, endpoint, operation),
      };
    }),
  ];
}

function surfing(chance: Chance, day: number): StoryEvent[] {
  const sites: readonly (readonly [string, string])[] = [
    ['www.metrology-news.example', '/articles/2026/03/uncertainty.html'],
    ['cdn.partsupply.example', '/img/bearing-608.jpg'],
    ['ctldl.windowsupdate.com', '/msdownload/update/v3/static/trustedr/en/authrootstl.cab'],
    ['webmail.calibration-lab.example', '/owa/'],
    ['docs.python.example', '/3/library/struct.html'],
    ['weather.example', '/forecast?place=Larkfield'],
  ];
  const browsing = repeat(chance.between(360, 400), () => {
    const time = chance.working(day);
    const { user, address } = chance.pick(PEOPLE);
    const [host, path] = chance.pick(sites);
    const agent = host === 'ctldl.windowsupdate.com' ? 'Microsoft-CryptoAPI/10.0' : EDGE;
    const one = {
      user,
      client: address,
      method: 'GET',
      host,
      path,
      agent,
      sent: chance.between(300, 1500),
      got: chance.between(400, 900_000),
    };
    return { file: 'proxy', time, write: proxy(time, one) };
  });
  const tunnels = repeat(chance.between(120, 150), () => {
    const time = chance.working(day);
    const { user, address } = chance.pick(PEOPLE);
    const host = chance.pick([
      'outlook.office365.com',
      'teams.microsoft.com',
      'larkfield.sharepoint.com',
      'login.microsoftonline.com',
    ]);
    const sent = chance.between(2000, host.includes('sharepoint') ? 60_000_000 : 400_000);
    const one = {
      user,
      client: address,
      method: 'CONNECT',
      host,
      path: ':443',
      agent: EDGE,
      sent,
      got: chance.between(3000, 9_000_000),
    };
    return { file: 'proxy', time, write: proxy(time, one) };
  });
  const scripts = repeat(10, () => {
    const time = chance.around(day);
    const one = {
      user: 'svc-inventory',
      client: FILES.address,
      method: 'GET',
      host: 'intranet.larkfield.example',
      path: '/agent/version.txt',
      agent: 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-GB) WindowsPowerShell/5.1.20348.2849',
      sent: 190,
      got: 212,
    };
    return { file: 'proxy', time, write: proxy(time, one) };
  });
  return [...browsing, ...tunnels, ...scripts];
}

function clouds(chance: Chance, day: number): StoryEvent[] {
  const own = { user: 'shop-deploy', key: 'AKIAIOSFODNN7EXAMPLE', agent: 'aws-sdk-php/3.337.3', address: '192.0.2.41' };
  const calls: readonly (readonly [string, string])[] = [
    ['s3', 'ListObjects'],
    ['s3', 'GetBucketLocation'],
    ['ses', 'SendEmail'],
    ['cloudfront', 'CreateInvalidation'],
    ['sts', 'GetCallerIdentity'],
  ];
  const deploying = repeat(chance.between(110, 130), () => {
    const time = chance.around(day);
    const [source, name] = chance.pick(calls);
    return {
      file: 'cloudtrail',
      time,
      write: aws(chance, time, {
        ...own,
        source: `${source}.amazonaws.com`,
        name,
        readOnly: !name.startsWith('Create'),
      }),
    };
  });
  const refused = repeat(3, () => {
    const time = chance.around(day);
    return {
      file: 'cloudtrail',
      time,
      write: aws(chance, time, {
        ...own,
        source: 'cloudwatch.amazonaws.com',
        name: 'PutMetricData',
        error: 'AccessDenied',
        readOnly: false,
      }),
    };
  });
  const signIns = repeat(chance.between(70, 90), () => {
    const time = chance.working(day);
    const [app, client] = chance.pick([
      ['Office 365 Exchange Online', 'Mobile Apps and Desktop clients'],
      ['Microsoft Teams', 'Mobile Apps and Desktop clients'],
      ['Office 365 SharePoint Online', 'Browser'],
      ['Quote Builder', 'Browser'],
    ] as const);
    const one = {
      person: chance.pick(PEOPLE),
      address: OFFICE_ADDRESS,
      country: 'GB',
      app,
      client,
      agent: EDGE,
      protocol: 'none',
      error: chance.pick([0, 0, 0, 0, 0, 0, 0, 0, 50126, 50140]),
    };
    return { file: 'entra', time, write: signIn(chance, time, one) };
  });
  const mailing = repeat(chance.between(110, 130), () => {
    const time = chance.working(day);
    const person = chance.pick(PEOPLE);
    const [workload, operation] = chance.pick([
      ['Exchange', 'MailItemsAccessed'],
      ['Exchange', 'Send'],
      ['SharePoint', 'FileAccessed'],
      ['SharePoint', 'FileModified'],
      ['AzureActiveDirectory', 'UserLoggedIn'],
    ] as const);
    return {
      file: 'm365',
      time,
      write: office365(chance, time, person, OFFICE_ADDRESS, workload, operation, { ObjectId: mail(person.user) }),
    };
  });
  const audits = repeat(9, () => {
    const time = chance.working(day);
    const [activity, target] = chance.pick([
      ['Update user', 'Ana Duarte'],
      ['Add member to group', 'Engineering'],
      ['Update device', 'LF-WS-03'],
      ['Change user license', 'Jun Takeda'],
    ] as const);
    return { file: 'entra', time, write: directoryAudit(chance, time, PEOPLE[0], OFFICE_ADDRESS, activity, target) };
  });
  const sorting = at(day, '10:17:33');
  const parameters = [
    { Name: 'Name', Value: 'Newsletters' },
    { Name: 'From', Value: 'news@metrology-news.example' },
    { Name: 'MoveToFolder', Value: 'Newsletters' },
  ];
  const rule = {
    file: 'm365',
    time: sorting,
    write: office365(chance, sorting, PEOPLE[day], OFFICE_ADDRESS, 'Exchange', 'New-InboxRule', {
      Parameters: parameters,
    }),
  };
  return [...deploying, ...refused, ...signIns, ...audits, ...mailing, rule];
}

/** Two ordinary days of the web shop and the machine it runs on. */
import { OFFICE_ADDRESS } from './company.ts';
import { Chance, DAYS, repeat, type StoryEvent } from './event.ts';
import { audit, execve, request, started, syslog, wrote } from './linux.ts';

const SEED = 202;

const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0',
];

export function shopBackground(): StoryEvent[] {
  const chance = new Chance(SEED);
  const events: StoryEvent[] = [];
  for (let day = 1; day <= DAYS; day++) events.push(...shop(chance, day), ...shopHost(chance, day));
  return events;
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

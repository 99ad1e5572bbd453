/** Two ordinary days on the network and at the web proxy. */
import { DC, FILES, fqdn, PEOPLE } from './company.ts';
import { Chance, DAYS, repeat, type StoryEvent } from './event.ts';
import { conn, dns, proxy, rpc } from './network.ts';

const SEED = 303;
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0';

export function networkBackground(): StoryEvent[] {
  const chance = new Chance(SEED);
  const events: StoryEvent[] = [];
  for (let day = 1; day <= DAYS; day++) events.push(...network(chance, day), ...surfing(chance, day));
  return events;
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

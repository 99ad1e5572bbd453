/**
 * The Windows lanes: which channels a service means and which event ids a category means. These are SigmaHQ's own
 * (`tests/thor.yml` of the rule repository) and nothing more; `windows-lanes.test.ts` compares both ways.
 */
import type { Fact, LaneRow } from './types.ts';

/** Service → channels. */
export const SERVICES: Readonly<Record<string, readonly string[]>> = {
  application: ['Application'],
  security: ['Security'],
  system: ['System'],
  ntlm: ['Microsoft-Windows-NTLM/Operational'],
  sysmon: ['Microsoft-Windows-Sysmon/Operational'],
  powershell: ['Microsoft-Windows-PowerShell/Operational', 'PowerShellCore/Operational'],
  'powershell-classic': ['Windows PowerShell'],
  taskscheduler: ['Microsoft-Windows-TaskScheduler/Operational'],
  wmi: ['Microsoft-Windows-WMI-Activity/Operational'],
  dhcp: ['Microsoft-Windows-DHCP-Server/Operational'],
  'printservice-admin': ['Microsoft-Windows-PrintService/Admin'],
  'smbclient-security': ['Microsoft-Windows-SmbClient/Security'],
  'smbclient-connectivity': ['Microsoft-Windows-SmbClient/Connectivity'],
  'smbserver-connectivity': ['Microsoft-Windows-SMBServer/Connectivity'],
  'printservice-operational': ['Microsoft-Windows-PrintService/Operational'],
  'terminalservices-localsessionmanager': ['Microsoft-Windows-TerminalServices-LocalSessionManager/Operational'],
  'codeintegrity-operational': ['Microsoft-Windows-CodeIntegrity/Operational'],
  applocker: [
    'Microsoft-Windows-AppLocker/MSI and Script',
    'Microsoft-Windows-AppLocker/EXE and DLL',
    'Microsoft-Windows-AppLocker/Packaged app-Deployment',
    'Microsoft-Windows-AppLocker/Packaged app-Execution',
  ],
  'msexchange-management': ['MSExchange Management'],
  windefend: ['Microsoft-Windows-Windows Defender/Operational'],
  'firewall-as': ['Microsoft-Windows-Windows Firewall With Advanced Security/Firewall'],
  'bits-client': ['Microsoft-Windows-Bits-Client/Operational'],
  'security-mitigations': [
    'Microsoft-Windows-Security-Mitigations/Kernel Mode',
    'Microsoft-Windows-Security-Mitigations/User Mode',
  ],
  'diagnosis-scripted': ['Microsoft-Windows-Diagnosis-Scripted/Operational'],
  'shell-core': ['Microsoft-Windows-Shell-Core/Operational'],
  openssh: ['OpenSSH/Operational'],
  ldap: ['Microsoft-Windows-LDAP-Client/Debug'],
  bitlocker: ['Microsoft-Windows-BitLocker/BitLocker Management'],
  vhdmp: ['Microsoft-Windows-VHDMP/Operational'],
  'appxdeployment-server': ['Microsoft-Windows-AppXDeploymentServer/Operational'],
  'lsa-server': ['Microsoft-Windows-LSA/Operational'],
  'appxpackaging-om': ['Microsoft-Windows-AppxPackaging/Operational'],
  'dns-client': ['Microsoft-Windows-DNS Client Events/Operational'],
  'appmodel-runtime': ['Microsoft-Windows-AppModel-Runtime/Admin'],
  capi2: ['Microsoft-Windows-CAPI2/Operational'],
  'certificateservicesclient-lifecycle-system': [
    'Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational',
  ],
  'kernel-shimengine': [
    'Microsoft-Windows-Kernel-ShimEngine/Operational',
    'Microsoft-Windows-Kernel-ShimEngine/Diagnostic',
  ],
  'application-experience': [
    'Microsoft-Windows-Application-Experience/Program-Telemetry',
    'Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant',
  ],
  ntfs: ['Microsoft-Windows-Ntfs/Operational'],
  'hyper-v-worker': ['Microsoft-Windows-Hyper-V-Worker'],
  'kernel-event-tracing': ['Microsoft-Windows-Kernel-EventTracing'],
  sense: ['Microsoft-Windows-SENSE/Operational'],
  'servicebus-client': ['Microsoft-ServiceBus-Client/Admin', 'Microsoft-ServiceBus-Client/Operational'],
  'iis-configuration': ['Microsoft-IIS-Configuration/Operational'],
};

export interface WindowsCategory {
  readonly category: string;
  /** The service whose channels carry it. */
  readonly service: string;
  readonly eventIds: readonly string[];
  readonly where?: Fact['where'];
  readonly rewrite?: Fact['rewrite'];
}

/** Categories; one entry per set of further conditions. */
export const CATEGORIES: readonly WindowsCategory[] = [
  { category: 'process_creation', service: 'sysmon', eventIds: ['1'] },
  {
    category: 'process_creation',
    service: 'security',
    eventIds: ['4688'],
    rewrite: { Image: 'NewProcessName', ParentImage: 'ParentProcessName' },
  },
  { category: 'file_change', service: 'sysmon', eventIds: ['2'] },
  { category: 'network_connection', service: 'sysmon', eventIds: ['3'] },
  { category: 'sysmon_status', service: 'sysmon', eventIds: ['4', '16'] },
  { category: 'process_termination', service: 'sysmon', eventIds: ['5'] },
  { category: 'driver_load', service: 'sysmon', eventIds: ['6'] },
  { category: 'image_load', service: 'sysmon', eventIds: ['7'] },
  { category: 'create_remote_thread', service: 'sysmon', eventIds: ['8'] },
  { category: 'raw_access_thread', service: 'sysmon', eventIds: ['9'] },
  { category: 'process_access', service: 'sysmon', eventIds: ['10'] },
  { category: 'file_event', service: 'sysmon', eventIds: ['11'] },
  { category: 'registry_event', service: 'sysmon', eventIds: ['12', '13', '14'] },
  { category: 'registry_add', service: 'sysmon', eventIds: ['12'], where: { EventType: ['CreateKey'] } },
  {
    category: 'registry_delete',
    service: 'sysmon',
    eventIds: ['12'],
    where: { EventType: ['DeleteKey', 'DeleteValue'] },
  },
  { category: 'registry_set', service: 'sysmon', eventIds: ['13'] },
  { category: 'registry_rename', service: 'sysmon', eventIds: ['14'] },
  { category: 'create_stream_hash', service: 'sysmon', eventIds: ['15'] },
  { category: 'pipe_created', service: 'sysmon', eventIds: ['17', '18'] },
  { category: 'wmi_event', service: 'sysmon', eventIds: ['19', '20', '21'] },
  { category: 'dns_query', service: 'sysmon', eventIds: ['22'] },
  { category: 'file_delete', service: 'sysmon', eventIds: ['23'] },
  { category: 'clipboard_change', service: 'sysmon', eventIds: ['24'] },
  { category: 'process_tampering', service: 'sysmon', eventIds: ['25'] },
  { category: 'file_delete_detected', service: 'sysmon', eventIds: ['26'] },
  { category: 'file_block_executable', service: 'sysmon', eventIds: ['27'] },
  { category: 'file_block_shredding', service: 'sysmon', eventIds: ['28'] },
  { category: 'file_executable_detected', service: 'sysmon', eventIds: ['29'] },
  { category: 'sysmon_error', service: 'sysmon', eventIds: ['255'] },
  { category: 'ps_module', service: 'powershell', eventIds: ['4103'] },
  { category: 'ps_script', service: 'powershell', eventIds: ['4104'] },
  { category: 'ps_classic_start', service: 'powershell-classic', eventIds: ['400'] },
  { category: 'ps_classic_provider_start', service: 'powershell-classic', eventIds: ['600'] },
  { category: 'ps_classic_script', service: 'powershell-classic', eventIds: ['800'] },
  {
    category: 'antivirus',
    service: 'windefend',
    eventIds: ['1006', '1007', '1008', '1009', '1010', '1011', '1012', '1017', '1018', '1019', '1115', '1116'],
    rewrite: { Signature: 'ThreatName', Filename: 'Path' },
  },
];

/** Sysmon for Linux writes Windows-shaped events of its own channel; they are no Windows events. */
export const LINUX_SYSMON = 'Linux-Sysmon/Operational';

const LINUX_CATEGORIES: Readonly<Record<string, string>> = {
  process_creation: '1',
  network_connection: '3',
  process_termination: '5',
  raw_access_thread: '9',
  file_event: '11',
  file_delete: '23',
};

function linuxSysmonLanes(): LaneRow[] {
  const Channel = [LINUX_SYSMON];
  return [
    { when: { Channel }, facts: [{ product: 'linux' }, { product: 'linux', service: 'sysmon' }] },
    ...Object.entries(LINUX_CATEGORIES).map(([category, eventId]) => ({
      when: { Channel, EventID: [eventId] },
      facts: [{ product: 'linux', category, service: 'sysmon' }],
    })),
  ];
}

/** The lane table of every source type that carries Windows events; its discriminators are Channel and EventID. */
export const WINDOWS_LANES: readonly LaneRow[] = [
  { when: {}, unless: { Channel: [LINUX_SYSMON] }, facts: [{ product: 'windows' }] },
  ...Object.entries(SERVICES).map(([service, channels]) => ({
    when: { Channel: channels },
    facts: [{ product: 'windows', service }],
  })),
  ...CATEGORIES.map(({ category, service, eventIds, where, rewrite }) => ({
    when: { Channel: SERVICES[service] ?? [], EventID: eventIds },
    facts: [{ product: 'windows', category, service, ...(where && { where }), ...(rewrite && { rewrite }) }],
  })),
  ...linuxSysmonLanes(),
];

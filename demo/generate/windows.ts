/** Windows events, in the two forms the story has: Winlogbeat's ECS (workstations) and evtx_dump's JSON (servers). */
import { account, fqdn } from './company.ts';
import { type Chance, iso, type Json, spaced } from './event.ts';

export interface WindowsEvent {
  readonly time: number;
  readonly host: string;
  readonly channel: string;
  readonly provider: string;
  readonly id: number;
  readonly task: number;
  readonly data: Json;
}

export function winlogbeat(event: WindowsEvent, record: number): Json {
  return {
    '@timestamp': iso(event.time),
    event: { code: String(event.id), kind: 'event', provider: event.provider },
    host: { name: fqdn(event.host).toLowerCase() },
    winlog: {
      channel: event.channel,
      provider_name: event.provider,
      event_id: String(event.id),
      record_id: 410_000 + record,
      computer_name: fqdn(event.host),
      task: String(event.task),
      event_data: event.data,
    },
    agent: { type: 'winlogbeat', version: '8.17.4' },
  };
}

export function evtxJson(event: WindowsEvent, record: number): Json {
  const userData = event.id === 1102;
  return {
    Event: {
      '#attributes': { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
      System: {
        Provider: { '#attributes': { Name: event.provider } },
        EventID: event.id,
        Level: 4,
        Task: event.task,
        TimeCreated: { '#attributes': { SystemTime: iso(event.time) } },
        EventRecordID: 88_000 + record,
        Channel: event.channel,
        Computer: fqdn(event.host),
      },
      ...(userData ? { UserData: { LogFileCleared: event.data } } : { EventData: event.data }),
    },
  };
}

/** A program as Sysmon and the Security log describe it. */
export interface Program {
  readonly image: string;
  readonly original: string;
  readonly description: string;
  readonly company: string;
}

const MICROSOFT = 'Microsoft Corporation';
export const system32 = (name: string, description: string, original = name): Program => ({
  image: `C:\\Windows\\System32\\${name}`,
  original,
  description,
  company: MICROSOFT,
});

export const POWERSHELL: Program = {
  ...system32('powershell.exe', 'Windows PowerShell', 'PowerShell.EXE'),
  image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
};
export const CMD = system32('cmd.exe', 'Windows Command Processor', 'Cmd.Exe');
export const office = (name: string, description: string): Program => ({
  image: `C:\\Program Files\\Microsoft Office\\root\\Office16\\${name}.EXE`,
  original: `${name[0]}${name.slice(1).toLowerCase()}.exe`,
  description,
  company: MICROSOFT,
});

export interface Start {
  readonly program: Program;
  readonly commandLine: string;
  readonly parent: string;
  readonly parentCommandLine?: string;
  readonly user: string;
  readonly integrity?: 'Medium' | 'High' | 'System';
}

/** Makes events of one fleet; identifiers come from `chance`. */
export class Windows {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  #guid(): string {
    return `{4c2f7b10-${this.#chance.hex(4)}-69b0-${this.#chance.hex(4)}-000000003c00}`;
  }

  sysmon(host: string, time: number, id: number, data: Json): WindowsEvent {
    const provider = 'Microsoft-Windows-Sysmon';
    const all = { RuleName: '-', UtcTime: spaced(time), ...data };
    return { time, host, channel: `${provider}/Operational`, provider, id, task: id, data: all };
  }

  start(host: string, time: number, start: Start): WindowsEvent {
    const { program, parent } = start;
    return this.sysmon(host, time, 1, {
      ProcessGuid: this.#guid(),
      ProcessId: String(4 * this.#chance.between(300, 5000)),
      Image: program.image,
      FileVersion: '10.0.22621.4391 (WinBuild.160101.0800)',
      Description: program.description,
      Company: program.company,
      OriginalFileName: program.original,
      CommandLine: start.commandLine,
      CurrentDirectory: 'C:\\Windows\\System32\\',
      User: start.user,
      IntegrityLevel: start.integrity ?? 'Medium',
      Hashes: `SHA256=${this.#hash(program.image)}`,
      ParentProcessId: String(4 * this.#chance.between(300, 5000)),
      ParentImage: parent,
      ParentCommandLine: start.parentCommandLine ?? `"${parent}"`,
    });
  }

  /** The same file has the same hash everywhere. */
  #hash(image: string): string {
    let state = 7;
    for (const letter of image) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
    return Array.from({ length: 8 }, (_, i) => (Math.imul(state, 2 * i + 3) >>> 0).toString(16).padStart(8, '0')).join(
      '',
    );
  }

  process(image: string, user: string): Json {
    return {
      ProcessGuid: this.#guid(),
      ProcessId: String(4 * this.#chance.between(300, 5000)),
      Image: image,
      User: user,
    };
  }

  file(host: string, time: number, image: string, target: string, user: string): WindowsEvent {
    const data = { ...this.process(image, user), TargetFilename: target, CreationUtcTime: spaced(time) };
    return this.sysmon(host, time, 11, data);
  }

  registry(host: string, time: number, image: string, target: string, details: string, user: string): WindowsEvent {
    const data = { EventType: 'SetValue', ...this.process(image, user), TargetObject: target, Details: details };
    return this.sysmon(host, time, 13, data);
  }

  dns(host: string, time: number, image: string, name: string, answer: string, user: string): WindowsEvent {
    const data = { ...this.process(image, user), QueryName: name, QueryStatus: '0', QueryResults: `::ffff:${answer};` };
    return this.sysmon(host, time, 22, data);
  }

  connection(
    host: string,
    time: number,
    image: string,
    user: string,
    from: string,
    to: string,
    port: number,
  ): WindowsEvent {
    return this.sysmon(host, time, 3, {
      ...this.process(image, user),
      Protocol: 'tcp',
      Initiated: 'true',
      SourceIp: from,
      SourcePort: String(this.#chance.between(49_700, 65_000)),
      DestinationIp: to,
      DestinationPort: String(port),
    });
  }

  opened(host: string, time: number, source: string, target: string, access: string, trace: string): WindowsEvent {
    return this.sysmon(host, time, 10, {
      SourceProcessGUID: this.#guid(),
      SourceProcessId: String(4 * this.#chance.between(300, 5000)),
      SourceImage: source,
      TargetImage: target,
      GrantedAccess: access,
      CallTrace: trace,
      SourceUser: 'NT AUTHORITY\\SYSTEM',
      TargetUser: 'NT AUTHORITY\\SYSTEM',
    });
  }

  security(host: string, time: number, id: number, task: number, data: Json): WindowsEvent {
    return { time, host, channel: 'Security', provider: 'Microsoft-Windows-Security-Auditing', id, task, data };
  }

  #logonFields(user: string, type: number, address: string): Json {
    return {
      SubjectUserName: '-',
      TargetUserName: user,
      TargetDomainName: 'LARKFIELD',
      LogonType: String(type),
      LogonProcessName: type === 3 ? 'NtLmSsp ' : 'User32 ',
      AuthenticationPackageName: type === 3 ? 'NTLM' : 'Negotiate',
      IpAddress: address,
      IpPort: String(this.#chance.between(49_700, 65_000)),
    };
  }

  logon(host: string, time: number, user: string, type: number, address: string): WindowsEvent {
    const data = { ...this.#logonFields(user, type, address), TargetLogonId: `0x${this.#chance.hex(7)}` };
    return this.security(host, time, 4624, 12_544, data);
  }

  logonFailed(host: string, time: number, user: string, address: string): WindowsEvent {
    const reason = { Status: '0xc000006d', FailureReason: '%%2313', SubStatus: '0xc000006a' };
    return this.security(host, time, 4625, 12_544, { ...this.#logonFields(user, 3, address), ...reason });
  }

  ticket(host: string, time: number, user: string, service: string, address: string, encryption: string): WindowsEvent {
    return this.security(host, time, 4769, 14_337, {
      TargetUserName: `${user}@LARKFIELD.EXAMPLE`,
      TargetDomainName: 'LARKFIELD.EXAMPLE',
      ServiceName: service,
      TicketOptions: '0x40810000',
      TicketEncryptionType: encryption,
      IpAddress: `::ffff:${address}`,
      Status: '0x0',
      LogonGuid: `{${this.#chance.uuid()}}`,
    });
  }

  shareAccess(
    host: string,
    time: number,
    user: string,
    address: string,
    share: string,
    name: string,
    write: boolean,
  ): WindowsEvent {
    return this.security(host, time, 5145, 12_811, {
      SubjectUserName: user,
      SubjectDomainName: 'LARKFIELD',
      SubjectLogonId: `0x${this.#chance.hex(7)}`,
      ObjectType: 'File',
      IpAddress: address,
      ShareName: share,
      RelativeTargetName: name,
      AccessMask: write ? '0x2' : '0x1',
      AccessList: write ? '%%4417\r\n\t\t\t\t' : '%%4416\r\n\t\t\t\t',
    });
  }

  service(host: string, time: number, name: string, path: string, start = 'demand start'): WindowsEvent {
    return this.control(host, time, 7045, {
      ServiceName: name,
      ImagePath: path,
      ServiceType: 'user mode service',
      StartType: start,
      AccountName: 'LocalSystem',
    });
  }

  control(host: string, time: number, id: number, data: Json): WindowsEvent {
    return { time, host, channel: 'System', provider: 'Service Control Manager', id, task: 0, data };
  }

  script(host: string, time: number, text: string): WindowsEvent {
    const provider = 'Microsoft-Windows-PowerShell';
    const data = {
      MessageNumber: '1',
      MessageTotal: '1',
      ScriptBlockText: text,
      ScriptBlockId: this.#chance.uuid(),
      Path: '',
    };
    return { time, host, channel: `${provider}/Operational`, provider, id: 4104, task: 2, data };
  }

  defender(host: string, time: number, id: number, data: Json): WindowsEvent {
    const provider = 'Microsoft-Windows-Windows Defender';
    const product = { 'Product Name': 'Microsoft Defender Antivirus', 'Product Version': '4.18.26010.5' };
    return { time, host, channel: `${provider}/Operational`, provider, id, task: 0, data: { ...product, ...data } };
  }

  logCleared(host: string, time: number, user: string): WindowsEvent {
    const data = { SubjectUserName: user, SubjectDomainName: 'LARKFIELD', SubjectLogonId: `0x${this.#chance.hex(7)}` };
    return { time, host, channel: 'Security', provider: 'Microsoft-Windows-Eventlog', id: 1102, task: 104, data };
  }

  task(host: string, time: number, user: string, name: string, content: string): WindowsEvent {
    const data = { SubjectUserName: user, SubjectDomainName: 'LARKFIELD', TaskName: name, TaskContent: content };
    return this.security(host, time, 4698, 12_804, data);
  }
}

export const as = (user: string): string => (user === 'SYSTEM' ? 'NT AUTHORITY\\SYSTEM' : account(user));

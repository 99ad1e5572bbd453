/** Events of the Linux web host: Sysmon for Linux, auditd, syslog and the web server's access log. */
import { fqdn, SHOP } from './company.ts';
import { type Chance, iso, type Json, spaced } from './event.ts';

function sysmon(chance: Chance, time: number, id: number, data: Json): (record: number) => Json {
  const guid = `{8e1d4a52-${chance.hex(4)}-69b0-${chance.hex(4)}-0000000000f1}`;
  return (record) => ({
    Event: {
      System: {
        Provider: { '#attributes': { Name: 'Linux-Sysmon', Guid: '{ff032593-a8d3-4f13-b0d6-01fc615a0f97}' } },
        EventID: id,
        Level: 4,
        Task: id,
        TimeCreated: { '#attributes': { SystemTime: iso(time) } },
        EventRecordID: record,
        Channel: 'Linux-Sysmon/Operational',
        Computer: fqdn(SHOP.host),
      },
      EventData: { RuleName: '-', UtcTime: spaced(time), ProcessGuid: guid, ...data },
    },
  });
}

export interface LinuxStart {
  readonly image: string;
  readonly commandLine: string;
  readonly parent: string;
  readonly parentCommandLine: string;
  readonly user: string;
}

export function started(chance: Chance, time: number, start: LinuxStart): (record: number) => Json {
  return sysmon(chance, time, 1, {
    ProcessId: chance.between(900, 60_000),
    Image: start.image,
    CommandLine: start.commandLine,
    CurrentDirectory: start.user === 'www-data' ? '/var/www/shop/public/uploads' : '/root',
    User: start.user,
    LogonId: start.user === 'www-data' ? 33 : 0,
    Hashes: '-',
    ParentProcessId: chance.between(900, 60_000),
    ParentImage: start.parent,
    ParentCommandLine: start.parentCommandLine,
    ParentUser: start.user,
  });
}

export function wrote(
  chance: Chance,
  time: number,
  image: string,
  target: string,
  user: string,
): (record: number) => Json {
  const process = { ProcessId: chance.between(900, 60_000), Image: image, User: user };
  return sysmon(chance, time, 11, { ...process, TargetFilename: target, CreationUtcTime: spaced(time) });
}

/** One record of the audit log, as auditd's fields. */
export function audit(time: number, type: string, fields: Json): (record: number) => Json {
  return (record) => ({
    type,
    msg: `audit(${(time / 1000).toFixed(3)}:${7000 + record})`,
    node: SHOP.host,
    time: iso(time),
    ...fields,
  });
}

/** An EXECVE record: how many arguments, and each. */
export function execve(time: number, args: readonly string[]): (record: number) => Json {
  return audit(time, 'EXECVE', { argc: args.length, ...Object.fromEntries(args.map((arg, i) => [`a${i}`, arg])) });
}

export function syslog(time: number, programname: string, pid: number, message: string): () => Json {
  return () => ({
    timestamp: iso(time),
    hostname: SHOP.host,
    programname,
    procid: String(pid),
    severity: 'info',
    message,
  });
}

export interface Request {
  readonly client: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
  readonly referer?: string;
}

/** nginx's access log with its variables' own names. */
export function request(time: number, one: Request): () => Json {
  return () => ({
    time_iso8601: iso(time),
    host: 'shop.larkfield.example',
    remote_addr: one.client,
    remote_user: '',
    request_method: one.method,
    request_uri: one.target,
    status: one.status,
    body_bytes_sent: one.bytes,
    http_referer: one.referer ?? '',
    http_user_agent: one.agent,
  });
}

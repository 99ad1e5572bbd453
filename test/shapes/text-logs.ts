/** Text logs as the JSON that common shippers make of them: every value is the vendor's, only the form is new. */

type Row = Record<string, string | number>;

const COMBINED =
  /(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{3,39}) \S+ (\S+) \[([^\]]+)\] "([A-Z]+) (\S+)[^"]*" (\d{3}) (\S+)(?: "([^"]*)" "([^"]*)")?/;

/** An access log line in combined format, as nginx writes it with `escape=json`; null where it is none. */
export function accessLog(line: string): Row | null {
  const found = COMBINED.exec(line);
  if (found === null) return null;
  const [, remote_addr = '', remote_user = '', time_local = '', request_method = '', request_uri = '', status = ''] =
    found;
  return {
    remote_addr,
    remote_user,
    time_local,
    request_method,
    request_uri,
    status: Number(status),
    http_referer: found[8] ?? '-',
    http_user_agent: found[9] ?? '-',
  };
}

/** A record of auditd as key-value JSON; null where it is none. */
export function auditdRecord(line: string): Row | null {
  const found = /^(?:node=(\S+) )?type=(\w+) msg=audit\(([^)]*)\):\s*(.*)$/.exec(line);
  if (found === null) return null;
  const row: Row = { type: found[2] ?? '', msg: `audit(${found[3]})` };
  for (const [, key = '', quoted, plain] of (found[4] ?? '').matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)) {
    row[key] = quoted ?? plain ?? '';
  }
  return row;
}

/** A syslog line (RFC 3164 or 5424 without the priority); null where it is none. */
export function syslogMessage(line: string): Row | null {
  const found =
    /^(?:<\d+>\d? ?)?([A-Z][a-z]{2} +\d+ [\d:]{8}|\d{4}-\d\d-\d\dT\S+) (\S+) ([\w./-]+)(?:\[(\d+)\])?: (.*)$/.exec(
      line,
    );
  if (found === null) return null;
  const [, timestamp = '', hostname = '', program = '', pid = '', message = ''] = found;
  return { timestamp, hostname, program, pid, message };
}

/** Events we did not write, one JSON line each, by where in ../shared/data they come from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readEvtx } from '../../src/formats/evtx/index.ts';
import { ndjsonLines, regressionCases } from '../reference/corpus.ts';
import { sharedData } from '../shared.ts';
import { accessLog, auditdRecord, syslogMessage } from './text-logs.ts';

export interface Corpus {
  readonly name: string;
  readonly lines: readonly string[];
}

function filesUnder(root: string | null, ending: string): string[] {
  if (root === null) return [];
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => name.endsWith(ending)).map((name) => join(root, name));
}

/** Every `Log` of the `Tests` of Panther's rules; some are JSON text inside the YAML. */
function panther(): string[] {
  return filesUnder(sharedData('vendor-logs/panther/rules'), '.yml').flatMap((path) => {
    const rule: unknown = parse(readFileSync(path, 'utf8'), { logLevel: 'silent', maxAliasCount: 1000 });
    const tests = isRecord(rule) && Array.isArray(rule['Tests']) ? rule['Tests'] : [];
    return tests.flatMap((test: unknown) => (isRecord(test) ? objectLine(test['Log']) : []));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectLine(log: unknown): string[] {
  const value = typeof log === 'string' ? parsed(log) : log;
  return isRecord(value) ? [JSON.stringify(value)] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Stratus Red Team's logs are arrays of CloudTrail records. */
function stratus(): string[] {
  return filesUnder(sharedData('vendor-logs/stratus'), '.json').flatMap((path) => {
    const records = parsed(readFileSync(path, 'utf8'));
    return Array.isArray(records) ? records.flatMap(objectLine) : [];
  });
}

/** CrowdSec's test logs: JSON lines as they are, access logs, auditd records and syslog lines as shippers turn them into JSON. */
function crowdsec(): string[] {
  return filesUnder(sharedData('vendor-logs/crowdsec/tests'), '.log').flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) =>
        objectLine(line.startsWith('{') ? line : (accessLog(line) ?? auditdRecord(line) ?? syslogMessage(line))),
      ),
  );
}

export function vendorCorpora(): Corpus[] {
  return [
    { name: 'panther', lines: panther() },
    { name: 'stratus', lines: stratus() },
    { name: 'crowdsec', lines: crowdsec() },
  ];
}

/** What tells Windows events of one kind apart for rules; of events alike in all of these one is enough. */
const TELLING = [
  'Image',
  'SourceImage',
  'TargetImage',
  'NewProcessName',
  'ProcessName',
  'PipeName',
  'ServiceName',
  'QueryName',
  'DestinationPort',
  'CommandLine',
  'EventType',
  'ObjectType',
  'ShareName',
  'RelativeTargetName',
  'ScriptBlockText',
  'Payload',
] as const;

/** Channels with most of the events; of the others every event is looked at. */
const BUSY =
  /^(?:Microsoft-Windows-Sysmon\/Operational|Security|Microsoft-Windows-PowerShell\/Operational|Windows PowerShell)$/i;

/** The first event of each kind. */
function oneOfAKind(lines: Iterable<string>): string[] {
  const kinds = new Map<string, string>();
  for (const line of lines) {
    const event = parsed(line);
    if (!isRecord(event)) continue;
    const nested = isRecord(event['Event']) ? event['Event'] : {};
    const system = isRecord(nested['System']) ? nested['System'] : event;
    const data = isRecord(nested['EventData']) ? nested['EventData'] : event;
    const busy = BUSY.test(String(system['Channel']));
    const kind = busy
      ? JSON.stringify([system['Channel'], system['EventID'], ...TELLING.map((name) => data[name])])
      : line;
    if (!kinds.has(kind)) kinds.set(kind, line);
  }
  return [...kinds.values()];
}

/** The Mordor recordings, 130,431 events in all. */
function* mordor(): Generator<string> {
  for (const path of filesUnder(sharedData('windows-mordor'), '.zst')) yield* ndjsonLines(path);
}

/** The binary event logs of EVTX-ATTACK-SAMPLES, as weir reads them. */
async function evtx(): Promise<string[]> {
  const lines: string[] = [];
  for (const path of filesUnder(sharedData('evtx'), '.evtx')) {
    for await (const { bytes } of readEvtx([readFileSync(path)], { recover: false, report: () => {} })) {
      lines.push(
        ...new TextDecoder()
          .decode(bytes)
          .split('\n')
          .filter((line) => line !== ''),
      );
    }
  }
  return lines;
}

export function mordorKinds(): string[] {
  return oneOfAKind(mordor());
}

/** SigmaHQ's regression events, and the recordings' and event logs', one of a kind. */
export async function windowsCorpora(): Promise<Corpus[]> {
  return [
    { name: 'sigma-regression', lines: regressionCases().flatMap(({ lines }) => lines) },
    { name: 'windows-mordor', lines: mordorKinds() },
    { name: 'evtx', lines: oneOfAKind(await evtx()) },
  ];
}

/**
 * An event as rules see it: names and values. The names of Windows events in the shapes they come in; anything else
 * keeps the dotted path of its own keys.
 */
import { canonical } from './decimal.ts';
import { fold } from './fold.ts';
import { type Json, lastWins } from './json.ts';

export class Value {
  readonly is: 'string' | 'number' | 'boolean' | 'null';
  readonly text: string;
  #folded: string | undefined;
  constructor(is: Value['is'], text: string) {
    this.is = is;
    this.text = text;
  }
  get folded(): string {
    this.#folded ??= fold(this.text);
    return this.#folded;
  }
}

export interface Event {
  readonly shape: Shape;
  /** Values of a field by the name rules use; undefined where the key is not present. */
  field(name: string): readonly Value[] | undefined;
  /** Every value of the event. */
  readonly all: readonly Value[];
}

export type Shape = 'evtx' | 'nxlog' | 'winlogbeat' | 'other';

/** A key's place in the event. `value` is null for an object or a list, which are present without a value. */
interface Leaf {
  readonly keys: readonly string[];
  readonly value: Value | null;
}

function flatten(json: Json, keys: readonly string[], out: Leaf[]): void {
  switch (json.is) {
    case 'string':
      out.push({ keys, value: new Value('string', json.text) });
      break;
    case 'number':
      out.push({ keys, value: new Value('number', canonical(json.text) ?? json.text) });
      break;
    case 'boolean':
      out.push({ keys, value: new Value('boolean', String(json.value)) });
      break;
    case 'null':
      out.push({ keys, value: new Value('null', '') });
      break;
    case 'array':
      out.push({ keys, value: null });
      for (const item of json.items) flatten(item, keys, out);
      break;
    case 'object':
      out.push({ keys, value: null });
      for (const [key, item] of lastWins(json.entries)) flatten(item, [...keys, key], out);
      break;
  }
}

function child(json: Json | undefined, key: string): Json | undefined {
  return json?.is === 'object' ? lastWins(json.entries).get(key) : undefined;
}

function shapeOf(event: Json): Shape {
  if (child(child(event, 'Event'), 'System') !== undefined) return 'evtx';
  if (event.is !== 'object') return 'other';
  const keys = [...lastWins(event.entries).keys()];
  if (keys.some((key) => key === 'winlog' || key.startsWith('winlog.'))) return 'winlogbeat';
  if (keys.includes('Channel') && keys.includes('EventID')) return 'nxlog';
  return 'other';
}

/** A name a leaf goes by; where several leaves claim a name, the lowest rank has it. */
interface Name {
  readonly name: string;
  readonly rank: number;
}
const BODY = 1;
const HEADER = 2;
const RAW = 9;

/** EventData beats System, except that Channel and EventID are System's. */
function bodyName(keys: readonly string[]): Name {
  const name = keys.join('.');
  return { name, rank: name === 'EventID' || name === 'Channel' ? HEADER + 1 : BODY };
}

function evtxNames(keys: readonly string[]): Name[] {
  const [event, section, ...rest] = keys;
  if (event !== 'Event' || rest.length === 0) return [];
  if (section === 'System') {
    const [element = '', inner, attribute] = rest;
    if (rest.length === 1 || (rest.length === 2 && inner === '#text')) return [{ name: element, rank: HEADER }];
    if (rest.length === 3 && inner === '#attributes') return [{ name: `${element}_${attribute}`, rank: HEADER }];
    return [];
  }
  const body = section === 'EventData' ? rest : section === 'UserData' ? rest.slice(1) : [];
  const named = body.at(-1) === '#text' ? body.slice(0, -1) : body;
  return named.length === 0 || named.includes('#attributes') ? [] : [bodyName(named)];
}

/** NXLog's names of header fields (its im_msvistalog documentation). */
const NXLOG: Record<string, string> = {
  SourceName: 'Provider_Name',
  ProviderGuid: 'Provider_Guid',
  Hostname: 'Computer',
  RecordNumber: 'EventRecordID',
  ExecutionProcessID: 'Execution_ProcessID',
  ThreadID: 'Execution_ThreadID',
  UserID: 'Security_UserID',
  ActivityID: 'Correlation_ActivityID',
};

/** Winlogbeat's names of header fields (its exported fields documentation). */
const WINLOGBEAT: Record<string, Name> = {
  'winlog.channel': { name: 'Channel', rank: HEADER },
  'winlog.event_id': { name: 'EventID', rank: HEADER },
  'event.code': { name: 'EventID', rank: HEADER + 0.5 },
  'winlog.provider_name': { name: 'Provider_Name', rank: HEADER },
  'winlog.provider_guid': { name: 'Provider_Guid', rank: HEADER },
  'winlog.computer_name': { name: 'Computer', rank: HEADER },
  'winlog.record_id': { name: 'EventRecordID', rank: HEADER },
  'winlog.process.pid': { name: 'Execution_ProcessID', rank: HEADER },
  'winlog.process.thread.id': { name: 'Execution_ThreadID', rank: HEADER },
  'winlog.user.identifier': { name: 'Security_UserID', rank: HEADER },
  'winlog.activity_id': { name: 'Correlation_ActivityID', rank: HEADER },
};

function winlogbeatNames(keys: readonly string[]): Name[] {
  // Exports write `"winlog.channel": …` as often as nested objects.
  const path = keys.join('.');
  const header = WINLOGBEAT[path];
  if (header !== undefined) return [header];
  const body = /^winlog\.(?:event_data|user_data)\.(.+)$/s.exec(path);
  return body === null ? [] : [bodyName([body[1] ?? ''])];
}

function namesOf(shape: Shape, written: readonly string[]): Name[] {
  const keys = written.map((key) => key.replaceAll(' ', ''));
  // Keys that hold dots count as nested ones, too.
  const paths = new Set([keys.map((key) => key.replaceAll('.', '\\.')).join('.'), keys.join('.')]);
  const raw = [...paths].map((name): Name => ({ name, rank: RAW }));
  const first = keys[0] ?? '';
  switch (shape) {
    case 'evtx':
      return [...evtxNames(keys), ...raw];
    case 'winlogbeat':
      return [...winlogbeatNames(keys), ...raw];
    case 'nxlog': {
      const header = keys.length === 1 ? NXLOG[first] : undefined;
      return [
        ...raw.map(({ name }) => ({ name, rank: 0 })),
        ...(header === undefined ? [] : [{ name: header, rank: HEADER }]),
      ];
    }
    case 'other':
      return raw;
  }
}

export function readEvent(json: Json): Event {
  const shape = shapeOf(json);
  const leaves: Leaf[] = [];
  flatten(json, [], leaves);
  const fields = new Map<string, { rank: number; values: Value[] }>();
  const all: Value[] = [];
  for (const { keys, value } of leaves) {
    if (value !== null) all.push(value);
    if (keys.length === 0) continue;
    for (const { name, rank } of namesOf(shape, keys)) {
      const known = fields.get(name);
      if (known === undefined || rank < known.rank) fields.set(name, { rank, values: value === null ? [] : [value] });
      else if (rank === known.rank && value !== null) known.values.push(value);
    }
  }
  return { shape, all, field: (name) => fields.get(name)?.values };
}

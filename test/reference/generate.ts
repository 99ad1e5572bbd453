/**
 * Random rules for every modifier, kind of value, list form and condition, and random Windows events made so that the
 * rules match about every third time. Exported so that an engine can be held against the reference: `scenarios`,
 * `compare`.
 */
import fc from 'fast-check';
import { type Choices, chosen } from './choice.ts';
import {
  base64Sample,
  networkSample,
  numberSample,
  otherCase,
  regexSample,
  type Sample,
  timeSample,
  wideSample,
  wildcardSample,
  word,
} from './generate-values.ts';
import { type Difference, differences, type Engine, type Router } from './harness.ts';

/** A rule's item and how an event satisfies it; `field` null for keywords. */
interface Item {
  readonly field: string | null;
  readonly modifiers: readonly string[];
  readonly samples: readonly Sample[];
  /** A field that has to hold the same text (fieldref). */
  readonly other?: string;
  /** Wanted of the event besides texts. */
  readonly presence?: 'absent' | 'null' | 'present';
}

interface Rule {
  readonly id: string;
  readonly yaml: string;
  readonly lane: Lane;
  readonly items: readonly Item[];
}

/** A logsource, and events that belong to it. */
interface Lane {
  readonly logsource: string;
  readonly channel: string;
  readonly eventId: number;
  readonly eventType?: string;
  /** Rule field → field of the event. */
  readonly rename?: Readonly<Record<string, string>>;
}

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
const DEFENDER = 'Microsoft-Windows-Windows Defender/Operational';
const AUDIT = { Image: 'NewProcessName', ParentImage: 'ParentProcessName' };
const LANES: readonly [Lane, ...Lane[]] = [
  { logsource: '{product: windows}', channel: 'Some-Unlisted/Channel', eventId: 7 },
  { logsource: '{product: windows, category: process_creation}', channel: SYSMON, eventId: 1 },
  { logsource: '{product: windows, category: process_creation}', channel: 'Security', eventId: 4688, rename: AUDIT },
  { logsource: '{product: windows, service: security}', channel: 'Security', eventId: 4624 },
  { logsource: '{product: windows, service: sysmon}', channel: SYSMON, eventId: 255 },
  { logsource: '{product: windows, category: registry_delete}', channel: SYSMON, eventId: 12, eventType: 'DeleteKey' },
  { logsource: '{product: windows, category: registry_add}', channel: SYSMON, eventId: 12, eventType: 'CreateKey' },
  { logsource: '{product: windows, category: registry_event}', channel: SYSMON, eventId: 14 },
  {
    logsource: '{category: antivirus}',
    channel: DEFENDER,
    eventId: 1116,
    rename: { Signature: 'Threat Name', Filename: 'Path' },
  },
  { logsource: '{product: windows, service: windefend}', channel: DEFENDER, eventId: 1117 },
  { logsource: '{category: process_creation}', channel: SYSMON, eventId: 1 },
  { logsource: '{product: windows, category: ps_script}', channel: 'PowerShellCore/Operational', eventId: 4104 },
  { logsource: '{product: windows, service: no-such-service}', channel: 'Security', eventId: 4624 },
  { logsource: '{product: nosuchproduct}', channel: 'Security', eventId: 4624 },
];

const FIELDS = [
  ...['Image', 'CommandLine', 'ParentImage', 'User', 'Details', 'Signature', 'Filename', 'Data', 'Level'],
  ...['Provider_Name', 'TargetObject', 'DestinationIp', 'ProcessId', 'StatusText', 'NewProcessName'],
] as const;
/** Field of a rule → key of the event, where they are not the same: spaces of the source are left out of names. */
const KEYS: Record<string, string> = { StatusText: 'Status Text' };

type Make = (c: Choices) => Omit<Item, 'field'>;

/** Every modifier and kind of value. */
const KINDS: readonly [Make, ...Make[]] = [
  textItem,
  textItem,
  textItem,
  (c) => {
    const flags = ['i', 'm', 's'].filter(() => c.chance(25));
    return { modifiers: ['re', ...flags], samples: c.list(1, 2, () => regexSample(c, flags.includes('i'))) };
  },
  (c) => ({ modifiers: ['cidr'], samples: c.list(1, 3, () => networkSample(c)) }),
  (c) => ({ modifiers: [], samples: c.list(1, 3, () => numberSample(c)) }),
  (c) => ({ modifiers: [c.pick(['lt', 'lte', 'gt', 'gte'])], samples: [numberSample(c)] }),
  (c) => {
    const part = c.pick(['minute', 'hour', 'day', 'week', 'month', 'year']);
    return { modifiers: [part], samples: c.list(1, 2, () => timeSample(c, part)) };
  },
  (c) => {
    const expected = c.chance(50);
    const samples = [{ written: String(expected), text: word }];
    return { modifiers: ['exists'], samples, presence: expected ? 'present' : 'absent' };
  },
  (c) => ({ modifiers: [], samples: [{ written: 'null', text: word }], presence: c.pick(['absent', 'null']) }),
  () => ({ modifiers: [], samples: [{ written: "''", text: () => '' }] }),
  () => ({ modifiers: [], samples: [{ written: "'*'", text: word }] }),
  (c) => {
    const value = c.pick(['true', 'false']);
    return { modifiers: [], samples: [{ written: value, text: (d) => otherCase(d, value) }] };
  },
  (c) => {
    const other = c.pick(FIELDS as unknown as [string]);
    const shape = c.pick([[], ['startswith'], ['endswith'], ['contains']]);
    return { modifiers: ['fieldref', ...shape], samples: [{ written: other, text: word }], other };
  },
  (c) => {
    const encoding = c.pick(['utf8', 'utf16le', 'utf16be', 'utf16'] as const);
    const offset = c.chance(60);
    const first = encoding === 'utf8' ? [] : [encoding === 'utf16le' ? c.pick(['wide', 'utf16le']) : encoding];
    const modifiers = [...first, ...(offset ? ['base64offset', 'contains'] : ['base64'])];
    return { modifiers, samples: c.list(1, 2, () => base64Sample(c, encoding, offset)) };
  },
  (c) => {
    const bigEndian = c.chance(30);
    const modifiers = [bigEndian ? 'utf16be' : c.pick(['wide', 'utf16le'])];
    return { modifiers, samples: [wideSample(c, bigEndian)] };
  },
];

function textItem(c: Choices): Omit<Item, 'field'> {
  const wrap = c.pick(['whole', 'contains', 'startswith', 'endswith'] as const);
  const cased = c.chance(15);
  const modifiers: string[] = [
    ...(wrap === 'whole' ? [] : [wrap]),
    ...(c.chance(15) ? ['windash'] : []),
    ...(cased ? ['cased'] : []),
  ];
  const samples = c.list(1, 3, () => wildcardSample(c, wrap, cased));
  return { modifiers: c.chance(30) ? modifiers.reverse() : modifiers, samples };
}

function anItem(c: Choices): Item {
  const field = c.pick(FIELDS as unknown as [string]);
  const item = c.pick(KINDS)(c);
  const linkable = item.presence === undefined;
  const all = linkable && item.samples.length > 1 && c.chance(25) ? ['all'] : [];
  // "Less" and "not equal" in one key say two things; an engine may refuse that.
  const ordered = item.modifiers.some((name) => /^[lg]te?$/.test(name));
  const neq = linkable && !ordered && c.chance(8) ? ['neq'] : [];
  return { ...item, field, modifiers: [...item.modifiers, ...all, ...neq] };
}

function keywordItem(c: Choices): Item {
  const samples = c.list(1, 2, () => wildcardSample(c, 'contains', false));
  return { field: null, modifiers: c.chance(40) && samples.length > 1 ? ['all'] : [], samples };
}

function writeItem({ field, modifiers, samples }: Item): string {
  const key = [field ?? '', ...modifiers].join('|');
  const values = samples.length === 1 ? samples[0]?.written : `[${samples.map(({ written }) => written).join(', ')}]`;
  return `${JSON.stringify(key)}: ${values}`;
}

/** A search identifier: a map, a list of maps, keywords, or a list of both. */
function search(c: Choices, items: Item[]): string {
  const one = (): string => {
    const item = anItem(c);
    items.push(item);
    return writeItem(item);
  };
  const map = (): string => {
    const entries = new Map(c.list(1, 3, one).map((entry) => [/^"[^"]*"/.exec(entry)?.[0], entry]));
    return `{${[...entries.values()].join(', ')}}`;
  };
  switch (c.pick(['map', 'map', 'map', 'maps', 'keywords', 'mixed'])) {
    case 'maps':
      return `[${c.list(1, 3, map).join(', ')}]`;
    case 'keywords': {
      const item = keywordItem(c);
      items.push(item);
      if (item.modifiers.length > 0) return `{${writeItem(item)}}`;
      return `[${item.samples.map(({ written }) => written).join(', ')}]`;
    }
    case 'mixed': {
      const item = keywordItem(c);
      items.push(item);
      return `[${item.samples.map(({ written }) => written).join(', ')}, ${map()}]`;
    }
    default:
      return map();
  }
}

const CONDITIONS: readonly [string, ...string[]] = [
  'selection',
  'selection and not filter',
  'selection or filter',
  'not selection',
  '1 of selection*',
  'all of selection*',
  'any of them',
  'all of them',
  'selection and (selection_b or filter)',
  'not (selection and selection_b) and not filter',
  'not 1 of filter* and selection or selection_b',
  'selection and not not selection_b',
  '1 of sel*_b or selection and filter',
  '[selection and selection_b, filter]',
];

function aRule(c: Choices, id: string): Rule {
  const lane = c.pick(LANES);
  const items: Item[] = [];
  const names = ['selection', 'selection_b', 'filter', '_unused'];
  const searches = names.map((name) => `  ${name}: ${search(c, items)}`).join('\n');
  const yaml = `title: ${id}\nid: ${id}\nlogsource: ${lane.logsource}\ndetection:\n${searches}\n  condition: ${c.pick(CONDITIONS)}\n`;
  return { id, yaml, lane, items };
}

/** A JSON string, some characters as escapes, letters among them. */
function writeString(c: Choices, text: string): string {
  const body = JSON.stringify(text).slice(1, -1);
  if (!c.chance(20)) return `"${body}"`;
  const escaped = [...body].map((char, i, all) => {
    if (char === '/' && c.chance(50) && all[i - 1] !== '\\') return '\\/';
    if (!/[A-Za-z]/.test(char) || /\\[^"]{0,4}$/.test(all.slice(0, i).join('')) || !c.chance(30)) return char;
    const hex = char.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${c.chance(50) ? hex : hex.toUpperCase()}`;
  });
  return `"${escaped.join('')}"`;
}

/** A small accident that often ends a match. */
function mutate(c: Choices, text: string): string {
  switch (c.below(20)) {
    case 19:
      return `${text} `;
    case 18:
      return `${text}\0`;
    case 17:
      return text.slice(0, -1).toWellFormed();
    case 16:
      return `x${text}`;
    case 15:
      return text.replaceAll('-', '/');
    case 14:
      return text.replaceAll('-', '–');
    case 13:
      return otherCase(c, text);
    default:
      return text;
  }
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

function writeValue(c: Choices, text: string): string {
  const string = writeString(c, text);
  if (NUMBER.test(text) && c.chance(60)) return text;
  if ((text === 'true' || text === 'false') && c.chance(50)) return text;
  switch (c.below(16)) {
    case 15:
      return `[${string},${writeString(c, word(c))}]`;
    case 14:
      return `[null,[${string}]]`;
    case 13:
      return c.pick(['null', '""', '{}', '[]', '{"sub":"x"}', '0']);
    default:
      return string;
  }
}

/** The fields of an event that is to satisfy most items of a rule: key → JSON text. */
function fieldsFor(c: Choices, rule: Rule): [string, string][] {
  const fields: [string, string][] = [];
  const texts = new Map<string, string>();
  const keyOf = (field: string): string => rule.lane.rename?.[field] ?? KEYS[field] ?? field;
  for (const item of rule.items) {
    const sample = item.samples[c.below(item.samples.length)];
    if (sample === undefined || c.chance(12) || item.presence === 'absent') continue;
    const known = item.other === undefined ? undefined : texts.get(item.other);
    const text = mutate(c, known === undefined ? sample.text(c) : otherCase(c, known));
    const field = item.field ?? c.pick(FIELDS as unknown as [string]);
    if (texts.has(field) && c.chance(60)) continue;
    texts.set(field, text);
    const written = item.presence === 'null' ? 'null' : writeValue(c, text);
    // A list of several values of a rule under `all` can only match an event that holds them all.
    const all = item.modifiers.includes('all') && c.chance(70);
    const list = item.samples.map((each) => writeString(c, each.text(c))).join(',');
    fields.push([keyOf(field), all ? `[${list}]` : written]);
    if (item.other !== undefined && known === undefined && c.chance(80)) {
      fields.push([keyOf(item.other), writeString(c, otherCase(c, text))]);
    }
  }
  return fields;
}

/** One event as a line of JSON, in one of the shapes Windows events come in. */
function anEvent(c: Choices, rule: Rule): string {
  const { channel, eventId, eventType } = rule.lane;
  const id = c.pick([String(eventId), `"${eventId}"`, String(eventId), c.pick(['1', '4688', '13'])]);
  const place = writeString(c, c.chance(20) ? channel.toLowerCase() : channel);
  const body = fieldsFor(c, rule);
  if (eventType !== undefined && c.chance(85)) body.push(['EventType', JSON.stringify(eventType)]);
  // Duplicates are kept in order: the last one counts.
  const unique = c.chance(90) ? [...new Map(body)] : body;
  const members = unique.map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  const object = (entries: string[]): string => `{${entries.join(',')}}`;
  switch (c.pick(['nxlog', 'nxlog', 'evtx', 'winlogbeat'])) {
    case 'evtx': {
      const eventIdText = c.chance(20) ? `{"#attributes":{"Qualifiers":16384},"#text":${id}}` : id;
      const system = `{"Provider":{"#attributes":{"Name":"cmd"}},"EventID":${eventIdText},"Level":4,"Channel":${place}}`;
      const data = c.chance(15)
        ? `"UserData":{"Wrapper":${object(['"#attributes":{"xmlns":"urn:k"}', ...members])}}`
        : `"EventData":${object(members)}`;
      return `{"Event":{"#attributes":{"xmlns":"urn:x"},"System":${system},${data}}}`;
    }
    case 'winlogbeat': {
      const code = c.chance(30) ? `"event":{"code":${id}},` : '';
      const inner = code === '' ? `"event_id":${id},` : '';
      return `{${code}"winlog":{"channel":${place},${inner}"provider_name":"cmd","event_data":${object(members)}}}`;
    }
    default: {
      const header = [`"Channel":${place}`, `"EventID":${id}`];
      return object(c.chance(50) ? [...header, ...members] : [...members, ...header]);
    }
  }
}

export interface Scenario {
  readonly rules: readonly string[];
  readonly lines: readonly string[];
}

/** Rules `r1`, `r2`, … and events, most of them made for one of the rules. */
export function scenarios(ruleCount = 12, eventCount = 24): fc.Arbitrary<Scenario> {
  return chosen(ruleCount * 120 + eventCount * 150, (c) => {
    const rules = Array.from({ length: ruleCount }, (_, i) => aRule(c, `r${i + 1}`));
    const lines = Array.from({ length: eventCount }, (_, i) => {
      const rule = rules[i % rules.length] as Rule;
      return anEvent(c, rule);
    });
    return { rules: rules.map(({ yaml }) => yaml), lines };
  });
}

/**
 * Holds an engine against the reference over `runs` random scenarios. Resolves to the differences of the first scenario
 * that has any, each a single rule and event; empty when there are none.
 */
export async function compare(engine: Engine, router: Router, runs = 100, seed?: number): Promise<Difference[]> {
  let found: Difference[] = [];
  const property = fc.asyncProperty(scenarios(), async ({ rules, lines }) => {
    found = await differences(engine, rules, lines, router);
    return found.length === 0;
  });
  // A difference already names one rule and one event: shrinking the rest of the scenario away would add nothing.
  await fc.check(property, { numRuns: runs, endOnFailure: true, ...(seed === undefined ? {} : { seed }) });
  return found;
}

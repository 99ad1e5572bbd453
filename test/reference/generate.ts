/**
 * Random rules for every modifier, kind of value, list form and condition, and random Windows events made so that the
 * rules match about every third time. Exported so that an engine can be held against the reference: `scenarios`,
 * `compare`.
 */
import fc from 'fast-check';
import { type Choices, chosen } from './choice.ts';
import { anEvent, FIELDS } from './generate-events.ts';
import {
  base64Sample,
  networkSample,
  numberSample,
  otherCase,
  PLACEHOLDERS,
  placeholderSample,
  plainSample,
  regexSample,
  type Sample,
  timeSample,
  wideSample,
  wildcardSample,
  word,
} from './generate-values.ts';
import { type Difference, differences, type Engine, type Router } from './harness.ts';

/** A rule's item and how an event satisfies it; `field` null for keywords. */
export interface Item {
  readonly field: string | null;
  readonly modifiers: readonly string[];
  readonly samples: readonly Sample[];
  /** A field that has to hold the same text (fieldref). */
  readonly other?: string;
  /** Wanted of the event besides texts. */
  readonly presence?: 'absent' | 'null' | 'present';
}

export interface Rule {
  readonly id: string;
  readonly yaml: string;
  readonly lane: Lane;
  readonly items: readonly Item[];
}

/** A logsource, and events that belong to it. */
export interface Lane {
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

/**
 * What the rules of one scenario have in common. In a crowd all are about one or two logsources and fields, so that their
 * patterns share matchers: hundreds of them, where rules strewn over everything never have more than ten.
 */
interface Setting {
  readonly lanes: readonly [Lane, ...Lane[]];
  readonly fields: readonly [string, ...string[]];
  /** Values in one list, at most. */
  readonly values: number;
  /** Keywords are plain words only, which the kernel looks for in raw text. */
  readonly plain: boolean;
}

function aSetting(c: Choices): Setting {
  if (!c.chance(30)) return { lanes: LANES, fields: FIELDS, values: 3, plain: false };
  const fields: [string, ...string[]] = [c.pick(FIELDS), c.pick(FIELDS)];
  return { lanes: [c.pick(LANES), c.pick(LANES)], fields, values: c.pick([3, 8, 16]), plain: c.chance(50) };
}

type Make = (c: Choices, setting: Setting) => Omit<Item, 'field'>;

/** Every modifier and kind of value. */
const KINDS: readonly [Make, ...Make[]] = [
  textItem,
  textItem,
  textItem,
  textItem,
  regexItem,
  regexItem,
  (c) => ({ modifiers: ['cidr'], samples: c.list(1, 3, () => networkSample(c)) }),
  (c) => ({ modifiers: [], samples: c.list(1, 3, () => numberSample(c)) }),
  (c) => ({ modifiers: [c.pick(['lt', 'lte', 'gt', 'gte'])], samples: [numberSample(c)] }),
  (c) => {
    const part = c.pick(['minute', 'hour', 'day', 'week', 'month', 'year']);
    const order = c.chance(30) ? [c.pick(['lt', 'lte', 'gt', 'gte'])] : [];
    return { modifiers: [part, ...order], samples: c.list(1, 2, () => timeSample(c, part)) };
  },
  (c) => {
    const expected = c.chance(50);
    const samples = [{ written: String(expected), text: word }];
    return { modifiers: ['exists'], samples, presence: expected ? 'present' : 'absent' };
  },
  (c) => ({ modifiers: [], samples: [{ written: 'null', text: word }], presence: c.pick(['absent', 'null']) }),
  (c) => ({ modifiers: c.pick([[], [], ['contains'], ['endswith']]), samples: [{ written: "''", text: () => '' }] }),
  () => ({ modifiers: [], samples: [{ written: "'*'", text: word }] }),
  (c) => ({ modifiers: [], samples: [booleanSample(c)] }),
  (c, { fields }) => {
    const other = c.pick(c.chance(50) ? FIELDS : fields);
    const shape = c.pick([[], ['startswith'], ['endswith'], ['contains']]);
    const cased = c.chance(20) ? ['cased'] : [];
    return { modifiers: ['fieldref', ...shape, ...cased], samples: [{ written: other, text: word }], other };
  },
  // Values of several kinds in one list.
  (c, { values }) => {
    const one = (): Sample =>
      c.pick([() => numberSample(c), () => wildcardSample(c, 'whole', false), () => booleanSample(c)])();
    return { modifiers: [], samples: c.list(2, Math.max(4, values), one) };
  },
  (c) => {
    const modifiers = ['expand', ...c.pick([[], ['contains'], ['endswith'], ['cased']])];
    return {
      modifiers: c.chance(30) ? modifiers.reverse() : modifiers,
      samples: c.list(1, 2, () => placeholderSample(c)),
    };
  },
  (c) => {
    const encoding = c.pick(['utf8', 'utf16le', 'utf16be', 'utf16'] as const);
    const offset = c.chance(60);
    const first = encoding === 'utf8' ? [] : [encoding === 'utf16le' ? c.pick(['wide', 'utf16le']) : encoding];
    const shape = offset ? ['base64offset', 'contains'] : ['base64', ...c.pick([[], [], ['contains'], ['startswith']])];
    const modifiers = [...first, ...shape, ...(c.chance(20) ? ['cased'] : [])];
    return { modifiers, samples: c.list(1, 2, () => base64Sample(c, encoding, offset)) };
  },
  (c) => {
    const bigEndian = c.chance(30);
    const modifiers = [bigEndian ? 'utf16be' : c.pick(['wide', 'utf16le']), ...c.pick([[], ['contains']])];
    return { modifiers, samples: [wideSample(c, bigEndian)] };
  },
];

function booleanSample(c: Choices): Sample {
  const value = c.pick(['true', 'false']);
  return { written: value, text: (d) => otherCase(d, value) };
}

function regexItem(c: Choices): Omit<Item, 'field'> {
  const flags = ['i', 'm', 's'].filter(() => c.chance(25));
  return { modifiers: ['re', ...flags], samples: c.list(1, 2, () => regexSample(c, flags.includes('i'))) };
}

function textItem(c: Choices, { values }: Setting): Omit<Item, 'field'> {
  const wrap = c.pick(['whole', 'contains', 'startswith', 'endswith'] as const);
  const cased = c.chance(15);
  const modifiers: string[] = [
    ...(wrap === 'whole' ? [] : [wrap]),
    ...(c.chance(15) ? ['windash'] : []),
    ...(cased ? ['cased'] : []),
  ];
  const samples = c.list(1, values, () => wildcardSample(c, wrap, cased));
  return { modifiers: c.chance(30) ? modifiers.reverse() : modifiers, samples };
}

function anItem(c: Choices, setting: Setting): Item {
  const field = c.pick(setting.fields);
  const item = c.pick(KINDS)(c, setting);
  const linkable = item.presence === undefined;
  const all = linkable && item.samples.length > 1 && c.chance(25) ? ['all'] : [];
  // "Less" and "not equal" in one key say two things; an engine may refuse that.
  const ordered = item.modifiers.some((name) => /^[lg]te?$/.test(name));
  const neq = linkable && !ordered && c.chance(8) ? ['neq'] : [];
  return { ...item, field, modifiers: [...item.modifiers, ...all, ...neq] };
}

/** Keywords; modifiers for a quarter of them. */
function keywordItem(c: Choices, { values, plain }: Setting): Item {
  const words = () => ({ modifiers: [], samples: c.list(1, values, () => plainSample(c)) });
  const kinds: [() => Omit<Item, 'field'>, ...(() => Omit<Item, 'field'>)[]] = [
    () => ({ modifiers: [], samples: c.list(1, values, () => wildcardSample(c, 'contains', false)) }),
    () => ({ modifiers: [], samples: c.list(1, values, () => c.pick([numberSample, booleanSample])(c)) }),
    () => ({ modifiers: [], samples: c.list(1, values, () => wildcardSample(c, 'contains', false)) }),
    () => ({ modifiers: ['cased'], samples: c.list(1, 2, () => wildcardSample(c, 'contains', true)) }),
    () => ({ modifiers: ['windash'], samples: c.list(1, 2, () => wildcardSample(c, 'contains', false)) }),
    () => ({ modifiers: ['base64offset'], samples: [base64Sample(c, 'utf8', true)] }),
    () => regexItem(c),
  ];
  const { modifiers, samples } = plain ? words() : c.pick(kinds)();
  const all = c.chance(40) && samples.length > 1 ? ['all'] : [];
  return { field: null, modifiers: [...modifiers, ...all], samples };
}

function writeItem({ field, modifiers, samples }: Item): string {
  const key = [field ?? '', ...modifiers].join('|');
  const values = samples.length === 1 ? samples[0]?.written : `[${samples.map(({ written }) => written).join(', ')}]`;
  return `${JSON.stringify(key)}: ${values}`;
}

/** A search identifier: a map, a list of maps, keywords, or a list of both. */
function search(c: Choices, setting: Setting, items: Item[]): string {
  const one = (): string => {
    const item = anItem(c, setting);
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
      const item = keywordItem(c, setting);
      items.push(item);
      if (item.modifiers.length > 0) return `{${writeItem(item)}}`;
      return `[${item.samples.map(({ written }) => written).join(', ')}]`;
    }
    case 'mixed': {
      const samples = c.list(1, 2, () => (setting.plain ? plainSample(c) : wildcardSample(c, 'contains', false)));
      const item: Item = { field: null, modifiers: [], samples };
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
  'not 1 of them',
  'not (not (selection or not filter) or not selection_b)',
  'selection and 1 of _unused',
];

function aRule(c: Choices, setting: Setting, id: string): Rule {
  const lane = c.pick(setting.lanes);
  const items: Item[] = [];
  const names = ['selection', 'selection_b', 'filter', '_unused'];
  const searches = names.map((name) => `  ${name}: ${search(c, setting, items)}`).join('\n');
  const yaml = `title: ${id}\nid: ${id}\nlogsource: ${lane.logsource}\ndetection:\n${searches}\n  condition: ${c.pick(CONDITIONS)}\n`;
  return { id, yaml, lane, items };
}

/** A filter of one rule, of two, or of all that share a logsource. */
function aFilter(c: Choices, setting: Setting, rules: readonly [Rule, ...Rule[]], id: string): string {
  const of = c.pick(rules);
  const named = c.chance(30) ? 'any' : `[${of.id}, ${c.pick(rules).id}]`;
  const condition = c.pick(['not selection', 'not 1 of selection*', 'selection or selection_b', 'not all of them']);
  const searches = ['selection', 'selection_b'].map((name) => `  ${name}: ${search(c, setting, [])}`).join('\n');
  return `title: ${id}\nid: ${id}\nlogsource: ${of.lane.logsource}\nfilter:\n  rules: ${named}\n${searches}\n  condition: ${condition}\n`;
}

export interface Scenario {
  /** YAML of rules, then of filters. */
  readonly rules: readonly string[];
  /** As `bytesOf` (harness.ts) reads them. */
  readonly lines: readonly string[];
}

/** Rules `r1`, `r2`, … and events, most of them made for one of the rules; then as many again, in part the same. */
export function scenarios(ruleCount = 12, eventCount = 24): fc.Arbitrary<Scenario> {
  return chosen(ruleCount * 2000 + eventCount * 300, (c) => {
    const setting = aSetting(c);
    const rules = Array.from({ length: ruleCount }, (_, i) => aRule(c, setting, `r${i + 1}`));
    const [first] = rules;
    const filters =
      first === undefined ? [] : c.list(0, 2, () => aFilter(c, setting, [first, ...rules], `f${c.below(1e9)}`));
    const lines = Array.from({ length: eventCount }, (_, i) => anEvent(c, rules[i % rules.length] as Rule));
    // What comes back is what caches are about.
    const again = Array.from({ length: eventCount }, () => lines[c.below(lines.length)] ?? '');
    return { rules: [...rules.map(({ yaml }) => yaml), ...filters], lines: [...lines, ...again] };
  });
}

/** A difference, and how to see it again. */
export type Found = Difference & { readonly repeat: string };

/**
 * Holds an engine against the reference over `runs` random scenarios. Resolves to the differences of the first scenario
 * that has any, each a single rule and event; empty when there are none. Throws what the engine throws.
 */
export async function compare(engine: Engine, router: Router, runs = 100, seed?: number): Promise<Found[]> {
  let found: Difference[] = [];
  const property = fc.asyncProperty(scenarios(), async ({ rules, lines }) => {
    found = await differences(engine, rules, lines, router, PLACEHOLDERS);
    return found.length === 0;
  });
  // A difference already names one rule and one event: shrinking the rest of the scenario away would add nothing.
  const parameters = { numRuns: runs, endOnFailure: true, ...(seed === undefined ? {} : { seed }) };
  const { failed, errorInstance, seed: used, numRuns } = await fc.check(property, parameters);
  const repeat = `SEED=${used} SCENARIOS=${numRuns}`;
  if (failed && found.length === 0)
    throw new Error(`${errorInstance}; to see it again: ${repeat}`, { cause: errorInstance });
  return found.map((difference) => ({ ...difference, repeat }));
}

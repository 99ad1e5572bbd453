/** Events made for rules: JSON in every spelling, in the shapes Windows events come in. */
import type { Choices } from './choice.ts';
import type { Rule } from './generate.ts';
import { longText, otherCase, word } from './generate-values.ts';

/** Fields that rules and events share. */
export const FIELDS: readonly [string, ...string[]] = [
  ...(['Image', 'CommandLine', 'ParentImage', 'User', 'Details', 'Signature', 'Filename', 'Data', 'Level'] as const),
  ...['Provider_Name', 'TargetObject', 'DestinationIp', 'ProcessId', 'StatusText', 'NewProcessName', 'Extra.sub'],
];
/** Field of a rule → key of the event, where they are not the same: spaces of the source are left out of names. */
const KEYS: Record<string, string> = { StatusText: 'Status Text' };

/** Ways in which U+FFFD comes about: lone surrogates as escapes, and bytes that are no UTF-8 (see `bytesOf` in harness.ts). */
const REPLACED = [
  '\\ud800',
  '\\uDFFF',
  '\udcff',
  '\udc80',
  '\udce2\udc82',
  '\udced\udca0\udc80',
  '\udcf0\udc9f',
] as const;

function asEscapes(c: Choices, char: string): string {
  return char
    .split('')
    .map((unit) => {
      const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${c.chance(50) ? hex : hex.toUpperCase()}`;
    })
    .join('');
}

/** A JSON string, some characters as escapes, those that need none among them. */
function writeString(c: Choices, text: string): string {
  if (!c.chance(text.includes('/') ? 50 : 25)) return JSON.stringify(text);
  const often = c.pick([0, 0, 5, 30, 100]);
  const chars = [...text].map((char) => {
    if (char === '\ufffd' && c.chance(70)) return c.pick(REPLACED);
    if (char === '/' && c.chance(50)) return '\\/';
    return text.length < 200 && c.chance(often) ? asEscapes(c, char) : JSON.stringify(char).slice(1, -1);
  });
  return `"${chars.join('')}"`;
}

/** A small accident that often ends a match. */
function mutate(c: Choices, text: string): string {
  switch (c.below(24)) {
    case 23:
      return `${longText(c)}${text}`;
    case 22:
      return `${text}${longText(c)}`;
    case 21:
      return `${text}${text}`;
    case 20:
      return `${text}\ufffd`;
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

/** Another token for the same number. */
function writeNumber(c: Choices, token: string): string {
  if (!/^-?[0-9]+$/.test(token) || !c.chance(25)) return token;
  // No digit may follow a leading zero.
  const zero = /^-?0$/.test(token) ? '' : '0';
  return c.pick([`${token}.0`, `${token}e0`, `${token}${zero}E-1`, `${token}${zero}${zero}e-02`]);
}

function writeValue(c: Choices, text: string): string {
  const string = writeString(c, text);
  if (NUMBER.test(text) && c.chance(60)) return writeNumber(c, text);
  if ((text === 'true' || text === 'false') && c.chance(50)) return text;
  switch (c.below(20)) {
    case 19:
      return `{"sub":${string}}`;
    case 18:
      return `[{"sub":${string}},{"sub":${writeString(c, word(c))}, "x":[]}]`;
    case 17:
      return `[ ${c.list(0, 30, () => c.pick(['null', '7', '-0', 'true', '""', writeString(c, word(c))])).join(' , ')},${string}]`.replace(
        '[ ,',
        '[',
      );
    case 16:
      return `[${string}]`;
    case 15:
      return `[${string},${writeString(c, word(c))}]`;
    case 14:
      return `[null,[${string}]]`;
    case 13:
      return c.pick(['null', '""', '{}', '[]', '{"sub":"x"}', '0', '[null]', '[[]]', '[{}]', '[""]']);
    default:
      return string;
  }
}

/** The fields of an event that is to satisfy most items of a rule: key → JSON text. */
function fieldsFor(c: Choices, rule: Rule): [string, string][] {
  const fields: [string, string][] = [];
  const texts = new Map<string, string>();
  // A dotted key and a nested one that claim one name are not for the same event.
  const dotted = c.chance(20);
  const put = (field: string, value: string): void => {
    const key = rule.lane.rename?.[field] ?? KEYS[field] ?? field;
    const [outer, inner] = key.split('.');
    if (outer === undefined || inner === undefined || dotted) fields.push([key, value]);
    else fields.push([outer, `{"other":1,"${inner}":${value}}`]);
  };
  for (const item of rule.items) {
    const sample = item.samples[c.below(item.samples.length)];
    if (sample === undefined || c.chance(12) || item.presence === 'absent') continue;
    const known = item.other === undefined ? undefined : texts.get(item.other);
    const text = mutate(c, known === undefined ? sample.text(c) : otherCase(c, known));
    const field = item.field ?? c.pick(FIELDS);
    if (texts.has(field) && c.chance(60)) continue;
    texts.set(field, text);
    const written = item.presence === 'null' ? 'null' : writeValue(c, text);
    // A list of several values of a rule under `all` can only match an event that holds them all.
    const all = item.modifiers.includes('all') && c.chance(70);
    const list = item.samples.map((each) => writeString(c, each.text(c))).join(',');
    put(field, all ? `[${list}]` : written);
    if (item.other !== undefined && known === undefined && c.chance(80)) {
      put(item.other, writeString(c, otherCase(c, text)));
    }
  }
  return fields;
}

/** One event as a line of JSON, in one of the shapes Windows events come in. */
export function anEvent(c: Choices, rule: Rule): string {
  const { channel, eventId, eventType } = rule.lane;
  const number = c.pick([
    String(eventId),
    `"${eventId}"`,
    String(eventId),
    c.pick(['1', '4688', '13', `${eventId}.0`]),
  ]);
  const id = c.chance(4) ? `[null,${number}]` : number;
  const written = writeString(c, c.chance(20) ? otherCase(c, channel) : channel);
  const place = c.chance(4) ? `["x",${written}]` : written;
  const body = fieldsFor(c, rule);
  if (eventType !== undefined && c.chance(85)) body.push(['EventType', writeString(c, otherCase(c, eventType))]);
  // Duplicates are kept in order: the last one counts.
  const unique = c.chance(90) ? [...new Map(body)] : body;
  const gap = c.pick(['', '', '', ' ', '\t ']);
  const key = (name: string): string => (c.chance(3) ? writeString(c, name) : JSON.stringify(name));
  const members = unique.map(([name, value]) => `${key(name)}${gap}:${gap}${value}`);
  const object = (entries: string[]): string => `{${gap}${entries.join(`${gap},${gap}`)}}`;
  switch (c.pick(['nxlog', 'nxlog', 'evtx', 'winlogbeat', 'dotted'])) {
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
    case 'dotted': {
      const data = unique.map(([name, value]) => `"winlog.event_data.${name}":${value}`);
      return object([`"winlog.channel":${place}`, `"winlog.event_id":${id}`, ...data]);
    }
    default: {
      const header = [`"Channel":${place}`, `"EventID":${id}`];
      return object(c.chance(50) ? [...header, ...members] : [...members, ...header]);
    }
  }
}

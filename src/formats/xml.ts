/**
 * A rendered Windows event (XML) to evtx_dump's JSON form, so that rules and mappings see one shape.
 *
 * XML does not say which values are numbers: those of `System` are known and become numbers as evtx_dump has them; all
 * of EventData and UserData stay text, which matches the same rules. An empty `Data` is '' (evtx_dump writes '' or null
 * by its binary type), any other empty element null. GUIDs keep the braces that Windows renders.
 * Source: the event schema, https://learn.microsoft.com/windows/win32/wes/eventschema-schema
 */
import { limits, WeirError } from '../base/index.ts';
import { parseXml, type XmlElement } from './xml-parse.ts';

/** JSON on one line. Throws WeirError `formats.xml` with the position when the text is not one well-formed `Event`. */
export function eventXmlToJson(xml: string): string {
  if (xml.length > limits.lineBytesMax) {
    throw new WeirError(
      'formats.xml',
      `the XML has ${xml.length} characters, more than the ${limits.lineBytesMax} allowed`,
    );
  }
  const { root } = parseXml(xml, 0);
  if (localName(root.name) !== 'Event') {
    throw new WeirError('formats.xml', `expected an element 'Event', came '${root.name.slice(0, 64)}'`);
  }
  return eventJson(root);
}

/** The JSON of a parsed `Event` element. */
export function eventJson(root: XmlElement): string {
  return `{"Event":${elementJson(root, false)}}`;
}

const NUMBERS_IN_SYSTEM: ReadonlySet<string> = new Set([
  ...['EventID', 'Version', 'Level', 'Task', 'Opcode', 'EventRecordID'],
  ...['Qualifiers', 'ProcessID', 'ThreadID', 'ProcessorID', 'SessionID', 'KernelTime', 'UserTime', 'ProcessorTime'],
]);
const CANONICAL_NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
const TIME = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z$/;
const ONLY_SPACE = /^[ \t\r\n]*$/;

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function scalar(name: string, text: string, inSystem: boolean): string {
  if (!inSystem) return quote(text);
  if (NUMBERS_IN_SYSTEM.has(name) && CANONICAL_NUMBER.test(text)) return text;
  if (name === 'SystemTime') {
    // Windows renders seven or nine digits, evtx_dump six.
    const parts = TIME.exec(text);
    if (parts !== null) return `"${parts[1]}.${(parts[2] ?? '').padEnd(6, '0').slice(0, 6)}Z"`;
  }
  return quote(text);
}

function quote(text: string): string {
  // Half a surrogate pair has no UTF-8.
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

function elementJson(element: XmlElement, inSystem: boolean): string {
  const { name, attributes, children } = element;
  const below = inSystem || name === 'System';
  // Indentation is no content; spaces alone are (values with trailing spaces are real).
  const text = ONLY_SPACE.test(element.text) && (children.length > 0 || /\n/.test(element.text)) ? '' : element.text;
  if (attributes.length === 0 && children.length === 0) {
    return text === '' ? (name === 'Data' ? '""' : 'null') : scalar(name, text, below);
  }
  const members = new Members();
  if (attributes.length > 0) {
    const pairs = attributes.map(([key, value]) => `${quote(key)}:${scalar(key, value, below)}`);
    members.add('#attributes', `{${pairs.join(',')}}`);
  }
  if (text !== '') members.add('#text', scalar(name, text, below));
  let unnamed: string[] | null = null;
  for (const child of children) {
    if (child.name !== 'Data') {
      members.add(child.name, elementJson(child, below));
      continue;
    }
    const key = child.attributes.find(([attribute]) => attribute === 'Name')?.[1];
    const value = elementJson(child.attributes.length === 0 ? child : { ...child, attributes: [] }, false);
    if (key !== undefined) {
      members.add(key, value);
    } else if (unnamed === null) {
      unnamed = [value];
      members.addLater('Data', () => `{"#text":[${unnamed?.join(',')}]}`);
    } else {
      unnamed.push(value);
    }
  }
  return members.json();
}

/** Members of an object; a name that comes again gets `_1`, `_2` …, as evtx_dump has it. */
class Members {
  readonly #parts: (string | (() => string))[] = [];
  readonly #seen = new Map<string, number>();

  add(name: string, json: string): void {
    this.#parts.push(`${this.#key(name)}:${json}`);
  }

  /** Takes its place now; its value is asked for at the end. */
  addLater(name: string, json: () => string): void {
    const key = this.#key(name);
    this.#parts.push(() => `${key}:${json()}`);
  }

  #key(name: string): string {
    let unique = name;
    if (this.#seen.has(name)) {
      let count = this.#seen.get(name) ?? 0;
      do unique = `${name}_${++count}`;
      while (this.#seen.has(unique));
      this.#seen.set(name, count);
    }
    this.#seen.set(unique, 0);
    return quote(unique);
  }

  json(): string {
    return `{${this.#parts.map((part) => (typeof part === 'string' ? part : part())).join(',')}}`;
  }
}

/**
 * As much XML 1.0 as Windows events need: elements, attributes, text, CDATA, comments, processing instructions, character
 * references and the five predefined entities. A document type declaration is refused, so nothing can expand. Linear
 * in the length of the text; line ends are kept as they are.
 */
import { limits, WeirError } from '../base/index.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly children: readonly XmlElement[];
  /** All text directly inside, references resolved. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: [string, string][];
  readonly children: XmlElement[];
  text: string;
}

const NAME = /[^\s<>/='"!?&]+/y;
const SPACE = /[ \t\r\n]*/y;
const REFERENCE = /&(?:#x([0-9A-Fa-f]{1,8})|#([0-9]{1,10})|(lt|gt|amp|quot|apos));/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function fail(at: number, message: string): never {
  throw new WeirError('formats.xml', `character ${at}: ${message}`);
}

/** Parses one element from `from` on, after white space, comments and the like. `end` is the index behind it. */
export function parseXml(xml: string, from: number): { readonly root: XmlElement; readonly end: number } {
  const stack: OpenElement[] = [];
  let elements = 0;
  let at = from;
  for (;;) {
    const open = stack.at(-1);
    const tag = xml.indexOf('<', at);
    if (tag < 0)
      fail(xml.length, open === undefined ? 'expected an element' : `the element '${shown(open.name)}' is not closed`);
    if (open !== undefined) open.text += unescapeXml(xml.slice(at, tag));
    else if (!/^[\s\ufeff]*$/.test(xml.slice(at, tag))) fail(at, 'expected an element, came text');
    const next = xml.charCodeAt(tag + 1);
    if (next === 0x21 || next === 0x3f) {
      at = skipMarkup(xml, tag, open);
      continue;
    }
    if (next === 0x2f) {
      const name = match(NAME, xml, tag + 2) ?? '';
      if (open === undefined || open.name !== name) {
        fail(tag, `expected '</${shown(open?.name ?? '')}>', came '</${shown(name)}>'`);
      }
      at = spaceEnd(xml, tag + 2 + name.length);
      if (xml[at] !== '>') fail(at, `expected '>' behind '</${shown(name)}'`);
      at++;
      stack.pop();
      const parent = stack.at(-1);
      if (parent === undefined) return { root: open, end: at };
      parent.children.push(open);
      continue;
    }
    const element = startTag(xml, tag);
    at = element.end;
    if (++elements > limits.keysPerEventMax) fail(tag, `more than ${limits.keysPerEventMax} elements in one event`);
    if (element.closed) {
      if (open === undefined) return { root: element.open, end: at };
      open.children.push(element.open);
    } else {
      if (stack.length >= limits.nestingLevelsMax) fail(tag, `nested deeper than ${limits.nestingLevelsMax} elements`);
      stack.push(element.open);
    }
  }
}

function startTag(xml: string, tag: number): { open: OpenElement; end: number; closed: boolean } {
  const name = match(NAME, xml, tag + 1);
  if (name === null) fail(tag, 'expected the name of an element');
  const attributes: [string, string][] = [];
  let at = spaceEnd(xml, tag + 1 + name.length);
  for (;;) {
    if (xml[at] === '>') return { open: { name, attributes, children: [], text: '' }, end: at + 1, closed: false };
    if (xml.startsWith('/>', at))
      return { open: { name, attributes, children: [], text: '' }, end: at + 2, closed: true };
    const key = match(NAME, xml, at);
    if (key === null) fail(at, `expected an attribute or '>' in '<${shown(name)}'`);
    if (attributes.length >= limits.keysPerEventMax) fail(at, `more than ${limits.keysPerEventMax} attributes`);
    at = spaceEnd(xml, at + key.length);
    if (xml[at] !== '=') fail(at, `expected '=' behind the attribute '${shown(key)}'`);
    at = spaceEnd(xml, at + 1);
    const delimiter = xml[at];
    if (delimiter !== '"' && delimiter !== "'") fail(at, `expected a quote before the value of '${shown(key)}'`);
    const end = xml.indexOf(delimiter, at + 1);
    if (end < 0) fail(at, `the value of '${shown(key)}' is not closed`);
    const value = xml.slice(at + 1, end);
    if (value.includes('<')) fail(at, `'<' in the value of '${shown(key)}'`);
    attributes.push([key, unescapeXml(value)]);
    at = spaceEnd(xml, end + 1);
  }
}

/** Comments, CDATA, processing instructions: returns the index behind. */
function skipMarkup(xml: string, tag: number, open: OpenElement | undefined): number {
  const close = (start: string, end: string): number => {
    const found = xml.indexOf(end, tag + start.length);
    if (found < 0) fail(tag, `'${start}' is not closed by '${end}'`);
    return found;
  };
  if (xml.startsWith('<?', tag)) return close('<?', '?>') + 2;
  if (xml.startsWith('<!--', tag)) return close('<!--', '-->') + 3;
  if (open !== undefined && xml.startsWith('<![CDATA[', tag)) {
    const end = close('<![CDATA[', ']]>');
    open.text += xml.slice(tag + 9, end);
    return end + 3;
  }
  return fail(tag, 'document type declarations are not read, and no entities of their own');
}

/** Resolves references; an unknown one stays as written. */
export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? '';
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return isCharacter ? String.fromCodePoint(point) : '\ufffd';
  });
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function spaceEnd(text: string, at: number): number {
  return at + (match(SPACE, text, at)?.length ?? 0);
}

function shown(name: string): string {
  return name.slice(0, 64);
}

import { ATTRIBUTE, BODY, CLOSE, OPEN, SLOT } from './definition.ts';
import { BINXML } from './types.ts';

/** A piece of content or of an attribute: literal text, or the number of a substitution. */
export type Piece = string | number;

export interface Attribute {
  /** `"Name":`, also as UTF-8. */
  readonly keyText: string;
  readonly key: Uint8Array;
  readonly pieces: readonly Piece[];
}

/** An element of a template. */
export interface Node {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  /** Content in order. */
  readonly parts: readonly (Piece | Node)[];
  /** Substitutions in attributes and directly in the content; an array in one of them repeats the element. */
  readonly slots: readonly number[];
  /** A `Data` of an `EventData`: its `Name` is its key, its other attributes are left out, and without text it is "". */
  readonly data: boolean;
  /** The name of such a `Data`; empty for a `Data` without one. */
  readonly dataName: readonly Piece[];
  /** `"Name":`, also as UTF-8. */
  readonly keyText: string;
  readonly key: Uint8Array;
  /** Whether keys of children must be counted as they are written: two may be equal, or a nested fragment brings its own. */
  readonly counted: boolean;
  /** Levels of elements below and with this one. */
  readonly levels: number;
  /** The value as a flat program, made when first needed; null where its shape depends on the values. */
  steps: Steps | null | undefined;
}

/** Ready JSON, each piece followed by something of the record. */
export interface Steps {
  readonly json: Uint8Array;
  /** After the JSON up to `ends[i]` comes `slots[i]`, or where that is -1 the value of `nodes[i]`. */
  readonly ends: Int32Array;
  readonly slots: Int32Array;
  /** The element of each step, written the long way where its value is not a plain one. */
  readonly nodes: readonly Node[];
}

const encoder = new TextEncoder();
/** JSON spelling; lone surrogates become U+FFFD. */
const quoted = (text: string): string => JSON.stringify(text.toWellFormed());

/** Compiles the spelt-out form of one element. */
export function compile(units: Uint16Array): Node {
  return new Compiler(units).element(null);
}

class Compiler {
  readonly #units: Uint16Array;
  #at = 0;

  constructor(units: Uint16Array) {
    this.#units = units;
  }

  #text(): string {
    const count = this.#units[this.#at++];
    let text = '';
    // In runs, because arguments are pushed on the stack.
    for (let done = 0; done < count; done += 4096) {
      text += String.fromCharCode(...this.#units.subarray(this.#at + done, this.#at + Math.min(count, done + 4096)));
    }
    this.#at += count;
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** Expects to stand at OPEN. */
  element(parent: string | null): Node {
    this.#at++;
    const name = this.#text();
    const attributes: Named[] = [];
    const parts: (Piece | Node)[] = [];
    const slots = new Set<number>();
    let target: (Piece | Node)[] = parts;
    let nested = false;
    for (let code = this.#units[this.#at]; code !== CLOSE; code = this.#units[this.#at]) {
      if (code === OPEN) {
        parts.push(this.element(name));
        continue;
      }
      this.#at++;
      if (code === ATTRIBUTE) {
        const attribute = this.#text();
        const pieces: Piece[] = [];
        const keyText = `${quoted(attribute)}:`;
        attributes.push({ name: attribute, keyText, key: encoder.encode(keyText), pieces });
        target = pieces;
      } else if (code === BODY) {
        target = parts;
      } else if (code === SLOT) {
        const index = this.#units[this.#at];
        if (this.#units[this.#at + 1] === BINXML) nested = true;
        this.#at += 2;
        target.push(index);
        slots.add(index);
      } else {
        addText(target, this.#text());
      }
    }
    this.#at++;
    const data = parent === 'EventData' && name === 'Data';
    return finish(name, attributes, parts, [...slots], data, nested);
  }
}

function addText(target: (Piece | Node)[], text: string): void {
  if (text === '') return;
  const last = target.at(-1);
  if (typeof last === 'string') target[target.length - 1] = last + text;
  else target.push(text);
}

interface Named extends Attribute {
  readonly name: string;
}

function finish(
  name: string,
  attributes: readonly Named[],
  parts: readonly (Piece | Node)[],
  slots: readonly number[],
  data: boolean,
  nested: boolean,
): Node {
  const children = parts.filter((part) => typeof part === 'object');
  const dataName = data ? (attributes.find((attribute) => attribute.name === 'Name')?.pieces ?? []) : [];
  const keyText = `${quoted(plainText(dataName) ?? name)}:`;
  const keys = new Set(children.map((child) => (child.data ? plainText(child.dataName) : child.name)));
  return {
    name,
    attributes: data ? [] : attributes,
    parts,
    slots,
    data,
    dataName,
    keyText,
    key: encoder.encode(keyText),
    counted: nested || keys.size < children.length || keys.has(null),
    levels: 1 + children.reduce((most, child) => Math.max(most, child.levels), 0),
    steps: undefined,
  };
}

/** The text of pieces that are one literal; null where there is none or it is taken from the record. */
function plainText(pieces: readonly Piece[]): string | null {
  const [first] = pieces;
  return pieces.length === 1 && typeof first === 'string' ? first : null;
}

/** What an element's key says, where that does not depend on the record. */
export const keyName = (node: Node): string => (node.data ? node.dataName.join('') : node.name);

/** A `Data` that a nested fragment brought, as if it stood in its `EventData`. */
export function asData(node: Node): Node {
  const dataName = node.attributes.find((attribute) => attribute.keyText === '"Name":')?.pieces ?? [];
  const keyText = `${quoted(plainText(dataName) ?? node.name)}:`;
  return { ...node, data: true, dataName, attributes: [], keyText, key: encoder.encode(keyText), steps: undefined };
}

/** The flat program of an element's value, or null. */
export function stepsOf(node: Node): Steps | null {
  node.steps ??= isPlain(node) ? new StepBuilder().build(node) : null;
  return node.steps;
}

/** Whether the shape of the element's value is the same for every record, but for its children's. */
function isPlain(node: Node): boolean {
  if (node.counted) return false;
  if (node.attributes.some((attribute) => attribute.pieces.some((piece) => typeof piece === 'number'))) return false;
  const inContent = node.parts.filter((part) => typeof part === 'number').length;
  if (inContent === 0) return true;
  return inContent === 1 && node.parts.length === 1 && node.attributes.every(({ pieces }) => pieces.length === 0);
}

class StepBuilder {
  #json = '';
  #bytes = 0;
  readonly #ends: number[] = [];
  readonly #slots: number[] = [];
  readonly #nodes: Node[] = [];
  readonly #pieces: Uint8Array[] = [];

  build(node: Node): Steps {
    this.#plain(node);
    this.#flush();
    return {
      json: Uint8Array.from(Buffer.concat(this.#pieces)),
      ends: Int32Array.from(this.#ends),
      slots: Int32Array.from(this.#slots),
      nodes: this.#nodes,
    };
  }

  #flush(): void {
    const piece = encoder.encode(this.#json);
    this.#bytes += piece.length;
    this.#pieces.push(piece);
    this.#json = '';
  }

  #step(slot: number, node: Node): void {
    this.#flush();
    this.#ends.push(this.#bytes);
    this.#slots.push(slot);
    this.#nodes.push(node);
  }

  #value(node: Node): void {
    if (isPlain(node)) this.#plain(node);
    else this.#step(-1, node);
  }

  #plain(node: Node): void {
    const [only] = node.parts;
    if (typeof only === 'number') {
      this.#step(only, node);
      return;
    }
    const text = node.parts.filter((part) => typeof part === 'string').join('');
    const children = node.parts.filter((part) => typeof part === 'object');
    const attributes = node.attributes.filter(({ pieces }) => pieces.length > 0);
    if (attributes.length === 0 && children.length === 0) {
      this.#json += text === '' ? (node.data ? '""' : 'null') : quoted(text);
      return;
    }
    let separator = '{';
    if (attributes.length > 0) {
      const pairs = attributes.map(({ keyText, pieces }) => keyText + quoted(pieces.join('')));
      this.#json += `{"#attributes":{${pairs.join(',')}}`;
      separator = ',';
    }
    if (text !== '') {
      this.#json += `${separator}"#text":${quoted(text)}`;
      separator = ',';
    }
    for (const child of children) {
      this.#json += separator + child.keyText;
      separator = ',';
      this.#value(child);
    }
    this.#json += '}';
  }
}

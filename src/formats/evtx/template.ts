import { ATTRIBUTE, BODY, CLOSE, OPEN, SLOT, TEXT } from './definition.ts';
import { Literal, quoted, Ready } from './literal.ts';
import { BINXML } from './types.ts';

/** A piece of content or of an attribute: literal text, or the number of a substitution. */
export type Piece = Literal | number;

export interface Attribute {
  readonly key: Literal;
  readonly pieces: readonly Piece[];
}

/** An element of a template. */
export class Node {
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
  readonly key: Literal;
  /** Whether keys of children must be counted as they are written: two may be equal, or a nested fragment brings its own. */
  readonly counted: boolean;
  /** Levels of elements below and with this one. */
  readonly levels: number;
  #steps: Steps | null | undefined = undefined;

  constructor(
    name: string,
    attributes: readonly Attribute[],
    parts: readonly (Piece | Node)[],
    slots: readonly number[],
    nested: boolean,
    data: boolean,
  ) {
    this.name = name;
    this.attributes = data ? [] : attributes;
    this.parts = parts;
    this.slots = slots;
    this.data = data;
    this.dataName = (data && attributes.find(({ key }) => key.text === 'Name')?.pieces) || [];
    this.key = new Literal(plainText(this.dataName) ?? name, ':');
    let levels = 0;
    let children = 0;
    const names = new Set<string | null>();
    for (const part of parts) {
      if (!(part instanceof Node)) continue;
      children++;
      levels = Math.max(levels, part.levels);
      names.add(part.data ? plainText(part.dataName) : part.name);
    }
    this.levels = levels + 1;
    this.counted = nested || names.size < children || names.has(null);
  }

  /** The value as a flat program, made when first needed; null where its shape depends on the values. */
  get steps(): Steps | null {
    if (this.#steps === undefined) this.#steps = isPlain(this) ? new StepBuilder().build(this) : null;
    return this.#steps;
  }

  /** The same element standing in an `EventData`, where it was compiled without knowing. */
  asData(): Node {
    return new Node(this.name, this.attributes, this.parts, this.slots, this.counted, true);
  }
}

/** Ready JSON, each piece followed by something of the record. */
export interface Steps {
  readonly json: Ready;
  /** After the JSON up to `ends[i]` comes `slots[i]`, or where that is -1 the value of `nodes[i]`. */
  readonly ends: Int32Array;
  readonly slots: Int32Array;
  /** The element of each step, written the long way where its value is not a plain one. */
  readonly nodes: readonly Node[];
}

/** The text of pieces that are one literal; null where there is none or it is taken from the record. */
export function plainText(pieces: readonly Piece[]): string | null {
  const [first] = pieces;
  return pieces.length === 1 && first instanceof Literal ? first.text : null;
}

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

  /** Text behind its length, up to the first NUL. */
  #text(): string {
    const units = this.#units;
    const end = this.#at + 1 + units[this.#at];
    let text = '';
    for (let i = this.#at + 1; i < end && units[i] !== 0; i++) text += String.fromCharCode(units[i]);
    this.#at = end;
    return text;
  }

  /** Expects to stand at OPEN. */
  element(parent: string | null): Node {
    this.#at++;
    const name = this.#text();
    const attributes: Attribute[] = [];
    const parts: (Piece | Node)[] = [];
    const slots = new Set<number>();
    let target: (Piece | Node)[] = parts;
    let text = '';
    const endText = (): void => {
      if (text !== '') target.push(new Literal(text));
      text = '';
    };
    let nested = false;
    for (let code = this.#units[this.#at]; code !== CLOSE; code = this.#units[this.#at]) {
      if (code !== TEXT) endText();
      if (code === OPEN) {
        parts.push(this.element(name));
        continue;
      }
      this.#at++;
      if (code === ATTRIBUTE) {
        const pieces: Piece[] = [];
        attributes.push({ key: new Literal(this.#text(), ':'), pieces });
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
        text += this.#text();
      }
    }
    endText();
    this.#at++;
    return new Node(name, attributes, parts, [...slots], nested, parent === 'EventData' && name === 'Data');
  }
}

/** Whether the shape of the element's value is the same for every record, but for its children's. */
function isPlain(node: Node): boolean {
  if (node.counted) return false;
  if (node.attributes.some(({ pieces }) => pieces.some((piece) => typeof piece === 'number'))) return false;
  const inContent = node.parts.filter((part) => typeof part === 'number').length;
  if (inContent === 0) return true;
  return inContent === 1 && node.parts.length === 1 && node.attributes.every(({ pieces }) => pieces.length === 0);
}

class StepBuilder {
  #json = '';
  readonly #ends: number[] = [];
  readonly #slots: number[] = [];
  readonly #nodes: Node[] = [];

  build(node: Node): Steps {
    this.#plain(node);
    const json = new Ready(this.#json);
    const ends = Int32Array.from(this.#ends);
    if (json.length > this.#json.length) {
      // Not all ASCII: characters and bytes differ.
      let bytes = 0;
      for (let i = 0, done = 0; i < ends.length; i++) {
        bytes += new Ready(this.#json.slice(done, ends[i])).length;
        done = ends[i];
        ends[i] = bytes;
      }
    }
    return { json, ends, slots: Int32Array.from(this.#slots), nodes: this.#nodes };
  }

  #step(slot: number, node: Node): void {
    this.#ends.push(this.#json.length);
    this.#slots.push(slot);
    this.#nodes.push(node);
  }

  #plain(node: Node): void {
    const [only] = node.parts;
    if (typeof only === 'number') {
      this.#step(only, node);
      return;
    }
    let text = '';
    const children: Node[] = [];
    for (const part of node.parts) {
      if (part instanceof Literal) text += part.text;
      else if (part instanceof Node) children.push(part);
    }
    const attributes = node.attributes.filter(({ pieces }) => pieces.length > 0);
    if (attributes.length === 0 && children.length === 0) {
      if (text === '') this.#json += node.data ? '""' : 'null';
      else this.#json += quoted(text);
      return;
    }
    let separator = '{';
    if (attributes.length > 0) {
      const pairs = attributes.map(({ key, pieces }) => key.json + quoted(plainText(pieces) ?? ''));
      this.#json += `{"#attributes":{${pairs.join(',')}}`;
      separator = ',';
    }
    if (text !== '') {
      this.#json += `${separator}"#text":${quoted(text)}`;
      separator = ',';
    }
    for (const child of children) {
      this.#json += separator + child.key.json;
      separator = ',';
      if (isPlain(child)) this.#plain(child);
      else this.#step(-1, child);
    }
    this.#json += '}';
  }
}

import { CHUNK_BYTES, CHUNK_JSON_BYTES_MAX, CHUNK_WORK_MAX, ELEMENT_LEVELS_MAX } from './bounds.ts';
import { Damage } from './damage.ts';
import { Definition } from './definition.ts';
import type { Page } from './page.ts';
import { type Attribute, asData, compile, keyName, type Node, type Piece, type Steps, stepsOf } from './template.ts';
import { TemplateCache } from './templates.ts';
import { ARRAY, BINARY, BINXML, NULL } from './types.ts';
import { isEmpty, itemEnd, writeValue } from './values.ts';
import { type JsonWriter, jsonString } from './writer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ATTRIBUTES_KEY = encoder.encode('{"#attributes":{');
const TEXT_KEY = encoder.encode('"#text":');
const DATA_KEY = encoder.encode('"Data":');
const NULL_TEXT = encoder.encode('null');
const COMMA = 44;
const OPEN_BRACE = 123;
const QUOTE = 34;

/** Keys written in one object, with how often. */
type Counts = Map<string, number>;

/**
 * Writes records of one chunk as JSON. The values of a template instance are never decoded ahead: a table of type,
 * position and size per substitution, from which the template's program copies.
 */
export class Renderer {
  readonly #page: Page;
  readonly #templates = new TemplateCache();
  /** Templates of this chunk by position; null for one that could not be read, so that it is not tried again. */
  readonly #byPosition = new Map<number, Node | Damage>();
  readonly #definition = new Definition();
  #out: JsonWriter;

  /** Substitution values of the fragments being written, the innermost last: `#base + index`. */
  #types = new Uint8Array(1024);
  #starts = new Int32Array(1024);
  #sizes = new Int32Array(1024);
  #base = 0;
  #count = 0;

  #strict = false;
  #work = 0;
  #written = 0;

  constructor(page: Page, out: JsonWriter) {
    this.#page = page;
    this.#out = out;
  }

  /** A new chunk was loaded into the page. */
  newChunk(): void {
    this.#byPosition.clear();
    this.#work = 0;
    this.#written = 0;
  }

  /**
   * Writes the event whose BinXML lies from `from` to `end` as one line to `out`. Throws Damage, with nothing written.
   * `strict` demands that templates bear the id their use names (for carved records, whose templates may be gone).
   */
  record(out: JsonWriter, from: number, end: number, strict: boolean): void {
    const start = out.at;
    this.#out = out;
    this.#base = 0;
    this.#count = 0;
    this.#strict = strict;
    try {
      out.begin();
      out.byte(OPEN_BRACE);
      if (this.#fragment(from, end, true, 0, null, null) === 0) throw new Damage('it holds no event', from);
      out.byte(125);
      out.byte(10);
      this.#written += out.at - start;
      if (this.#written > CHUNK_JSON_BYTES_MAX) {
        throw new Damage(`the chunk's JSON passes ${CHUNK_JSON_BYTES_MAX} bytes`, from);
      }
    } catch (error) {
      out.at = start;
      throw error;
    }
  }

  #spend(work: number, at: number): void {
    this.#work += work;
    if (this.#work > CHUNK_WORK_MAX) throw new Damage('the chunk takes more work than any real one', at);
  }

  /** Writes the entries of a fragment (`"Name":value`) into an object of `parent`; returns how many. */
  #fragment(
    from: number,
    end: number,
    dependency: boolean,
    level: number,
    parent: Node | null,
    counts: Counts | null,
  ): number {
    const page = this.#page;
    const { bytes } = page;
    let at = from;
    let entries = 0;
    for (;;) {
      while (at < end && bytes[at] === 0x0f) at += 4;
      if (at >= end || bytes[at] === 0) return entries;
      this.#spend(1, at);
      const base = this.#base;
      const count = this.#count;
      let node: Node;
      const token = bytes[at];
      if (token === 0x0c) {
        node = this.#instance(at, end);
        at = this.#after;
      } else if (token === 0x01 || token === 0x41) {
        at = this.#definition.read(page, at, end, dependency);
        this.#spend(this.#definition.length >> 2, at);
        node = compile(this.#definition.units.subarray(0, this.#definition.length));
        this.#base = base + count;
        this.#count = 0;
      } else {
        throw new Damage(`0x${token.toString(16).padStart(2, '0')} begins no fragment`, at);
      }
      if (level + node.levels > ELEMENT_LEVELS_MAX) {
        throw new Damage(`elements stand more than ${ELEMENT_LEVELS_MAX} deep`, from);
      }
      // A nested Data of EventData was compiled without knowing where it would stand.
      if (parent?.name === 'EventData' && node.name === 'Data') node = asData(node);
      // Nested fragments are judged as if all stood below the deepest element.
      this.#entry(node, counts, level + node.levels);
      entries++;
      this.#base = base;
      this.#count = count;
    }
  }

  /** Position behind the template instance last read. */
  #after = 0;

  /** Reads a template instance: finds its template and lays out its values behind those of the fragments around it. */
  #instance(from: number, end: number): Node {
    const page = this.#page;
    const { bytes } = page;
    // Token, unknown byte, template id, position of the definition.
    const id = page.u32(from + 2);
    const place = page.u32(from + 6);
    let at = from + 10;
    if (at + 4 > end) throw new Damage('a template instance does not fit', from);
    if (place > CHUNK_BYTES - 24) throw new Damage(`its template stands at byte ${place}, outside the chunk`, from);
    if (this.#strict && page.u32(place + 4) !== id)
      throw new Damage(`the template at byte ${place} is another one`, from);
    if (place === at) at += 24 + page.u32(place + 20);
    const node = this.#template(place);
    const count = page.u32(at);
    const descriptors = at + 4;
    at = descriptors + count * 4;
    if (!(at <= end)) throw new Damage(`${count} substitution values do not fit`, from);
    this.#spend(count, from);
    const base = this.#base + this.#count;
    this.#base = base;
    this.#count = count;
    if (base + count > this.#types.length) this.#grow(base + count);
    const types = this.#types;
    const starts = this.#starts;
    const sizes = this.#sizes;
    for (let i = 0; i < count; i++) {
      const descriptor = descriptors + i * 4;
      const size = bytes[descriptor] | (bytes[descriptor + 1] << 8);
      types[base + i] = bytes[descriptor + 2];
      starts[base + i] = at;
      sizes[base + i] = size;
      at += size;
    }
    if (at > end) throw new Damage(`${count} substitution values do not fit`, from);
    this.#after = at;
    return node;
  }

  #grow(size: number): void {
    const length = Math.max(size, this.#types.length * 2);
    const types = new Uint8Array(length);
    types.set(this.#types);
    this.#types = types;
    const starts = new Int32Array(length);
    starts.set(this.#starts);
    this.#starts = starts;
    const sizes = new Int32Array(length);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }

  #template(place: number): Node {
    const known = this.#byPosition.get(place);
    if (known !== undefined) {
      if (known instanceof Damage) throw known;
      return known;
    }
    try {
      const size = this.#page.u32(place + 20);
      const from = place + 24;
      if (size > CHUNK_BYTES - from) throw new Damage(`its template of ${size} bytes does not fit`, place);
      let at = from;
      while (at < from + size && this.#page.bytes[at] === 0x0f) at += 4;
      if ((this.#page.bytes[at] & ~0x40) !== 0x01) throw new Damage('its template begins with no element', at);
      this.#definition.read(this.#page, at, from + size, true);
      this.#spend(this.#definition.length >> 2, place);
      const node = this.#templates.get(this.#definition);
      this.#byPosition.set(place, node);
      return node;
    } catch (error) {
      if (error instanceof Damage) this.#byPosition.set(place, error);
      throw error;
    }
  }

  /** Writes `"key":value` for an element, more than once where a value of its is an array. */
  #entry(node: Node, counts: Counts | null, level: number): void {
    if (!node.data) {
      this.#named(node, node.name, node.key, counts, level);
      return;
    }
    const name = this.#nameOf(node);
    if (name === '') {
      this.#unnamed([node], 0, counts, level);
      return;
    }
    const key =
      typeof node.dataName[0] === 'string' && node.dataName.length === 1
        ? node.key
        : encoder.encode(`${JSON.stringify(name)}:`);
    this.#named(node, name, key, counts, level);
  }

  #named(node: Node, name: string, key: Uint8Array, counts: Counts | null, level: number): void {
    const before = counts?.get(name) ?? 0;
    this.#key(name, key, before);
    const written = this.#repeated(node, name, key, before, level);
    counts?.set(name, before + written);
  }

  /** Writes the key, with `_n` behind the name where it was written before, and a comma where one is due. */
  #key(name: string, key: Uint8Array, before: number): void {
    const out = this.#out;
    if (out.bytes[out.at - 1] !== OPEN_BRACE) out.byte(COMMA);
    if (before === 0) {
      out.all(key);
      return;
    }
    out.all(jsonString(`${name}_${before}`));
    out.byte(58);
  }

  /** Writes the value of an element whose key is written. An array repeats it as `key_1`, `key_2` …; returns how often it stands. */
  #repeated(node: Node, name: string, key: Uint8Array, before: number, level: number): number {
    const arrays = this.#arrays(node);
    if (arrays === null) {
      this.#value(node, level);
      return 1;
    }
    const asList = node.data && node.parts.length === 1 && typeof node.parts[0] === 'number';
    const items = arrays.length;
    let count = 1;
    for (const array of arrays) count = Math.max(count, array.ends.length);
    this.#spend(count * items, 0);
    if (asList && count > 1) this.#out.byte(91);
    for (let i = 0; i < count; i++) {
      for (const array of arrays) this.#setItem(array, i);
      if (i > 0) {
        if (asList) this.#out.byte(COMMA);
        else this.#key(name, key, before + i);
      }
      this.#value(node, level);
    }
    if (asList && count > 1) this.#out.byte(93);
    for (const array of arrays) this.#restore(array);
    return asList ? 1 : count;
  }

  /** The arrays among an element's own values; null where there are none. */
  #arrays(node: Node): Items[] | null {
    const { slots } = node;
    let arrays: Items[] | null = null;
    for (let i = 0; i < slots.length; i++) {
      if (slots[i] >= this.#count) continue;
      const slot = this.#base + slots[i];
      if (this.#types[slot] < ARRAY) continue;
      const items = this.#split(slot);
      if (items === null) this.#types[slot] = BINARY;
      else if (arrays === null) arrays = [items];
      else arrays.push(items);
    }
    return arrays;
  }

  /** Where the items of an array end; null where it does not divide into items. */
  #split(slot: number): Items | null {
    const type = this.#types[slot] & ~ARRAY;
    const start = this.#starts[slot];
    const size = this.#sizes[slot];
    const ends: number[] = [];
    this.#spend(size >> 4, start);
    for (let at = start; at < start + size; ) {
      at = itemEnd(this.#page, type, at, start + size, size);
      if (at < 0 || at > start + size) return null;
      ends.push(at);
    }
    return { slot, type, start, size, ends };
  }

  #setItem(array: Items, i: number): void {
    const { slot, ends } = array;
    const from = i === 0 ? array.start : ends[i - 1];
    this.#types[slot] = i < ends.length ? array.type : NULL;
    this.#starts[slot] = from;
    this.#sizes[slot] = i < ends.length ? ends[i] - from : 0;
  }

  #restore(array: Items): void {
    this.#types[array.slot] = array.type | ARRAY;
    this.#starts[array.slot] = array.start;
    this.#sizes[array.slot] = array.size;
  }

  #value(node: Node, level: number): void {
    const steps = stepsOf(node);
    if (steps !== null) this.#run(steps, level);
    else this.#general(node, level);
  }

  #run(steps: Steps, level: number): void {
    const out = this.#out;
    const page = this.#page;
    const { json, ends, slots, nodes } = steps;
    let done = 0;
    for (let i = 0; i < ends.length; i++) {
      out.literal(json, done, ends[i]);
      done = ends[i];
      if (slots[i] < 0) {
        const node = nodes[i];
        this.#repeated(node, keyName(node), node.key, 0, level);
        continue;
      }
      const slot = this.#base + slots[i];
      const type = slots[i] < this.#count ? this.#types[slot] : NULL;
      if (type >= ARRAY) {
        this.#repeated(nodes[i], keyName(nodes[i]), nodes[i].key, 0, level);
      } else if (type === BINXML) {
        this.#general(nodes[i], level);
      } else if (isEmpty(page, type, this.#starts[slot], this.#sizes[slot])) {
        this.#nothing(nodes[i]);
      } else {
        writeValue(out, page, type, this.#starts[slot], this.#sizes[slot], true);
      }
    }
    out.literal(json, done, json.length);
  }

  /** The value of an element without attributes, text and children. */
  #nothing(node: Node): void {
    if (node.data) {
      this.#out.byte(QUOTE);
      this.#out.byte(QUOTE);
    } else {
      this.#out.all(NULL_TEXT);
    }
  }

  /** Whether a substitution gives text; nested fragments do not. */
  #hasText(index: number): boolean {
    if (index >= this.#count) return false;
    const slot = this.#base + index;
    const type = this.#types[slot];
    return type !== BINXML && !isEmpty(this.#page, type, this.#starts[slot], this.#sizes[slot]);
  }

  /** Writes an element's value, whatever it turns out to be. */
  #general(node: Node, level: number): void {
    const out = this.#out;
    this.#spend(1 + node.attributes.length + node.parts.length, 0);
    const start = out.at;
    let open = this.#attributes(node.attributes);

    let texts = 0;
    let children = 0;
    for (const part of node.parts) {
      if (typeof part === 'object') children++;
      else if (typeof part === 'string' || this.#hasText(part)) texts++;
      else if (part < this.#count && this.#types[this.#base + part] === BINXML) children++;
    }
    if (texts > 0 && (open || children > 0)) {
      out.byte(open ? COMMA : OPEN_BRACE);
      out.all(TEXT_KEY);
      open = true;
    }
    if (texts > 0) this.#text(node.parts, texts === 1);
    if (children > 0) {
      if (!open) out.byte(OPEN_BRACE);
      open = this.#children(node, level) || open;
      // A nested fragment may have brought nothing.
      if (!open) out.at = start;
    }
    if (open) out.byte(125);
    else if (texts === 0) this.#nothing(node);
  }

  /** Writes `{"#attributes":{…}` with those that have a value; false where none has. */
  #attributes(attributes: readonly Attribute[]): boolean {
    const out = this.#out;
    let open = false;
    for (const { key, pieces } of attributes) {
      let texts = 0;
      for (const piece of pieces) if (typeof piece === 'string' || this.#hasText(piece)) texts++;
      if (texts === 0) continue;
      if (open) out.byte(COMMA);
      else out.all(ATTRIBUTES_KEY);
      open = true;
      out.all(key);
      this.#text(pieces, texts === 1);
    }
    if (open) out.byte(125);
    return open;
  }

  /** Writes the texts among the parts as one value; `single` where there is one, which then keeps its type. */
  #text(parts: readonly (Piece | Node)[], single: boolean): void {
    const out = this.#out;
    if (!single) out.byte(QUOTE);
    for (const part of parts) {
      if (typeof part === 'object') continue;
      if (typeof part === 'string') {
        const json = jsonString(part);
        if (single) out.all(json);
        else out.literal(json, 1, json.length - 1);
      } else if (this.#hasText(part)) {
        const slot = this.#base + part;
        writeValue(out, this.#page, this.#types[slot], this.#starts[slot], this.#sizes[slot], single);
      }
    }
    if (!single) out.byte(QUOTE);
  }

  /** Writes child elements and nested fragments; false where nothing came of it. */
  #children(node: Node, level: number): boolean {
    const counts: Counts | null = node.counted ? new Map() : null;
    let any = false;
    let unnamed = false;
    for (let i = 0; i < node.parts.length; i++) {
      const part = node.parts[i];
      if (typeof part === 'string') continue;
      if (typeof part === 'number') {
        if (part >= this.#count) continue;
        const slot = this.#base + part;
        if (this.#types[slot] !== BINXML) continue;
        const from = this.#starts[slot];
        if (this.#fragment(from, from + this.#sizes[slot], false, level, node, counts) > 0) any = true;
        continue;
      }
      any = true;
      if (!part.data || this.#nameOf(part) !== '') {
        this.#entry(part, counts, level);
      } else if (!unnamed) {
        unnamed = true;
        this.#unnamed(node.parts, i, counts, level);
      }
    }
    return any;
  }

  /** Writes all `Data` without a name, from the first at `from` on: `"Data":{"#text":[…]}`, without brackets for one value. */
  #unnamed(parts: readonly (Piece | Node)[], from: number, counts: Counts | null, level: number): void {
    const out = this.#out;
    const before = counts?.get('Data') ?? 0;
    counts?.set('Data', before + 1);
    this.#key('Data', DATA_KEY, before);
    out.byte(OPEN_BRACE);
    out.all(TEXT_KEY);
    const start = out.at;
    out.byte(91);
    let count = 0;
    for (let i = from; i < parts.length; i++) {
      const part = parts[i];
      if (typeof part !== 'object' || !part.data || this.#nameOf(part) !== '') continue;
      if (count > 0) out.byte(COMMA);
      count += this.#listed(part, level);
    }
    if (count === 1) {
      // One value stands alone: take the bracket back.
      out.bytes.copyWithin(start, start + 1, out.at);
      out.at--;
    } else {
      out.byte(93);
    }
    out.byte(125);
  }

  /** Writes the value of an unnamed `Data`, the items of an array one by one; returns how many. */
  #listed(node: Node, level: number): number {
    const arrays = this.#arrays(node);
    if (arrays === null) {
      this.#value(node, level);
      return 1;
    }
    let count = 1;
    for (const array of arrays) count = Math.max(count, array.ends.length);
    this.#spend(count * arrays.length, 0);
    for (let i = 0; i < count; i++) {
      for (const array of arrays) this.#setItem(array, i);
      if (i > 0) this.#out.byte(COMMA);
      this.#value(node, level);
    }
    for (const array of arrays) this.#restore(array);
    return count;
  }

  /** The name of a `Data`, as it is in this record; empty where it has none. */
  #nameOf(node: Node): string {
    const { dataName } = node;
    if (dataName.length === 0) return '';
    const [first] = dataName;
    if (dataName.length === 1 && typeof first === 'string') return first;
    let texts = 0;
    for (const piece of dataName) if (typeof piece === 'string' || this.#hasText(piece)) texts++;
    if (texts === 0) return '';
    // Written out, read back, taken back: names from the record are rare.
    const out = this.#out;
    const start = out.at;
    this.#text(dataName, false);
    const name: unknown = JSON.parse(decoder.decode(out.bytes.subarray(start, out.at)));
    out.at = start;
    return String(name);
  }
}

/** An array being taken apart: its slot, what the slot held, and where each item ends. */
interface Items {
  readonly slot: number;
  readonly type: number;
  readonly start: number;
  readonly size: number;
  readonly ends: readonly number[];
}

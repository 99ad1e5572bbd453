import { CHUNK_BYTES, CHUNK_JSON_BYTES_MAX, ELEMENT_LEVELS_MAX, TEMPLATES_KEPT_MAX } from './bounds.ts';
import { Budget } from './budget.ts';
import { Damage } from './damage.ts';
import { Definition } from './definition.ts';
import { Literal, quoted, Ready } from './literal.ts';
import type { Page } from './page.ts';
import { type Items, Substitutions } from './substitutions.ts';
import { type Attribute, compile, Node, type Piece, plainText, type Steps } from './template.ts';
import { keptTemplates } from './templates.ts';
import { ARRAY, BINXML, STRING } from './types.ts';
import type { JsonWriter } from './writer.ts';

const ATTRIBUTES_KEY = new Ready('{"#attributes":{');
const TEXT_KEY = new Ready('"#text":');
const DATA_KEY = new Literal('Data', ':');
const NULL_TEXT = new Ready('null');
const EMPTY_TEXT = new Ready('""');
const COMMA = 44;
const QUOTE = 34;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const LINE_FEED = 10;

const decoder = new TextDecoder();

/** How often each key was written in one object. */
type Counts = Map<string, number>;

/**
 * Writes the records of the chunk in the page as JSON in evtx_dump's form. Where XML and JSON differ, that form is: an
 * element without content is null; attributes come first as `#attributes`, without the empty ones; text beside
 * attributes or elements is `#text`; a key that would repeat gets `_1`, `_2` …; an array repeats its element; `Data` of
 * `EventData` takes its name for key, is "" without content, and those without a name are a list: `"Data":{"#text":[…]}`.
 *
 * Nothing is lost where evtx_dump (0.14) loses it: a list of unnamed `Data` stays beside named ones; equal names of
 * `Data` are numbered instead of repeating a key; an array in a named `Data` is a JSON list; lone surrogates are U+FFFD.
 */
export class Renderer {
  readonly #page: Page;
  readonly #budget = new Budget();
  readonly #values: Substitutions;
  readonly #definition = new Definition();
  /** Templates of this chunk by position; one that could not be read is not tried again. */
  readonly #templates = new Map<number, Node | Damage>();
  /** Templates of this file by id, for carved records whose own was overwritten. */
  readonly #byId = new Map<number, Node>();
  #out: JsonWriter;
  #carving = false;
  /** JSON of this chunk so far. */
  #written = 0;
  /** Position behind the template instance last read. */
  #after = 0;

  constructor(page: Page, out: JsonWriter) {
    this.#page = page;
    this.#out = out;
    this.#values = new Substitutions(page, this.#budget);
  }

  /** Another chunk is in the page. */
  newChunk(): void {
    this.#templates.clear();
    this.#budget.newChunk();
    this.#written = 0;
  }

  /**
   * Writes the event whose BinXML lies from `from` to `end` as one line to `out`. Throws Damage, with nothing written.
   * `carving`: the record's template may have been overwritten, so what stands in its place must bear the right id.
   */
  record(out: JsonWriter, from: number, end: number, carving: boolean): void {
    const start = out.at;
    this.#out = out;
    this.#carving = carving;
    this.#budget.newRecord();
    this.#values.base = 0;
    this.#values.count = 0;
    try {
      out.begin();
      out.byte(OPEN_BRACE);
      if (this.#fragment(from, end, true, 0, null, null) === 0) throw new Damage('it holds no event', from);
      out.byte(CLOSE_BRACE);
      out.byte(LINE_FEED);
      this.#written += out.at - start;
      if (this.#written > CHUNK_JSON_BYTES_MAX) {
        throw new Damage(`the chunk's JSON passes ${CHUNK_JSON_BYTES_MAX} bytes`, from);
      }
    } catch (error) {
      out.at = start;
      throw error;
    }
  }

  /** Writes the entries of a fragment (`"Name":value`) into the open object of `parent`; returns how many. */
  #fragment(
    from: number,
    end: number,
    dependency: boolean,
    level: number,
    parent: Node | null,
    counts: Counts | null,
  ): number {
    const { bytes } = this.#page;
    const values = this.#values;
    const { base, count } = values;
    let at = from;
    let entries = 0;
    for (;;) {
      while (at < end && bytes[at] === 0x0f) at += 4;
      if (at >= end || bytes[at] === 0) return entries;
      this.#budget.spend(1, at);
      let node: Node;
      if (bytes[at] === 0x0c) {
        node = this.#instance(at, end);
        at = this.#after;
      } else if ((bytes[at] & ~0x40) === 0x01) {
        at = this.#definition.read(this.#page, at, end, dependency);
        this.#budget.spend(this.#definition.length >> 2, at);
        node = compile(this.#definition.units.subarray(0, this.#definition.length));
        values.none();
      } else {
        throw new Damage(`0x${bytes[at].toString(16).padStart(2, '0')} begins no fragment`, at);
      }
      // A nested fragment counts as if it stood below the deepest element around it.
      const below = level + node.levels;
      if (below > ELEMENT_LEVELS_MAX) throw new Damage(`elements stand more than ${ELEMENT_LEVELS_MAX} deep`, from);
      if (parent?.name === 'EventData' && node.name === 'Data') node = node.asData();
      this.#entry(node, counts, below);
      entries++;
      values.base = base;
      values.count = count;
    }
  }

  /** Reads a template instance and its values; returns its template. */
  #instance(from: number, end: number): Node {
    const page = this.#page;
    // Token, unknown byte, template id, position of the definition.
    const id = page.u32(from + 2);
    const place = page.u32(from + 6);
    let at = from + 10;
    if (at + 4 > end) throw new Damage('a template instance does not fit', from);
    if (place > CHUNK_BYTES - 24) throw new Damage(`its template stands at byte ${place}, outside the chunk`, from);
    // The first use in a chunk carries the definition: next in its bucket, GUID (the id is its beginning), size, element.
    if (place === at) at += 24 + page.u32(place + 20);
    const same = page.u32(place + 4) === id;
    let node = this.#carving ? this.#byId.get(id) : this.#template(place);
    if (node === undefined && same) node = this.#template(place);
    if (node === undefined) throw new Damage('its template was overwritten', from);
    if (same) this.#keep(id, node);
    this.#after = this.#values.read(at, end);
    return node;
  }

  #keep(id: number, node: Node): void {
    if (this.#byId.get(id) === node) return;
    if (this.#byId.size >= TEMPLATES_KEPT_MAX) this.#byId.clear();
    this.#byId.set(id, node);
  }

  #template(place: number): Node {
    const known = this.#templates.get(place);
    if (known instanceof Node) return known;
    if (known !== undefined) throw known;
    try {
      const { bytes } = this.#page;
      const size = this.#page.u32(place + 20);
      const end = place + 24 + size;
      if (end > CHUNK_BYTES) throw new Damage(`its template of ${size} bytes does not fit`, place);
      let at = place + 24;
      while (at < end && bytes[at] === 0x0f) at += 4;
      if ((bytes[at] & ~0x40) !== 0x01) throw new Damage('its template begins with no element', at);
      this.#definition.read(this.#page, at, end, true);
      this.#budget.spend(this.#definition.length >> 2, place);
      const node = keptTemplates.get(this.#definition);
      this.#templates.set(place, node);
      return node;
    } catch (error) {
      if (error instanceof Damage) this.#templates.set(place, error);
      throw error;
    }
  }

  /** Writes `"key":value` for an element, more than once where a value of its is an array. */
  #entry(node: Node, counts: Counts | null, level: number): void {
    let { key } = node;
    if (node.data && plainText(node.dataName) === null) {
      const name = this.#nameOf(node);
      if (name === '') {
        this.#unnamed([node], 0, counts, level);
        return;
      }
      key = new Literal(name, ':');
    }
    const before = counts?.get(key.text) ?? 0;
    this.#key(key, before);
    const written = this.#repeated(node, key, before, level);
    counts?.set(key.text, before + written);
  }

  /** Writes a key, with `_n` where it was written before, and a comma where one is due. */
  #key(key: Literal, before: number): void {
    const out = this.#out;
    if (out.bytes[out.at - 1] !== OPEN_BRACE) out.byte(COMMA);
    out.all(before === 0 ? key.ready : new Ready(`${quoted(`${key.text}_${before}`)}:`));
  }

  /**
   * Writes the value of an element whose key stands. With an array in it, the element repeats as `key_1`, `key_2` …; a
   * named `Data` with nothing else becomes a list, so that no rule on its name misses an item. Returns how often it stands.
   */
  #repeated(node: Node, key: Literal, before: number, level: number): number {
    const arrays = this.#values.arrays(node.slots);
    if (arrays === null) {
      this.#value(node, level);
      return 1;
    }
    const listed = node.data && node.parts.length === 1 && typeof node.parts[0] === 'number';
    if (!listed) return this.#items(node, arrays, level, (i) => this.#key(key, before + i));
    const start = this.#out.at;
    this.#list(
      start,
      this.#items(node, arrays, level, () => this.#out.byte(COMMA)),
    );
    return 1;
  }

  /** Writes an element's value once per item of its arrays, `between` before each but the first; returns how often. */
  #items(node: Node, arrays: readonly Items[], level: number, between: (i: number) => void): number {
    let count = 1;
    for (const array of arrays) count = Math.max(count, array.ends.length);
    this.#budget.spend(count * arrays.length, 0);
    for (let i = 0; i < count; i++) {
      for (const array of arrays) this.#values.setItem(array, i);
      if (i > 0) between(i);
      this.#value(node, level);
    }
    for (const array of arrays) this.#values.restore(array);
    return count;
  }

  /** Puts brackets around what was written since `start`, unless that is one value. */
  #list(start: number, count: number): void {
    if (count === 1) return;
    const out = this.#out;
    out.byte(CLOSE_BRACKET);
    out.byte(CLOSE_BRACKET);
    out.bytes.copyWithin(start + 1, start, out.at - 2);
    out.bytes[start] = OPEN_BRACKET;
  }

  #value(node: Node, level: number): void {
    const { steps } = node;
    if (steps !== null) this.#run(steps, level);
    else this.#general(node, level);
  }

  #run({ json, ends, slots, nodes }: Steps, level: number): void {
    const out = this.#out;
    const values = this.#values;
    const { view } = this.#page;
    let done = 0;
    for (let i = 0; i < ends.length; i++) {
      out.literal(json, done, ends[i]);
      done = ends[i];
      const index = slots[i];
      const type = index < 0 ? ARRAY : values.typeOf(index);
      if (type === STRING) {
        // Four values of five.
        const from = values.starts[values.base + index];
        const size = values.sizes[values.base + index];
        if (size >= 2 && view.getUint16(from, true) !== 0) {
          out.string(view, from, size);
          continue;
        }
      }
      if (type >= ARRAY) this.#repeated(nodes[i], nodes[i].key, 0, level);
      else if (type === BINXML) this.#general(nodes[i], level);
      else if (values.hasText(index)) values.write(out, index, true);
      else out.all(nodes[i].data ? EMPTY_TEXT : NULL_TEXT);
    }
    out.literal(json, done, json.length);
  }

  /** Writes an element's value, whatever it turns out to be. */
  #general(node: Node, level: number): void {
    const out = this.#out;
    const values = this.#values;
    this.#budget.spend(1 + node.attributes.length + node.parts.length, 0);
    const start = out.at;
    let open = this.#attributes(node.attributes);

    let texts = 0;
    let children = 0;
    for (let i = 0; i < node.parts.length; i++) {
      const part = node.parts[i];
      if (typeof part === 'number') {
        if (values.hasText(part)) texts++;
        else if (values.typeOf(part) === BINXML) children++;
      } else if (part instanceof Node) children++;
      else texts++;
    }
    if (texts > 0) {
      if (open || children > 0) {
        out.byte(open ? COMMA : OPEN_BRACE);
        out.all(TEXT_KEY);
        open = true;
      }
      this.#text(node.parts, texts === 1);
    }
    if (children > 0) {
      if (!open) out.byte(OPEN_BRACE);
      open = this.#children(node, level) || open;
      // A nested fragment may have brought nothing.
      if (!open) out.at = start;
    }
    if (open) out.byte(CLOSE_BRACE);
    else if (texts === 0) out.all(node.data ? EMPTY_TEXT : NULL_TEXT);
  }

  /** Writes `{"#attributes":{…}` with those that have a value; false where none has. */
  #attributes(attributes: readonly Attribute[]): boolean {
    const out = this.#out;
    let open = false;
    for (let i = 0; i < attributes.length; i++) {
      const { key, pieces } = attributes[i];
      let texts = 0;
      for (let j = 0; j < pieces.length; j++) {
        const piece = pieces[j];
        if (typeof piece !== 'number' || this.#values.hasText(piece)) texts++;
      }
      if (texts === 0) continue;
      if (open) out.byte(COMMA);
      else out.all(ATTRIBUTES_KEY);
      open = true;
      out.all(key.ready);
      this.#text(pieces, texts === 1);
    }
    if (open) out.byte(CLOSE_BRACE);
    return open;
  }

  /** Writes the texts among the parts as one value; `single` where there is one, which then keeps its type. */
  #text(parts: readonly (Piece | Node)[], single: boolean): void {
    const out = this.#out;
    if (!single) out.byte(QUOTE);
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (typeof part === 'number') {
        if (this.#values.hasText(part)) this.#values.write(out, part, single);
      } else if (part instanceof Literal) {
        if (single) out.all(part.ready);
        else out.literal(part.ready, 1, part.ready.length - 1);
      }
    }
    if (!single) out.byte(QUOTE);
  }

  /** Writes child elements and nested fragments; false where nothing came of it. */
  #children(node: Node, level: number): boolean {
    const values = this.#values;
    const counts: Counts | null = node.counted ? new Map() : null;
    let any = false;
    let unnamed = false;
    for (let i = 0; i < node.parts.length; i++) {
      const part = node.parts[i];
      if (part instanceof Literal) continue;
      if (!(part instanceof Node)) {
        if (values.typeOf(part) !== BINXML) continue;
        const from = values.starts[values.base + part];
        const end = from + values.sizes[values.base + part];
        if (this.#fragment(from, end, false, level, node, counts) > 0) any = true;
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

  /** Writes all `Data` without a name, from the one at `from` on, as `"Data":{"#text":[…]}`. */
  #unnamed(parts: readonly (Piece | Node)[], from: number, counts: Counts | null, level: number): void {
    const out = this.#out;
    const before = counts?.get('Data') ?? 0;
    counts?.set('Data', before + 1);
    this.#key(DATA_KEY, before);
    out.byte(OPEN_BRACE);
    out.all(TEXT_KEY);
    const start = out.at;
    let count = 0;
    for (let i = from; i < parts.length; i++) {
      const part = parts[i];
      if (!(part instanceof Node && part.data) || this.#nameOf(part) !== '') continue;
      if (count > 0) out.byte(COMMA);
      const arrays = this.#values.arrays(part.slots);
      if (arrays === null) this.#value(part, level);
      count += arrays === null ? 1 : this.#items(part, arrays, level, () => out.byte(COMMA));
    }
    this.#list(start, count);
    out.byte(CLOSE_BRACE);
  }

  /** The name of a `Data` in this record; empty where it has none. */
  #nameOf({ dataName }: Node): string {
    const plain = plainText(dataName);
    if (plain !== null || dataName.length === 0) return plain ?? '';
    // Written, read back and taken back: names that come from the record are rare.
    const out = this.#out;
    const start = out.at;
    this.#text(dataName, false);
    const name: unknown = JSON.parse(decoder.decode(out.bytes.subarray(start, out.at)));
    out.at = start;
    return String(name);
  }
}

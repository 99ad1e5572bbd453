import { CHUNK_BYTES, DEFINITION_UNITS_MAX, ELEMENT_LEVELS_MAX, NAME_UNITS_MAX } from './bounds.ts';
import { Damage } from './damage.ts';
import type { Page } from './page.ts';

/** Codes of the spelt-out form. OPEN, ATTRIBUTE and TEXT are followed by a length and that many units; SLOT by index and type. */
export const OPEN = 1;
export const ATTRIBUTE = 2;
export const TEXT = 3;
export const SLOT = 4;
/** Attributes are over, content begins. */
export const BODY = 5;
export const CLOSE = 6;

/** The entities XML itself defines (XML 1.0, 4.6). */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * An element of a template or bare fragment, read from BinXML and spelt out: names stand in full where BinXML has
 * positions in the chunk, so that the same template reads the same in every chunk and compiled templates can be kept.
 */
export class Definition {
  units = new Uint16Array(4096);
  length = 0;

  /**
   * Reads one element from `from`; it must end before `end`. `dependency`: elements carry a dependency id (all but those
   * of a BinXML value). Returns the position behind it. Throws Damage.
   */
  read(page: Page, from: number, end: number, dependency: boolean): number {
    this.length = 0;
    const { bytes } = page;
    let at = from;
    let level = 0;
    let inAttributes = false;
    do {
      const start = at;
      if (at >= end) throw new Damage('an element does not end where its fragment does', start);
      // 0x40 says that more of the same follows, which the tokens themselves show.
      const token = bytes[at++] & ~0x40;
      switch (token) {
        case 0x01: {
          if (inAttributes) throw new Damage('an element begins among attributes', start);
          if (++level > ELEMENT_LEVELS_MAX) {
            throw new Damage(`elements stand more than ${ELEMENT_LEVELS_MAX} deep`, start);
          }
          at = this.#name(page, at + (dependency ? 6 : 4), end, OPEN);
          if (bytes[start] & 0x40) at += 4;
          inAttributes = true;
          break;
        }
        case 0x02:
          if (!inAttributes) throw new Damage('an element has two bodies', start);
          inAttributes = false;
          this.#put(BODY);
          break;
        case 0x03:
          if (!inAttributes) throw new Damage('an empty element has a body', start);
          inAttributes = false;
          this.#put(BODY);
          this.#put(CLOSE);
          level--;
          break;
        case 0x04:
          if (inAttributes) throw new Damage('an element ends among attributes', start);
          this.#put(CLOSE);
          level--;
          break;
        case 0x05: {
          if (bytes[at] !== 0x01) throw new Damage(`a text has value type ${bytes[at]}, not 1`, start);
          at = this.#sized(page, at + 1, end, start);
          break;
        }
        case 0x06:
          if (!inAttributes) throw new Damage('an attribute stands outside a start tag', start);
          at = this.#name(page, at, end, ATTRIBUTE);
          break;
        case 0x07:
          at = this.#sized(page, at, end, start);
          break;
        case 0x08:
          this.#text(String.fromCharCode(page.u16(at)));
          at += 2;
          break;
        case 0x09:
          at = this.#entity(page, at, end);
          break;
        case 0x0a:
          // Processing instructions are no part of the JSON form.
          at = nameEnd(page, at, end);
          break;
        case 0x0b:
          at += 2 + 2 * page.u16(at);
          break;
        case 0x0d:
        case 0x0e:
          this.#put(SLOT);
          this.#put(page.u16(at));
          this.#put(bytes[at + 2]);
          at += 3;
          break;
        case 0x0f:
          at += 3;
          break;
        default:
          throw new Damage(`0x${bytes[start].toString(16).padStart(2, '0')} is no token of an element`, start);
      }
    } while (level > 0);
    if (at > end) throw new Damage('an element does not end where its fragment does', from);
    return at;
  }

  /** A 32-bit hash of the spelt-out form. */
  hash(): number {
    const { units, length } = this;
    let hash = length;
    for (let i = 0; i < length; i++) {
      hash = Math.imul(hash ^ units[i], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  equals(other: Uint16Array): boolean {
    if (other.length !== this.length) return false;
    const { units } = this;
    for (let i = 0; i < other.length; i++) if (units[i] !== other[i]) return false;
    return true;
  }

  #room(count: number): void {
    const needed = this.length + count;
    if (needed <= this.units.length) return;
    if (needed > DEFINITION_UNITS_MAX)
      throw new Damage(`an element spells out to over ${DEFINITION_UNITS_MAX} units`, 0);
    const larger = new Uint16Array(Math.max(needed, this.units.length * 2));
    larger.set(this.units);
    this.units = larger;
  }

  #put(unit: number): void {
    this.#room(1);
    this.units[this.length++] = unit;
  }

  #run(page: Page, code: number, from: number, count: number): void {
    this.#room(count + 2);
    const { units } = this;
    const { view } = page;
    let { length } = this;
    units[length++] = code;
    units[length++] = count;
    for (let i = 0; i < count; i++) units[length++] = view.getUint16(from + i * 2, true);
    this.length = length;
  }

  #text(text: string): void {
    this.#put(TEXT);
    this.#put(text.length);
    for (let i = 0; i < text.length; i++) this.#put(text.charCodeAt(i));
  }

  #sized(page: Page, at: number, end: number, start: number): number {
    const count = page.u16(at);
    const next = at + 2 + count * 2;
    if (next > end) throw new Damage(`a text of ${count} units does not fit`, start);
    this.#run(page, TEXT, at + 2, count);
    return next;
  }

  #name(page: Page, at: number, end: number, code: number): number {
    const next = nameEnd(page, at, end);
    const place = page.u32(at);
    this.#run(page, code, place + 8, page.u16(place + 6));
    return next;
  }

  #entity(page: Page, at: number, end: number): number {
    const next = nameEnd(page, at, end);
    const place = page.u32(at);
    let name = '';
    for (let i = 0; i < page.u16(place + 6); i++) name += String.fromCharCode(page.u16(place + 8 + i * 2));
    this.#text(ENTITIES[name] ?? `&${name};`);
    return next;
  }
}

/** Checks the reference to a name at `at`; returns the position behind it, and behind the name where that stands inline. */
function nameEnd(page: Page, at: number, end: number): number {
  const place = page.u32(at);
  // Position of the next name in its hash bucket, hash, count, units, NUL.
  if (place > CHUNK_BYTES - 10) throw new Damage(`a name stands at byte ${place}, outside the chunk`, at);
  const count = page.u16(place + 6);
  if (count > NAME_UNITS_MAX) throw new Damage(`a name of ${count} units; at most ${NAME_UNITS_MAX} are read`, at);
  const nameEnd = place + 8 + count * 2 + 2;
  if (nameEnd > CHUNK_BYTES) throw new Damage(`a name of ${count} units does not fit`, at);
  const next = place === at + 4 ? nameEnd : at + 4;
  if (next > end) throw new Damage('a name does not fit', at);
  return next;
}

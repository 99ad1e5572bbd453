/**
 * Writes small EVTX files for tests: any BinXML tree, any value, in one or more chunks. Layout as in the format's public
 * description (libyal, "Windows XML Event Log (EVTX)"). Checksums are right unless a test spoils them afterwards.
 */
import { crc32 } from 'node:zlib';

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cdata'; readonly text: string }
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'entity'; readonly name: string }
  | { readonly kind: 'pi'; readonly name: string; readonly text: string }
  | { readonly kind: 'slot'; readonly index: number; readonly type: number; readonly optional: boolean }
  | { readonly kind: 'raw'; readonly bytes: readonly number[] }
  | Element;

export interface Element {
  readonly kind: 'element';
  readonly name: string;
  readonly attributes: readonly (readonly [string, readonly Part[]])[];
  readonly children: readonly Part[];
}

/** A value of a template instance: its type byte, and its bytes or a BinXML fragment (written without dependency ids). */
export interface SlotValue {
  readonly type: number;
  readonly bytes?: Uint8Array;
  readonly fragment?: Fragment;
}

/** A fragment: a bare element, or an instance of a template. */
export type Fragment =
  | { readonly kind: 'bare'; readonly root: Element }
  | { readonly kind: 'template'; readonly id: number; readonly root: Element; readonly values: readonly SlotValue[] };

export interface BuiltRecord {
  readonly id: number;
  /** FILETIME: 100 ns since 1601. */
  readonly time?: bigint;
  readonly fragment: Fragment;
}

export const text = (value: string): Part => ({ kind: 'text', text: value });
export const slot = (index: number, type = 1): Part => ({ kind: 'slot', index, type, optional: false });
export const optional = (index: number, type = 1): Part => ({ kind: 'slot', index, type, optional: true });
export const element = (
  name: string,
  attributes: Readonly<Record<string, string | Part | readonly Part[]>> = {},
  ...children: (Part | string)[]
): Element => ({
  kind: 'element',
  name,
  attributes: Object.entries(attributes).map(([key, value]): [string, readonly Part[]] => {
    if (typeof value === 'string') return [key, [text(value)]];
    return [key, 'kind' in value ? [value] : value];
  }),
  children: children.map((child) => (typeof child === 'string' ? text(child) : child)),
});

export const utf16 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'utf16le'));
export const string = (value: string): SlotValue => ({ type: 1, bytes: utf16(value) });
export const none: SlotValue = { type: 0, bytes: new Uint8Array(0) };
export const value = (type: number, ...bytes: number[]): SlotValue => ({ type, bytes: Uint8Array.from(bytes) });

/** Position in a chunk where its records begin. */
const CHUNK_HEADER = 512;

class ChunkBuilder {
  readonly bytes = new Uint8Array(65536);
  readonly view = new DataView(this.bytes.buffer);
  at = CHUNK_HEADER;
  readonly names = new Map<string, number>();
  readonly templates = new Map<number, number>();

  u8(n: number): void {
    this.bytes[this.at++] = n;
  }
  u16(n: number): void {
    this.view.setUint16(this.at, n, true);
    this.at += 2;
  }
  u32(n: number): void {
    this.view.setUint32(this.at, n, true);
    this.at += 4;
  }
  u64(n: bigint): void {
    this.view.setBigUint64(this.at, n, true);
    this.at += 8;
  }
  raw(bytes: ArrayLike<number>): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
  /** Fills in a u32 at `place` with the bytes written since `from`. */
  size(place: number, from: number): void {
    this.view.setUint32(place, this.at - from, true);
  }

  /** A reference to a name, which stands inline at its first use. */
  name(name: string): void {
    const known = this.names.get(name);
    if (known !== undefined) {
      this.u32(known);
      return;
    }
    const here = this.at + 4;
    this.u32(here);
    this.names.set(name, here);
    this.u32(0);
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = (hash * 65599 + name.charCodeAt(i)) & 0xffff;
    this.u16(hash);
    this.u16(name.length);
    this.raw(utf16(name));
    this.u16(0);
  }

  part(part: Part, dependency: boolean): void {
    switch (part.kind) {
      case 'element':
        this.element(part, dependency);
        break;
      case 'text':
        this.u8(0x05);
        this.u8(0x01);
        this.u16(part.text.length);
        this.raw(utf16(part.text));
        break;
      case 'cdata':
        this.u8(0x07);
        this.u16(part.text.length);
        this.raw(utf16(part.text));
        break;
      case 'char':
        this.u8(0x08);
        this.u16(part.code);
        break;
      case 'entity':
        this.u8(0x09);
        this.name(part.name);
        break;
      case 'pi':
        this.u8(0x0a);
        this.name(part.name);
        this.u8(0x0b);
        this.u16(part.text.length);
        this.raw(utf16(part.text));
        break;
      case 'slot':
        this.u8(part.optional ? 0x0e : 0x0d);
        this.u16(part.index);
        this.u8(part.type);
        break;
      case 'raw':
        this.raw(part.bytes);
        break;
    }
  }

  element(element: Element, dependency: boolean): void {
    this.u8(element.attributes.length > 0 ? 0x41 : 0x01);
    if (dependency) this.u16(0xffff);
    const sizeAt = this.at;
    this.u32(0);
    this.name(element.name);
    if (element.attributes.length > 0) {
      const listAt = this.at;
      this.u32(0);
      element.attributes.forEach(([name, parts], i) => {
        this.u8(i < element.attributes.length - 1 ? 0x46 : 0x06);
        this.name(name);
        for (const part of parts) this.part(part, dependency);
      });
      this.size(listAt, listAt + 4);
    }
    if (element.children.length === 0) {
      this.u8(0x03);
    } else {
      this.u8(0x02);
      for (const child of element.children) this.part(child, dependency);
      this.u8(0x04);
    }
    this.size(sizeAt, sizeAt + 4);
  }

  fragment(fragment: Fragment, dependency: boolean): void {
    this.raw([0x0f, 1, 1, 0]);
    if (fragment.kind === 'bare') {
      this.element(fragment.root, dependency);
      this.u8(0);
      return;
    }
    this.u8(0x0c);
    this.u8(1);
    this.u32(fragment.id);
    const known = this.templates.get(fragment.id);
    if (known !== undefined) this.u32(known);
    else {
      const here = this.at + 4;
      this.u32(here);
      this.templates.set(fragment.id, here);
      this.u32(0);
      this.u32(fragment.id);
      this.raw([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const sizeAt = this.at;
      this.u32(0);
      this.raw([0x0f, 1, 1, 0]);
      this.element(fragment.root, true);
      this.u8(0);
      this.size(sizeAt, sizeAt + 4);
    }
    this.u32(fragment.values.length);
    const descriptors = this.at;
    this.at += fragment.values.length * 4;
    fragment.values.forEach((value, i) => {
      const from = this.at;
      if (value.fragment) this.fragment(value.fragment, false);
      else if (value.bytes) this.raw(value.bytes);
      this.view.setUint16(descriptors + i * 4, this.at - from, true);
      this.view.setUint8(descriptors + i * 4 + 2, value.type);
    });
  }

  record(record: BuiltRecord): void {
    const from = this.at;
    this.u32(0x2a2a);
    this.u32(0);
    this.u64(BigInt(record.id));
    this.u64(record.time ?? 133_000_000_000_000_000n);
    this.fragment(record.fragment, true);
    // The end token of a template instance's fragment.
    if (record.fragment.kind === 'template') this.u8(0);
    while (this.at % 8 !== 4) this.u8(0);
    this.view.setUint32(from + 4, this.at + 4 - from, true);
    this.u32(this.at + 4 - from);
  }
}

/** The checksum a chunk's header should bear. */
export const headerSum = (chunk: Uint8Array): number => crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120)));

/** Puts right the two checksums of the chunk at `at`, after a test changed it. */
export function sealChunk(file: Uint8Array, at: number): void {
  const view = new DataView(file.buffer, file.byteOffset);
  const free = Math.min(65536, Math.max(CHUNK_HEADER, view.getUint32(at + 48, true)));
  view.setUint32(at + 52, crc32(file.subarray(at + CHUNK_HEADER, at + free)), true);
  view.setUint32(at + 124, headerSum(file.subarray(at)), true);
}

export function buildChunk(records: readonly BuiltRecord[]): Uint8Array {
  const chunk = new ChunkBuilder();
  let last = CHUNK_HEADER;
  for (const record of records) {
    last = chunk.at;
    chunk.record(record);
  }
  const { view } = chunk;
  chunk.bytes.set(Buffer.from('ElfChnk\0'));
  const first = BigInt(records[0]?.id ?? 1);
  const final = BigInt(records.at(-1)?.id ?? 1);
  view.setBigUint64(8, first, true);
  view.setBigUint64(16, final, true);
  view.setBigUint64(24, first, true);
  view.setBigUint64(32, final, true);
  view.setUint32(40, 128, true);
  view.setUint32(44, last, true);
  view.setUint32(48, chunk.at, true);
  view.setUint32(120, 1, true);
  sealChunk(chunk.bytes, 0);
  return chunk.bytes;
}

export function buildFile(...chunks: readonly Uint8Array[]): Uint8Array {
  const file = new Uint8Array(4096 + chunks.length * 65536);
  const view = new DataView(file.buffer);
  file.set(Buffer.from('ElfFile\0'));
  view.setBigUint64(16, BigInt(Math.max(0, chunks.length - 1)), true);
  view.setBigUint64(24, 1000n, true);
  view.setUint32(32, 128, true);
  view.setUint16(36, 1, true);
  view.setUint16(38, 3, true);
  view.setUint16(40, 4096, true);
  view.setUint16(42, chunks.length, true);
  view.setUint32(124, crc32(file.subarray(0, 120)), true);
  chunks.forEach((chunk, i) => {
    file.set(chunk, 4096 + i * 65536);
  });
  return file;
}

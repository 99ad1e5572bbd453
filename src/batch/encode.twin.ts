/** The encoder in the plainest way, for its test: maps and lists, one number at a time. */
import type { BatchMeta } from './encode.ts';
import { FRAME_BYTES_MAX, FrameWriter, HEADER_BYTES, widthOf } from './frame.ts';
import { labelBytes, sealFrame } from './head.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, ELEMENT, KEY, type Kernel, OPEN_ARRAY, OPEN_OBJECT } from './kernel.ts';
import { ARRAY, CLOSE, FIRST_KEY, ITEM, OBJECT } from './shape-tokens.ts';

/** A shape of the scan result, as the kernel numbers columns. */
interface ScannedShape {
  /** Tokens of frame.ts, but with the kernel's columns. */
  readonly tokens: number[];
  readonly columns: number[];
}

const TOKENS: Readonly<Record<number, number>> = {
  [OPEN_OBJECT]: OBJECT,
  [OPEN_ARRAY]: ARRAY,
  [CLOSE_OBJECT]: CLOSE,
  [CLOSE_ARRAY]: CLOSE,
  [ELEMENT]: ITEM,
};

/** More than any one number of the frame takes. */
const NUMBER_BYTES = 5;

function shapeOf(kernel: Kernel, node: number): ScannedShape {
  const { words } = kernel;
  const root = kernel.get('nodes');
  const chain: number[] = [];
  for (let at = node; at !== root; at = words[(at >> 2) + 7]) chain.push(at >> 2);
  const tokens: number[] = [];
  const columns: number[] = [];
  for (let i = chain.length - 1; i >= 0; i--) {
    const type = words[chain[i] + 3];
    const column = words[chain[i] + 6];
    if (type !== KEY) {
      tokens.push(TOKENS[type]);
      if (type === ELEMENT) columns.push(column);
      continue;
    }
    tokens.push(FIRST_KEY + column - 1);
    const next = i === 0 ? 0 : words[chain[i - 1] + 3];
    if (next !== OPEN_OBJECT && next !== OPEN_ARRAY) columns.push(column);
  }
  return { tokens, columns };
}

interface FrameColumn {
  readonly parent: number;
  /** The key's token in kernel memory. */
  readonly address: number;
  readonly length: number;
  /** Entries of the kernel's dictionary, in order of first use. */
  readonly entries: number[];
  readonly codes: number[];
}

/** Rows of one frame while they are gathered. */
class Draft {
  readonly #kernel: Kernel;
  /** Kernel's column → number in the frame, from 1. */
  readonly #numbers = new Map<number, number>([[0, 0]]);
  readonly columns: FrameColumn[] = [];
  /** Node → number, and column of each value. */
  readonly #shapes = new Map<number, { readonly number: number; readonly columns: readonly FrameColumn[] }>();
  readonly shapes: number[][] = [];
  readonly rowShapes: number[] = [];
  /** Entry → code + 1 in its column. */
  readonly #codes: Uint16Array;
  /** No less than what the frame will take. */
  size: number;
  earliest = Number.NaN;
  latest = Number.NaN;

  constructor(kernel: Kernel, labels: number) {
    this.#kernel = kernel;
    this.#codes = new Uint16Array(kernel.get('entryCount'));
    this.size = HEADER_BYTES + labels + 8 * NUMBER_BYTES;
  }

  /** No less than what the row will add. */
  bound(shape: ScannedShape, lineLength: number): number {
    return lineLength + NUMBER_BYTES * (2 + shape.tokens.length * 4) + shape.columns.length * (NUMBER_BYTES + 3);
  }

  add(node: number, shape: ScannedShape, firstCode: number, time: number | null): void {
    const { words } = this.#kernel;
    const entries = this.#kernel.get('entries') >> 2;
    let known = this.#shapes.get(node);
    if (known === undefined) {
      known = this.#newShape(shape);
      this.#shapes.set(node, known);
    }
    const { number, columns } = known;
    this.rowShapes.push(number);
    let size = 2 + 2 * columns.length;
    for (let i = 0; i < columns.length; i++) {
      const entry = words[firstCode + i];
      const column = columns[i];
      let code = this.#codes[entry];
      if (code === 0) {
        code = column.entries.push(entry);
        this.#codes[entry] = code;
        size += words[entries + entry * 8 + 1] + 1 + NUMBER_BYTES;
      }
      column.codes.push(code - 1);
    }
    this.size += size;
    if (time !== null) {
      this.earliest = this.earliest <= time ? this.earliest : time;
      this.latest = this.latest >= time ? this.latest : time;
    }
  }

  #newShape(shape: ScannedShape): { number: number; columns: FrameColumn[] } {
    const tokens = shape.tokens.map((token) =>
      token < FIRST_KEY ? token : FIRST_KEY + this.#number(token - FIRST_KEY + 1) - 1,
    );
    this.size += NUMBER_BYTES + tokens.length * 3;
    const columns = shape.columns.map((column) => this.columns[this.#number(column) - 1]);
    return { number: this.shapes.push(tokens) - 1, columns };
  }

  /** The frame's number of a kernel column; its parent's comes first. */
  #number(column: number): number {
    const known = this.#numbers.get(column);
    if (known !== undefined) return known;
    const { words } = this.#kernel;
    const w = (this.#kernel.get('columns') >> 2) + column * 4;
    const parent = this.#number(words[w]);
    const length = words[w + 2];
    const number = this.columns.push({ parent, address: words[w + 1], length, entries: [], codes: [] });
    this.#numbers.set(column, number);
    this.size += length + 3 * NUMBER_BYTES;
    return number;
  }

  write(labels: Uint8Array): ArrayBuffer {
    const { bytes, words } = this.#kernel;
    const entries = this.#kernel.get('entries') >> 2;
    const out = new FrameWriter(Math.min(this.size, FRAME_BYTES_MAX));
    out.room(HEADER_BYTES);
    out.length = HEADER_BYTES;
    out.put(labels);
    out.varint(this.columns.length);
    for (const { parent, address, length } of this.columns) {
      out.varint(parent);
      out.varint(length);
      out.put(bytes.subarray(address, address + length));
    }
    out.varint(this.shapes.length);
    for (const tokens of this.shapes) {
      out.varint(tokens.length);
      for (const token of tokens) out.varint(token);
    }
    const shapeWidth = widthOf(this.shapes.length);
    out.codes(this.rowShapes, shapeWidth);
    for (const column of this.columns) {
      const kindOf = (entry: number): number => words[entries + entry * 8 + 2] & 0xff;
      out.varint(column.entries.length);
      if (column.entries.length === 0) continue;
      const kind = kindOf(column.entries[0]);
      const uniform = column.entries.every((entry) => kindOf(entry) === kind);
      out.byte(uniform ? kind : 0);
      if (!uniform) for (const entry of column.entries) out.byte(kindOf(entry));
      for (const entry of column.entries) out.varint(words[entries + entry * 8 + 1]);
      out.codes(column.codes, widthOf(column.entries.length));
      for (const entry of column.entries) {
        out.copy(bytes, words[entries + entry * 8], words[entries + entry * 8 + 1]);
      }
    }
    const frame = out.finish();
    if (frame.byteLength > FRAME_BYTES_MAX && this.rowShapes.length > 1) throw new Error('a frame was cut too late');
    sealFrame(new Uint8Array(frame), this.rowShapes.length, this);
    return frame;
  }
}

/** What `encodeBatch` should make. */
export function encodePlainly(kernel: Kernel, meta: BatchMeta): ArrayBuffer[] {
  const labels = labelBytes(meta);
  const leftOut = new Set(meta.leaveOut);
  const frames: ArrayBuffer[] = [];
  const shapes = new Map<number, ScannedShape>();
  const { words } = kernel;
  const rows = kernel.get('rows') >> 2;
  const codes = kernel.get('codes') >> 2;
  const rowCount = kernel.get('rowCount');
  let draft = new Draft(kernel, labels.length);
  for (let row = 0; row < rowCount; row++) {
    const w = rows + row * 4;
    const node = words[w];
    if (leftOut.has(row)) continue;
    let shape = shapes.get(node);
    if (shape === undefined) {
      shape = shapeOf(kernel, node);
      shapes.set(node, shape);
    }
    if (draft.rowShapes.length > 0 && draft.size + draft.bound(shape, words[w + 3]) > FRAME_BYTES_MAX) {
      frames.push(draft.write(labels));
      draft = new Draft(kernel, labels.length);
    }
    draft.add(node, shape, codes + words[w + 1], meta.timeOf?.(row) ?? null);
  }
  if (draft.rowShapes.length > 0) frames.push(draft.write(labels));
  return frames;
}

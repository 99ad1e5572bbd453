/**
 * Host of the WASM kernel (kernel/): one instance per worker. Gives bytes in, rows out, and reads values back. The layout of
 * rows, entries, nodes and columns is the kernel's (kernel/scan.ts, kernel/shapes.ts).
 */
import { fileURLToPath } from 'node:url';
import { randomBytes, readBytes, setUpV8 } from '../base/index.ts';
import { damaged, ROWS_MAX } from './frame.ts';
import { type GatherHost, type GroupExports, NO_GATHERING } from './group.ts';
import { type BatchHeader, checkLength, checksumOf, openHead } from './head.ts';
import type { HuntExports } from './hunt.ts';
import { STRING } from './kinds.ts';
import { rowText } from './row-text.ts';
import { decodeToken } from './token.ts';

export * from './kinds.ts';

/** What the kernel asks of the engine while it evaluates. */
export interface KernelHost {
  /** Writes the folded text of a raw token to `scratch`; returns its length in bytes. */
  fold(kind: number, address: number, length: number): number;
  /** Whether the raw token satisfies residual test `id`. */
  residual(id: number, kind: number, address: number, length: number): boolean;
  /** Address of the record that describes the shape ending in `node`. */
  shape(node: number): number;
  /** Address of the plan for a shape record and the atoms of its discriminators. */
  plan(record: number, a: number, b: number, c: number, d: number): number;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  init(a: bigint, b: bigint): void;
  alloc(size: number): number;
  scan(from: number, end: number, bytesMax: number): number;
  clearBatch(): void;
  evaluate(from: number, first: number): number;
  planOf(row: number): number;
  encode(from: number, labelBytes: number): number;
  crc32(address: number, length: number): number;
  open(from: number, to: number, rows: number): number;
  setScratch(address: number, size: number): void;
  resetShapes(): void;
  forgetShapes(): void;
  resetSpaced(): void;
  resetPlans(): void;
  readonly shapesFull: WebAssembly.Global<'i32'>;
  readonly [region: string]: unknown;
}

type Region =
  | 'allocated'
  | 'nodes'
  | 'nodeCount'
  | 'columns'
  | 'columnCount'
  | 'entries'
  | 'entryCount'
  | 'codes'
  | 'codeCount'
  | 'rows'
  | 'rowCount'
  | 'errors'
  | 'errorCount'
  | 'blankCount'
  | 'spaced'
  | 'frame'
  | 'frameLength'
  | 'frameRows'
  | 'labels'
  | 'leftOut'
  | 'hits'
  | 'hitCount'
  | 'unwraps'
  | 'unwrapCount'
  | 'scratch'
  | 'scratchSize'
  | 'swept'
  | 'foldTable'
  | 'matched'
  | 'cacheHits'
  | 'candidates'
  | 'texts'
  | 'EMPTY';

/** Why a line is no event; index is the kernel's reason. */
export const REASONS: readonly string[] = [
  '',
  'expected an object ({…})',
  'expected a key in double quotes',
  'expected a colon after the key',
  'expected a value',
  'a string holds a bad escape or a control character, or does not end',
  'not a number',
  'expected a comma or the end of the object or array',
  'nested deeper than 64 levels',
  'more values than a batch can hold',
  'text after the event',
  'more keys and elements than a batch can hold',
];

export interface ScanError {
  /** Byte offset of the line in the input handed to `load`, and of the place in the line. */
  readonly line: number;
  readonly at: number;
  readonly length: number;
  readonly reason: string;
  /** Events scanned in this batch before it. */
  readonly row: number;
}

/** What `open` answers when the shapes of earlier input leave no room for those of a frame. */
const SHAPES_FULL = 1;
/** What else is wrong with a frame; index is the kernel's answer. */
const DAMAGES: readonly string[] = [
  '',
  '',
  'it ends early',
  'a number in it is too large',
  'a key is no JSON string',
  'its keys or the paths of its columns are too long',
  'a column stands in it twice',
  'a shape is no event',
  'its shapes have too many nodes',
  'it has too many values',
  'a code has no dictionary entry',
  'a value is no JSON token',
  'a row takes too many bytes',
  'something follows its last column',
];

const SENTINEL = Uint8Array.of(0x0a, 0x22, 0x5d);
const PADDING = 128;
const SHAPE_BLOCK = 1 << 18;

/** The compiled kernel; shared between threads. */
export function loadKernelModule(): WebAssembly.Module {
  return new WebAssembly.Module(kernelBytes());
}

/** The same, compiled on other threads. */
export async function compileKernelModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(kernelBytes());
}

function kernelBytes(): Uint8Array {
  setUpV8();
  return readBytes(fileURLToPath(new URL('../../dist/kernel.wasm', import.meta.url)));
}

export class Kernel {
  readonly #exports: Exports;
  readonly #globals: Record<string, WebAssembly.Global<'i32'>>;
  #input = 0;
  #capacity = 0;
  #length = 0;
  #end = 0;
  #next = 0;
  /** What `load` was given, while not all of it is in the kernel. */
  #source: Uint8Array | null = null;
  /** Offset in it of the input region. */
  #offset = 0;
  /** Text of a row of an opened frame. */
  #text: { readonly row: number; readonly bytes: Uint8Array } | null = null;
  /** Blocks for what hangs on shapes, used anew after each reset. */
  readonly #blocks: { readonly at: number; readonly size: number }[] = [];
  #block = -1;
  #blockUsed = 0;
  /**
   * Input after which a batch ends. With 512 KiB all of a batch stays in L2; for frames that are kept, larger ones share more.
   */
  batchBytes = 512 * 1024;
  /** Views of the memory; replaced when it grows. */
  bytes: Uint8Array = new Uint8Array();
  words: Uint32Array = new Uint32Array();
  /**
   * Where rows, codes and values of the batch at hand stand, as indices of `words`: what is read of every row must not ask a global
   * of the kernel each time, which takes 40 ns.
   */
  rowsAt = 0;
  codesAt = 0;
  entriesAt = 0;

  constructor(module: WebAssembly.Module, host: KernelHost, capacity: number) {
    const instance = new WebAssembly.Instance(module, {
      host: {
        fold: host.fold,
        residual: (id: number, kind: number, address: number, length: number) =>
          host.residual(id, kind, address >>> 0, length >>> 0) ? 1 : 0,
        shape: (node: number) => host.shape(node >>> 0),
        plan: (record: number, a: number, b: number, c: number, d: number) => host.plan(record >>> 0, a, b, c, d),
        gatherValue: (entry: number) => this.gathering.value(entry),
        gatherColumn: (column: number, kind: number) => this.gathering.column(column, kind),
        gatherNode: (node: number) => this.gathering.node(node >>> 0),
        gatherShape: (node: number, kinds: number, slots: number) =>
          this.gathering.shape(node >>> 0, kinds >>> 0, slots),
        gatherRow: (row: number) => this.gathering.row(row),
      },
    });
    this.#exports = instance.exports as unknown as Exports;
    this.#globals = instance.exports as unknown as Record<string, WebAssembly.Global<'i32'>>;
    const seed = new BigUint64Array(new Uint8Array(randomBytes(16)).buffer);
    this.#exports.init(seed[0], seed[1]);
    this.refresh();
    this.reserve(capacity);
  }

  get(region: Region): number {
    return this.#globals[region].value >>> 0;
  }

  /** Must follow anything that may grow memory or move what it holds. */
  refresh(): void {
    this.rowsAt = this.get('rows') >> 2;
    this.codesAt = this.get('codes') >> 2;
    this.entriesAt = this.get('entries') >> 2;
    if (this.bytes.buffer === this.#exports.memory.buffer) return;
    this.bytes = new Uint8Array(this.#exports.memory.buffer);
    this.words = new Uint32Array(this.#exports.memory.buffer);
  }

  /** @returns address of `size` zeroed bytes, 64-byte aligned */
  alloc(size: number): number {
    const at = this.#exports.alloc(size) >>> 0;
    if (at === 0) throw new Error(`the kernel cannot have ${size} more bytes of memory`);
    this.refresh();
    return at;
  }

  /**
   * `size` bytes that live until all shapes are forgotten, 16-byte aligned, not zeroed: hostile input makes new shapes for
   * ever, so what describes them must not pile up.
   */
  allocForShapes(size: number): number {
    const rounded = (size + 15) & ~15;
    while (this.#block < 0 || this.#blockUsed + rounded > this.#blocks[this.#block].size) {
      this.#block++;
      this.#blockUsed = 0;
      if (this.#block < this.#blocks.length) continue;
      const length = Math.max(SHAPE_BLOCK, rounded);
      this.#blocks.push({ at: this.alloc(length), size: length });
    }
    const at = this.#blocks[this.#block].at + this.#blockUsed;
    this.#blockUsed += rounded;
    return at;
  }

  /** Has all shapes forgotten before the next batch. */
  forgetShapes(): void {
    this.#exports.forgetShapes();
  }

  /** Makes room for `size` bytes of input and for their folded form. */
  reserve(size: number): void {
    if (size > this.#capacity) {
      // Doubling keeps what outgrown regions leave behind below the size of the last one.
      this.#capacity = Math.max(size, this.#capacity * 2);
      this.#input = this.alloc(this.#capacity + PADDING);
    }
    // Folding lengthens text by half at most.
    this.reserveScratch(this.#capacity + (this.#capacity >> 1));
  }

  /** Gives the kernel the case folding of the basic plane: unit → folded unit. */
  setFolding(units: Uint16Array): void {
    this.bytes.set(new Uint8Array(units.buffer, units.byteOffset, units.byteLength), this.get('foldTable'));
  }

  /** Makes room for `size` bytes of one folded value. */
  reserveScratch(size: number): void {
    if (size + PADDING > this.get('scratchSize')) {
      this.#exports.setScratch(this.alloc(size + PADDING), size + PADDING);
    }
  }

  /** Where `size` bytes of input may be written before `begin(size)`: for reading a file straight into the kernel. */
  inputBuffer(size: number): Uint8Array {
    this.reserve(size + 1);
    return this.bytes.subarray(this.#input, this.#input + size);
  }

  /** Takes the `length` bytes in the input buffer as lines; the last may lack its newline. */
  begin(length: number): void {
    this.#source = null;
    this.#length = length;
    this.#next = this.#input;
    this.#endAt(this.#input + length);
    this.#offset = 0;
  }

  /** Takes `bytes` as lines; they must not change until all of them are scanned. */
  load(bytes: Uint8Array): void {
    this.inputBuffer(bytes.length);
    this.#source = bytes;
    this.#length = bytes.length;
    this.#next = this.#input;
    this.#end = this.#input;
    this.#offset = 0;
  }

  #endAt(end: number): void {
    this.bytes.set(SENTINEL, end);
    this.bytes.fill(0, end + SENTINEL.length, end + PADDING);
    this.#end = end;
  }

  /**
   * Copies what the next batch may take, and no more: what is copied long before it is scanned has left the cache by then. Where
   * all copied so far is scanned, its place is used anew.
   */
  #copyBatch(source: Uint8Array): void {
    if (this.#next === this.#end) {
      this.#offset += this.#end - this.#input;
      this.#next = this.#input;
      this.#end = this.#input;
    }
    const from = this.offset(this.#end);
    const wanted = this.offset(this.#next) + this.batchBytes;
    if (from > wanted) return;
    const newline = wanted < source.length ? source.indexOf(0x0a, wanted) : -1;
    const to = newline < 0 ? source.length : newline + 1;
    this.bytes.set(source.subarray(from, to), this.#end);
    this.#endAt(this.#end + to - from);
    if (to === source.length) this.#source = null;
  }

  /**
   * Scans the next batch of the input; false when there is none left. A batch may be empty (only blank lines; shapes that had
   * to be forgotten first).
   */
  scan(): boolean {
    if (this.#source !== null) this.#copyBatch(this.#source);
    if (this.#next >= this.#end) return false;
    if (this.#exports.shapesFull.value !== 0) this.#resetShapes();
    this.#exports.resetSpaced();
    this.#next = this.#exports.scan(this.#next, this.#end, this.batchBytes) >>> 0;
    this.refresh();
    return true;
  }

  #resetShapes(): void {
    this.#exports.resetShapes();
    this.#exports.resetPlans();
    this.#block = -1;
    this.gathering.shapesReset();
    this.onShapesReset();
  }

  /**
   * Opens a frame (a copy of it) in place of a batch of lines: its rows are there as after `scan`, but have no lines of their own.
   * @param isVerified another checksum over all of it was found right a moment ago
   * @throws WeirError `batch.damaged`, `batch.version`; then there are no rows
   */
  openFrame(frame: Uint8Array, isVerified = false): BatchHeader {
    checkLength(frame.length);
    const input = this.inputBuffer(frame.length);
    input.set(frame);
    this.begin(frame.length);
    this.#next = this.#end;
    this.#exports.clearBatch();
    this.#text = null;
    const { header, end } = openHead(input, (bytes) => (isVerified ? checksumOf(frame) : this.crc32(bytes)));
    if (this.#exports.shapesFull.value !== 0) this.#resetShapes();
    const open = () => this.#exports.open(this.#input + end, this.#end, header.rows);
    let wrong = open();
    if (wrong === SHAPES_FULL) {
      this.#resetShapes();
      wrong = open();
    }
    this.refresh();
    if (wrong !== 0) throw damaged(DAMAGES[wrong] ?? 'it is no frame');
    return header;
  }

  /** The frame that `openFrame` was given, as it stands in the kernel's memory; valid until the next input. */
  get opened(): Uint8Array {
    return this.bytes.subarray(this.#input, this.#input + this.#length);
  }

  /** What rows are gathered for (src/store/segment); null: for nothing. */
  gathering: GatherHost = NO_GATHERING;

  /** What gathers rows of many frames into the columns of a row group. */
  get group(): GroupExports {
    return this.#exports as unknown as GroupExports;
  }

  /** What puts stored columns before matchers. */
  get hunt(): HuntExports {
    return this.#exports as unknown as HuntExports;
  }

  /** Called when all shapes are forgotten; addresses of nodes and columns start anew. */
  onShapesReset: () => void = () => {};

  /** Evaluates rows from `from`; returns the first row not evaluated. Hits are in `hits`. */
  evaluate(from: number, first: boolean): number {
    const row = this.#exports.evaluate(from, first ? 1 : 0);
    this.refresh();
    return row;
  }

  /** Address of the plan (see `KernelHost.plan`) by which a row was evaluated. */
  planOf(row: number): number {
    return this.#exports.planOf(row) >>> 0;
  }

  /** Rows that `encode` passes over; those given before are in again. */
  leaveOut(rowNumbers: Iterable<number>): void {
    const at = this.get('leftOut');
    this.bytes.fill(0, at, at + (ROWS_MAX >> 3));
    for (const row of rowNumbers) {
      if (!(Number.isInteger(row) && row >= 0 && row < ROWS_MAX)) throw new RangeError(`no row ${row}`);
      this.bytes[at + (row >> 3)] |= 1 << (row & 7);
    }
  }

  /**
   * Makes a frame of as many rows from `from` on as fit; returns the row to go on with. It is in `frame`, all but the fixed
   * part of its header; `frameRows` is 0 where no row was left. Its users are `encodeBatch` and `encodeFrames`.
   */
  encode(from: number, labels: Uint8Array): number {
    this.bytes.set(labels, this.get('labels'));
    const row = this.#exports.encode(from, labels.length);
    this.refresh();
    if (this.get('frameRows') > 0 && this.get('frameLength') === 0)
      throw new Error('the kernel cannot have memory for a frame');
    return row;
  }

  /** CRC-32 of bytes of the kernel's memory. */
  crc32(view: Uint8Array): number {
    return this.#exports.crc32(view.byteOffset, view.length) >>> 0;
  }

  /** Offset of an input address. */
  offset(address: number): number {
    return address - this.#input + this.#offset;
  }

  get consumed(): number {
    return this.offset(this.#next);
  }

  get length(): number {
    return this.#length;
  }

  /** Lines of this batch that are no events. */
  errors(): ScanError[] {
    const count = this.get('errorCount');
    const found: ScanError[] = [];
    for (let i = 0; i < count; i++) {
      const w = (this.get('errors') >> 2) + i * 4;
      found.push({
        line: this.offset(this.words[w]),
        at: this.words[w + 1],
        reason: REASONS[this.words[w + 2] & 0xff] ?? 'not JSON',
        length: this.words[w + 3],
        row: this.words[w + 2] >>> 8,
      });
    }
    return found;
  }

  /**
   * What the input of this batch is besides its events' tokens: nothing but a newline after each (`lines`), carriage returns or
   * lines that are none as well (`tokens`: each row's line is nothing but tokens), or white space within events (`spaced`).
   */
  get spacing(): 'lines' | 'tokens' | 'spaced' {
    const spaced = this.get('spaced');
    if ((spaced & 1) !== 0) return 'spaced';
    return spaced + this.get('blankCount') + this.get('errorCount') === 0 ? 'lines' : 'tokens';
  }

  /** The raw bytes of row `row`'s line; a view, valid until the next `load`. Of a row of a frame its text without white space. */
  line(row: number): Uint8Array {
    const w = (this.get('rows') >> 2) + row * 4;
    if (this.words[w + 2] === 0) {
      // Several rules ask for one row after the other.
      if (this.#text?.row !== row) this.#text = { row, bytes: rowText(this, row) };
      return this.#text.bytes;
    }
    return this.bytes.subarray(this.words[w + 2], this.words[w + 2] + this.words[w + 3]);
  }

  /** Between these addresses texts stand as they are, not as tokens (kernel/hunt.ts). */
  textsFrom = 0;
  textsTo = 0;

  /** Decoded text of a raw scalar token (between the quotes, for a string). */
  text(kind: number, address: number, length: number): string {
    const isToken = kind === STRING && !(address >= this.textsFrom && address < this.textsTo);
    return decodeToken(isToken, this.bytes, address, length);
  }

  /** The raw key of a shape node or column, decoded. */
  key(address: number, length: number): string {
    return decodeToken(true, this.bytes, address, length);
  }
}

/** The part of the kernel that makes row groups of frames (kernel/gather.ts, kernel/group.ts): what it gives and what it asks. */

/** Kinds of columns, as the kernel numbers them. */
export const GROUP_KINDS = {
  string: 1,
  integer: 2,
  float: 3,
  boolean: 4,
  list: 5,
  null: 6,
  /** The token as written, of a value that is not spelt as weir would spell it. */
  raw: 7,
  /** Added to the kind of such a value. */
  odd: 16,
} as const;

/** What the kernel asks while rows are gathered. */
export interface GatherHost {
  /** Answers with `setFound` for a value of the frame at hand that is not plain. */
  value(entry: number): void;
  /** @returns number of the column for values of `kind` of a column of the kernel */
  column(column: number, kind: number): number;
  /** @returns 1: rows of this shape are plain; 2: `row` takes them */
  node(node: number): number;
  /** @returns number of the shape of rows with this node and these kinds of values */
  shape(node: number, kindsAt: number, slots: number): number;
  row(row: number): void;
  /** Nodes and columns of the kernel begin anew. */
  shapesReset(): void;
}

type Region = WebAssembly.Global<'i32'>;

/** Layouts are in kernel/gather.ts. */
export interface GroupExports {
  initGather(bytes: number, entries: number, rows: number, values: number, columns: number, shapes: number): number;
  clearGather(columns: number, shapes: number): void;
  forgetGather(): void;
  boundGather(bytes: number, entries: number, rows: number, values: number): void;
  stopGather(): void;
  /** @returns the row to go on with once the group was written */
  gather(frame: number, from: number): number;
  internBytes(column: number, address: number, length: number, escaped: number): number;
  /** @returns its kind; its codes stand at `foundAt` */
  takeValue(entry: number): number;
  foundAt(): number;
  setFound(entry: number, kind: number, code: number, rawCode: number): void;
  addRow(shape: number, row: number, frame: number): void;
  addCode(code: number): void;
  internTexts(column: number, bytes: number, starts: number, ends: number, count: number, to: number): void;
  internIntegers(column: number, values: number, count: number, to: number): void;
  addCodes(rows: number, width: number): number;
  addStored(shape: number, first: number, row: number, frame: number, time: number): void;
  readonly gatherCodes: Region;
  readonly gatherColumns: Region;
  readonly gatherEntryCount: Region;
  readonly gatherRowCount: Region;
  readonly gatherShapes: Region;
  readonly gatherBytes: Region;
  readonly gatherCodeCount: Region;
  readonly gatherTimes: Region;
  initGroup(rows: number, shapes: number, pageBytes: number, values: number): number;
  initOwn(rows: number, frames: number): number;
  orderRows(shapes: number): void;
  beginColumn(uses: number, width: number, plain: number, entries: number, boolean: number, terms: number): void;
  nextPage(rows: number, bytes: number): number;
  entriesOf(column: number, to: number): void;
  dictionary(from: number, count: number): void;
  ownPage(which: number): void;
  /** Pages of a value a shape: codes (u32, from 1; 0: none) stand at `codes`. */
  typePage(shapes: number, width: number, codes: number): void;
  shapePage(shapes: number, width: number): void;
  /** Rows of one group, and most values of one dictionary. */
  initDigest(rows: number, entries: number): number;
  /** Of bytes: kernel/digest.ts. */
  digestOf(address: number, length: number, begin: bigint): bigint;
  clearDigest(): void;
  beginDigest(): void;
  digestColumn(column: bigint): void;
  digestNumbers(from: number, count: number): void;
  digestGroup(shapes: number, digests: number): void;
  digestTexts(bytes: number, starts: number, ends: number, count: number, to: number, column: bigint): void;
  digestStored(count: number, values: number, positions: number, rows: number, received: number, times: number): void;
  readonly digestLow: WebAssembly.Global<'i64'>;
  readonly digestHigh: WebAssembly.Global<'i64'>;
  initTerms(): number;
  clearTerms(): void;
  /** Terms are counted, and in filters, from then on. */
  settleTerms(): void;
  termFilter(to: number, blocks: number): void;
  readonly termCount: Region;
  readonly termsPartial: Region;
  readonly numbersPartial: Region;
  readonly page: Region;
  readonly pageLength: Region;
  readonly pageValues: Region;
  readonly uses: Region;
  readonly shapeFirsts: Region;
  readonly frames: Region;
  readonly unbounded: Region;
  readonly leastAt: Region;
  readonly leastLength: Region;
  readonly greatestAt: Region;
  readonly greatestLength: Region;
  readonly numberMin: WebAssembly.Global<'i64'>;
  readonly numberMax: WebAssembly.Global<'i64'>;
}

const never = (): never => {
  throw new Error('rows are gathered for nobody');
};

export const NO_GATHERING: GatherHost = {
  value: never,
  column: never,
  node: never,
  shape: never,
  row: never,
  shapesReset: () => {},
};

/** The part of the kernel that puts stored columns before matchers (kernel/hunt.ts). Addresses are of the kernel's memory. */
export interface HuntExports {
  initHunt(entries: number, textBytes: number, tokenBytes: number): number;
  beginHunt(): void;
  clearHuntRows(): void;
  /** Where so many bytes of texts may be put; 0: there is no room. */
  huntRoom(bytes: number): number;
  /** @returns number of the first entry; 0: there is no room. The texts stay where they are. */
  huntStrings(bytes: number, starts: number, ends: number, count: number): number;
  huntTokens(bytes: number, starts: number, ends: number, count: number): number;
  huntIntegers(values: number, count: number): number;
  /** Combinations are of one plan. */
  beginPlan(): void;
  joinValues(
    codes: number,
    from: number,
    rows: number,
    count: number,
    first: number,
    matcher: number,
    keys: number,
  ): void;
  joinKeywords(
    codes: number,
    from: number,
    rows: number,
    count: number,
    first: number,
    matcher: number,
    patterns: number,
    keys: number,
  ): void;
  /** @returns how many texts are marked: those that were, and those that may hold a keyword */
  sweepTexts(bytes: number, starts: number, ends: number, count: number, matcher: number, marks: number): number;
  /** @returns 0: no integer holds a keyword */
  sweepIntegers(matcher: number): number;
  joinSwept(
    hot: number,
    hotCount: number,
    from: number,
    rows: number,
    count: number,
    first: number,
    matcher: number,
    patterns: number,
    keys: number,
  ): void;
  /** @returns how many rows are marked */
  judgeRows(plan: number, keys: number, count: number, marks: number): number;
  /** @returns where the codes of the row are to be put; 0: the batch is full */
  huntRow(node: number, values: number, rowsMax: number, codesMax: number): number;
  /** Where a text in small letters begins, whatever the case there; -1: nowhere (kernel/find.ts). */
  findText(at: number, length: number, from: number, text: number, textLength: number): number;
}

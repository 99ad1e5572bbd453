/** The kernel's exports; see kernel/README.md and src/batch/kernel.ts, its host. */
import { seedHashes } from './bytes';
import { initEncode } from './encode';
import { initEval } from './eval';
import { initMatch } from './match';
import { initOpen } from './open';
import { initScan } from './scan';
import { initShapes } from './shapes';

export { alloc, allocated } from './memory';
export { forgetShapes, resetShapes, shapesFull, nodes, nodeCount, columns, columnCount } from './shapes';
export {
  scan, clearBatch, entries, entryCount, codes, codeCount, rows, rowCount, errors, errorCount, blankCount, spaced, resetSpaced,
} from './scan';
export { setScratch, scratch, scratchSize, matched, cacheHits, swept, EMPTY } from './match';
export { findText } from './find';
export { foldTable } from './fold';
export { crc32 } from './crc';
export { encode, frame, frameLength, frameRows, labels, leftOut } from './encode';
export { open } from './open';
export { evaluate, planOf, hits, hitCount, unwraps, unwrapCount, resetPlans, candidates } from './eval';
export {
  addCode, addCodes, addRow, addStored, boundGather, clearGather, forgetGather, foundAt, gather, gatherBytes, gatherCodeCount,
  gatherCodes, gatherColumns, gatherEntryCount, gatherRowCount, gatherShapes, gatherTimes, initGather, internBytes, internIntegers,
  internTexts, setFound, stopGather, takeValue,
} from './gather';
export {
  beginDigest, clearDigest, digestColumn, digestHigh, digestLow, digestOf, digestStored, digestTexts, initDigest,
} from './digest';
export {
  beginColumn, dictionary, digestGroup, digestNumbers, entriesOf, frames, greatestAt, greatestLength, initGroup, initOwn, leastAt, leastLength, nextPage,
  numberMax, numberMin, orderRows, ownPage, page, pageLength, pageValues, shapeFirsts, shapePage, typePage, unbounded, uses,
} from './group';
export { clearTerms, initTerms, numbersPartial, settleTerms, termCount, termFilter, termsPartial } from './terms';
export {
  beginHunt, beginPlan, clearHuntRows, huntIntegers, huntRoom, huntRow, huntStrings, huntTokens, initHunt, joinKeywords, joinSwept,
  joinValues, judgeRows, sweepIntegers, sweepTexts, texts,
} from './hunt';

/** Lays out memory; once per instance. The two words seed the hashes. */
export function init(a: u64, b: u64): void {
  seedHashes(a, b);
  initShapes();
  initScan();
  initMatch();
  initEval();
  initEncode();
  initOpen();
}

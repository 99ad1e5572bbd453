/** L1: batches of events as columns with dictionaries, their codec, and the kernel that makes and matches them. */
export { crc32Combine } from './crc-combine.ts';
export { type BatchMeta, type EncodedFrame, eachFrame, encodeBatch, encodeFrames, type FrameRows } from './encode.ts';
export { EventBatch, openBatch, type TypedColumn } from './event-batch.ts';
export { FOUND_BYTES_MAX, placesOf } from './find.ts';
export { FRAME_BYTES_MAX } from './frame.ts';
export { type GatherHost, GROUP_KINDS, type GroupExports } from './group.ts';
export { type BatchHeader, type BatchLabels, headBytes, labelsAtStart } from './head.ts';
export type { HuntExports } from './hunt.ts';
export * from './kernel.ts';
export { eachElement } from './list.ts';
export { eachFrameIn, frameColumns, type Relabelled, type RelabelMeta, relabelFrame } from './relabel.ts';
export { ColumnPaths, columnsOf, type ShapeColumns, type Slot } from './shape-columns.ts';
export { decodeToken } from './token.ts';
export { type BatchValue, type ColumnKind, type Scalar, tokenValue } from './value.ts';
export { kernelWithoutRules } from './without-rules.ts';

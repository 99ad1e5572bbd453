/** L1: batches of events as columns with dictionaries, their codec, and the kernel that makes and matches them. */
export { crc32Combine } from './crc-combine.ts';
export { type BatchMeta, type EncodedFrame, eachFrame, encodeBatch, encodeFrames, type FrameRows } from './encode.ts';
export { EventBatch, openBatch, type TypedColumn } from './event-batch.ts';
export { FRAME_BYTES_MAX } from './frame.ts';
export type { BatchHeader, BatchLabels } from './head.ts';
export * from './kernel.ts';
export { eachElement } from './list.ts';
export { eachFrameIn, frameColumns, type Relabelled, type RelabelMeta, relabelFrame } from './relabel.ts';
export { decodeToken } from './token.ts';
export { type BatchValue, type ColumnKind, type Scalar, tokenValue } from './value.ts';

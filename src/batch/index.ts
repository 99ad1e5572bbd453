/** L1: batches of events as columns with dictionaries, their codec, and the kernel that makes and matches them. */
export { type BatchMeta, encodeBatch } from './encode.ts';
export { type BatchHeader, EventBatch, openBatch, type TypedColumn } from './event-batch.ts';
export { FRAME_BYTES_MAX } from './frame.ts';
export * from './kernel.ts';
export { eachElement } from './list.ts';
export { decodeToken } from './token.ts';
export type { BatchValue, ColumnKind, Scalar } from './value.ts';

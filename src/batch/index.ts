/** L1: batches of events as columns with dictionaries, and the kernel that makes and matches them. */
export * from './kernel.ts';
export { decodeToken } from './token.ts';

/** Numbers of the kernel (kernel/scan.ts, kernel/shapes.ts). */

/** Kinds of dictionary entries. */
export const STRING = 1;
export const NUMBER = 2;
export const BOOLEAN = 3;
export const NULL = 4;
/** An array of scalars, kept as one raw token. */
export const LIST = 5;

/** Types of shape nodes. */
export const KEY = 1;
export const OPEN_OBJECT = 2;
export const CLOSE_OBJECT = 3;
export const OPEN_ARRAY = 4;
export const CLOSE_ARRAY = 5;
export const ELEMENT = 6;

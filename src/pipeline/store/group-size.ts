/** Rows of a row group, and bytes of its distinct values: what one thread holds while it makes one. */
export const GROUP_SIZE = { rows: 1 << 17, bytes: 64 << 20 } as const;

/** What weir asks of an object store: whole objects in, ranges out. Each adapter passes contract.twin.ts. */

export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Errors are WeirErrors: `store.object_away` (not reached, or failing for longer than it is asked again), `store.object_refused`
 * (rights, names), `store.object_gone`, `store.object_damaged` (other bytes than were asked for), `store.object_key`.
 */
export interface ObjectStore {
  /** What errors call it; without keys. */
  readonly name: string;
  /** Whole, or not at all; in place of what was there. Durable when it returns. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Exactly `length` bytes (at least one) from `from` on. */
  get(key: string, from: number, length: number): Promise<Uint8Array>;
  /** Null when there is none. */
  head(key: string): Promise<ObjectInfo | null>;
  /** Those whose key begins so, by key in the order of bytes. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Fine when there is none. */
  delete(key: string): Promise<void>;
}

/**
 * The body of an Elasticsearch `_bulk` request: lines of actions, with a document behind each `index` and `create`. Documents of one
 * index are put together as lines; which line belongs to which action is kept, so that each can be answered.
 */
import { limits, turn } from '../base/index.ts';
import { Problem } from '../gateway/index.ts';
import { Refused } from '../ingest/index.ts';
import { isSource } from './door-kit.ts';

export interface BulkAction {
  readonly name: 'index' | 'create' | 'update' | 'delete';
  /** Null where neither action nor path names one. */
  readonly index: string | null;
  readonly id: string | null;
}

export interface BulkError {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** Documents of one index. */
export interface BulkGroup {
  readonly index: string;
  /** Number of the action of each line. */
  readonly actions: number[];
  /** Where the document of each line begins and ends in the body. */
  readonly spans: number[];
}

export interface Bulk {
  /** In the order of the body. */
  readonly actions: readonly BulkAction[];
  /** Those that are refused whatever the events are. */
  readonly refused: ReadonlyMap<number, BulkError>;
  readonly groups: readonly BulkGroup[];
}

const NEWLINE = 0x0a;
/** Lines read before others have their turn. */
const LINES_A_TURN = 10_000;
const ACTION_BYTES_MAX = 8 * 1024;
const NAMES: ReadonlySet<string> = new Set(['index', 'create', 'update', 'delete']);

const illegal = (what: string): Problem =>
  new Problem('http.invalid', what, {
    hint: 'Expected lines of {"index":{…}} or {"create":{…}}, each with a document on the line behind it.',
  });

/** Throws `http.invalid` where actions and documents cannot be told apart, `body.too_large` beyond the limits; nothing is taken then. */
export async function parseBulk(body: Uint8Array, defaultIndex: string | null): Promise<Bulk> {
  const actions: BulkAction[] = [];
  const refused = new Map<number, BulkError>();
  const groups = new Map<string, BulkGroup>();
  const lines = new Lines(body);
  let last: { text: Uint8Array; action: BulkAction } | null = null;
  while (lines.next()) {
    if (lines.blank) continue;
    const { text } = lines;
    // Most actions are those before, to the byte.
    if (last === null || Buffer.compare(last.text, text) !== 0) {
      last = { text, action: readAction(text, actions.length, defaultIndex) };
    }
    const { action } = last;
    const number = actions.push(action) - 1;
    if (actions.length > limits.bulkItemsMax) {
      throw new Refused('body.too_large', `there are more than ${limits.bulkItemsMax} actions`);
    }
    if (action.name === 'delete') {
      refused.set(number, NO_CHANGES);
      continue;
    }
    if (!lines.next()) throw illegal(`the last action, ${action.name}, has no document behind it`);
    const error = refusalOf(action, lines.blank);
    if (error !== null) refused.set(number, error);
    else if (action.index !== null) groupOf(groups, action.index).add(number, lines.start, lines.end);
    if (lines.count % LINES_A_TURN < 2) await turn();
  }
  return { actions, refused, groups: [...groups.values()] };
}

const NO_CHANGES: BulkError = {
  status: 400,
  type: 'illegal_argument_exception',
  reason: 'events are kept as they came: only index and create are possible',
};

function refusalOf({ name, index }: BulkAction, blank: boolean): BulkError | null {
  if (name === 'update') return NO_CHANGES;
  if (index === null) return { status: 400, type: 'action_request_validation_exception', reason: 'index is missing' };
  if (!isSource(index)) {
    const reason = 'the index becomes the source of its events: letters, digits and _ . : / -, at most 128';
    return { status: 400, type: 'invalid_index_name_exception', reason };
  }
  return blank ? { status: 400, type: 'document_parsing_exception', reason: 'the document is empty' } : null;
}

class Group implements BulkGroup {
  readonly index: string;
  readonly actions: number[] = [];
  readonly spans: number[] = [];

  constructor(index: string) {
    this.index = index;
  }

  add(action: number, start: number, end: number): void {
    this.actions.push(action);
    this.spans.push(start, end);
  }
}

function groupOf(groups: Map<string, BulkGroup>, index: string): Group {
  let group = groups.get(index) as Group | undefined;
  if (group === undefined) {
    if (groups.size === limits.bulkIndexesMax) {
      throw new Refused('body.too_large', `there are more than ${limits.bulkIndexesMax} indexes`);
    }
    group = new Group(index);
    groups.set(index, group);
  }
  return group;
}

/** The group's documents, one a line. */
export function documentsOf(body: Uint8Array, { spans }: BulkGroup): Uint8Array<ArrayBuffer> {
  let bytes = 1;
  for (let i = 0; i < spans.length; i += 2) bytes += spans[i + 1] - spans[i] + 1;
  const out = new Uint8Array(bytes);
  // Behind a blank line a byte order mark is none: the first document is what it says it is, like the others.
  let at = body[spans[0]] === 0xef ? 1 : 0;
  if (at > 0) out[0] = NEWLINE;
  for (let i = 0; i < spans.length; i += 2) {
    out.set(body.subarray(spans[i], spans[i + 1]), at);
    at += spans[i + 1] - spans[i];
    out[at++] = NEWLINE;
  }
  return at === out.length ? out : out.slice(0, at);
}

function readAction(text: Uint8Array, number: number, defaultIndex: string | null): BulkAction {
  const at = `action ${number + 1}`;
  if (text.length > ACTION_BYTES_MAX) throw illegal(`${at} has ${text.length} bytes`);
  let value: unknown = null;
  try {
    value = JSON.parse(Buffer.from(text).toString('utf8'));
  } catch {
    throw illegal(`${at} is no JSON`);
  }
  const [entry, ...more] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entry === undefined || more.length > 0 || !NAMES.has(entry[0])) {
    throw illegal(`${at} is none of index, create, update and delete`);
  }
  const [name, meta] = entry as [BulkAction['name'], unknown];
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) throw illegal(`${at} has no object of its own`);
  const { _index: index, _id: id } = meta as Record<string, unknown>;
  return { name, index: typeof index === 'string' ? index : defaultIndex, id: id == null ? null : String(id) };
}

/** The lines of a body, one after the other. */
class Lines {
  readonly #body: Buffer;
  start = 0;
  /** Without the newline. */
  end = -1;
  count = 0;

  constructor(body: Uint8Array) {
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.length);
  }

  next(): boolean {
    this.start = this.end + 1;
    if (this.start >= this.#body.length) return false;
    const newline = this.#body.indexOf(NEWLINE, this.start);
    this.end = newline < 0 ? this.#body.length : newline;
    this.count++;
    return true;
  }

  get text(): Uint8Array {
    return this.#body.subarray(this.start, this.end);
  }

  get blank(): boolean {
    for (let at = this.start; at < this.end; at++) {
      const byte = this.#body[at];
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
    }
    return true;
  }
}

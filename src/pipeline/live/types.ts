/** What the threads of the live server tell each other. Buffers are transferred. */
import type { HitColumns } from '../../detect/index.ts';
import type { Control } from './control.ts';

/** `frames`: `EventBatch` frames one after the other, of a sender that has scanned its events itself. */
export type BodyFormat = 'ndjson' | 'json' | 'frames';
export type BodyEncoding = 'identity' | 'gzip' | 'zstd' | 'lz4';

/** Who sent a request, by which door, and when. */
export interface Sender {
  readonly tenant: string;
  readonly source: string;
  readonly door: string;
  /** Id of the credential. */
  readonly credential: string;
  /** Id of the request, as its answer, log lines and traces have it. */
  readonly request: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** Bytes as they passed a place: how many, and their CRC-32. */
export interface Measure {
  readonly bytes: number;
  readonly crc: number;
}

/** One request's body. */
export interface Delivery extends Sender {
  /** Number of the unit it becomes in the journal, given by the main thread; not kept. */
  readonly unit: number;
  readonly format: BodyFormat;
  readonly encoding: BodyEncoding;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The body as it came off the wire, piece by piece. */
  readonly sent?: Measure;
  /** Hashes of an `Idempotency-Key` in its scope and of the body. */
  readonly key: { readonly key: string; readonly body: string } | null;
  /** False when detection lags: the rules are then run later, over what the journal has. */
  readonly evaluate: boolean;
  /** The request as it came, by the clock of all threads' stamps; for latency alone. Absent: `receivedAt`. */
  readonly receivedMs?: number;
  /** W3C trace context that the request came with. */
  readonly traceparent?: string | undefined;
  /** The shedding policy that leaves its events out: they are counted, and that is kept. Absent: they are taken. */
  readonly shed?: string | null;
  /** Asks what became of each event: the answer then has an `outcome`. */
  readonly itemized?: true | undefined;
  /** All of it or nothing: refused, with code and reason of the first, where one of its events would become a dead letter. */
  readonly whole?: true;
  /** Id of the policy its events are held to; null: none. */
  readonly policy: string | null;
  /** Id of what is masked in its events; absent or null: nothing. */
  readonly mask?: string | null;
}

/** What became of each event of a request that asked. */
export interface Outcome {
  /** Rows of each entry of events, the first of them at the request's position. */
  readonly entryRows: readonly number[];
  /** Events that became dead letters: their numbers in the request, ascending, and why. */
  readonly dead: readonly LetterNote[];
}

/** Why an event became a dead letter; `record` is its number in the request, from 0. */
export type LetterNote = Pick<DeadLetter, 'record' | 'code' | 'reason'>;

/** What the journal keeps of a request beside its events: JSON in its last entry. */
export interface Receipt {
  readonly door: string;
  readonly tenant: string;
  readonly source: string;
  readonly credential: string;
  readonly request: string;
  readonly at: number;
  /** Events as admission counted them, before anything read them. */
  readonly received: number;
  /** Events set aside as dead letters. */
  readonly dead: number;
  /** Events left out, by policy. */
  readonly filtered?: Readonly<Record<string, number>>;
  /** Decompressed bytes of the body. */
  readonly bytes: number;
  /** CRC-32 of the events as they came, bad ones among them, without the white space around them and a newline after each. */
  readonly crc: number;
  /** They came as frames: `crc` is that of the frames' columns, the bytes behind their labels. */
  readonly frames?: true;
  /** The CRC is over events without the white space within them. */
  readonly compact?: true;
  /** The body off the wire, and as the thread got it that reads it: compressed, if it is. */
  readonly sent?: Measure;
  readonly taken?: Measure;
  readonly key?: { readonly key: string; readonly body: string };
  /** Absent where the source was not validated. */
  readonly validation?: ReceiptValidation;
  /** Values of its events were masked before anything looked at them: `crc` is of the events as they are kept. */
  readonly masked?: ReceiptMask;
}

/** What was masked in a request. */
export interface ReceiptMask {
  /** Id of the policy. */
  readonly policy: string;
  /** Values that were replaced. */
  readonly values: number;
  /** Lines withheld whole, which are dead letters without their text. */
  readonly withheld: number;
}

/** What the events of a request came to under a policy. */
export interface ReceiptValidation {
  /** Id of the policy. */
  readonly policy: string;
  /** Events that were looked at: all but those that are no JSON. */
  readonly checked: number;
  /** Of them, those that are dead letters for it, and those that are kept although they do not pass. */
  readonly rejected: number;
  readonly warned: number;
  /** Check → events that do not pass it; `other` for checks beyond `receiptChecksMax`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** `lost` stands where repair could not save an entry. */
export type EntryKind = 'events' | 'dead' | 'control' | 'lost';

/** One entry of a unit on its way to the journal. */
export interface EntryDraft {
  readonly kind: Exclude<EntryKind, 'lost'>;
  readonly payload: ArrayBuffer;
  /** Rows of a frame of events; 0 of others. */
  readonly rows: number;
}

export interface UnitDraft {
  readonly unit: number;
  readonly receivedAt: number;
  readonly entries: readonly EntryDraft[];
  /** Null for what the server writes itself. */
  readonly receipt: Receipt | null;
}

/** One scanned batch with what the rules found in it. */
export interface EvaluatedBatch {
  readonly rows: number;
  /** Events times the rules of their lanes. */
  readonly evaluations: number;
  /** Row in the batch and rule of each hit; where its line ends in `lines`. */
  readonly hitRows: Uint32Array<ArrayBuffer>;
  readonly hitRules: Uint32Array<ArrayBuffer>;
  readonly hitEnds: Uint32Array<ArrayBuffer>;
  /** Event time of each hit; NaN for none. */
  readonly hitTimes: Float64Array<ArrayBuffer>;
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Base matches for correlations; `record` is the row in the batch. */
  readonly base: HitColumns | null;
  readonly lanes: readonly LaneRows[];
}

/** Events of a batch that are of one kind. */
export interface LaneRows {
  /** As `laneOf` reads it. */
  readonly lane: string;
  readonly rows: number;
  /** Columns that have not been told of yet, or not for some time. */
  readonly columns?: readonly string[];
  /** There are columns that are not told of. */
  readonly more?: true;
}

/** What one unit's events came to under the rules of `epoch`; 0 where no rules were run. */
export interface Evaluated {
  readonly unit: number;
  readonly epoch: number;
  /** Evaluated from the journal, because the detector asked. */
  readonly replayed?: true;
  readonly batches: readonly EvaluatedBatch[];
}

export interface DurableEntry {
  readonly kind: EntryKind;
  readonly rows: number;
  /** Largest event time of a frame of events; null: none has one. */
  readonly latest: number | null;
}

/** What a frame of events says at its beginning (batch/frame.ts). */
export function frameHead(
  bytes: ArrayBufferLike,
  offset = 0,
): { readonly rows: number; readonly latest: number | null } {
  const view = new DataView(bytes, offset);
  const latest = view.getFloat64(32, true);
  return { rows: view.getUint32(20, true), latest: Number.isNaN(latest) ? null : latest };
}

/** A unit that is on disk: its first entry's position. */
export interface DurableUnit {
  readonly unit: number;
  readonly first: number;
  readonly entries: readonly DurableEntry[];
  readonly receivedAt: number;
  readonly tenant: string;
  readonly source: string;
  readonly door: string;
  readonly control: Control | null;
  /** A door has evaluated it, and says so by itself. */
  readonly evaluating: boolean;
}

/** A dead letter as the journal keeps it: one JSON object a line. */
export interface DeadLetter {
  /** Number of the event in its request, from 0. */
  readonly record: number;
  readonly code: string;
  readonly reason: string;
  /** Its bytes in base64; of what is no event at most `deadLetterBytesMax` of them. */
  readonly raw: string;
  readonly length: number;
}

/** Header of a frame: fixed part, checksum, labels (frame.ts has the layout). */
import { crc32 } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import {
  CHECKED_FROM,
  damaged,
  FORMAT_VERSION,
  FRAME_BYTES_MAX,
  FrameReader,
  FrameWriter,
  HEADER_BYTES,
  LABEL_BYTES_MAX,
  MAGIC,
  OVERSIZED,
  ROW_BYTES_MAX,
  ROWS_MAX,
} from './frame.ts';

/** Whose events they are and what they were recognised by. */
export interface BatchLabels {
  readonly tenant: string;
  readonly source: string;
  /** Id of the mapping the events were recognised by; '' for none. */
  readonly mapping: string;
}

export interface BatchHeader extends BatchLabels {
  readonly rows: number;
  /** Earliest and latest event time, in milliseconds since 1970; null where no row has one. */
  readonly earliest: number | null;
  readonly latest: number | null;
  /** One row that is too large for an ordinary frame. */
  readonly oversized: boolean;
}

/** Event times of a frame's rows, in milliseconds since 1970; NaN where none has one. */
export interface TimeRange {
  readonly earliest: number;
  readonly latest: number;
}

const CHECKSUM_AT = 12;

type Checksum = (bytes: Uint8Array) => number;

/** Labels as they stand behind the header. */
export function labelBytes(labels: BatchLabels): Uint8Array {
  const out = new FrameWriter(256);
  for (const name of ['tenant', 'source', 'mapping'] as const) {
    const bytes = new TextEncoder().encode(labels[name]);
    if (bytes.length > LABEL_BYTES_MAX) {
      throw new WeirError(
        'batch.label',
        `the ${name} of events is ${bytes.length} bytes long, at most ${LABEL_BYTES_MAX} are possible`,
        {
          hint: `Give the ${name} a shorter name.`,
        },
      );
    }
    out.varint(bytes.length);
    out.put(bytes);
  }
  return out.bytes();
}

/** Writes the fixed part of the header, the checksum last: all else must be there. */
export function sealFrame(
  frame: Uint8Array,
  rows: number,
  { earliest, latest }: TimeRange,
  checksum: Checksum = crc32,
): void {
  const view = viewOf(frame);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(8, frame.length, true);
  view.setUint32(16, frame.length > FRAME_BYTES_MAX ? OVERSIZED : 0, true);
  view.setUint32(20, rows, true);
  view.setFloat64(24, earliest, true);
  view.setFloat64(32, latest, true);
  view.setUint32(CHECKSUM_AT, checksum(frame.subarray(CHECKED_FROM)), true);
}

/**
 * Checks and reads the header; columns follow where it says.
 * @throws WeirError `batch.damaged`, `batch.version`
 */
export function openHead(
  bytes: Uint8Array,
  checksum: Checksum = crc32,
): { readonly header: BatchHeader; readonly end: number } {
  const rows = checkHead(bytes, checksum);
  const reader = new FrameReader(bytes, HEADER_BYTES);
  return { header: readHeader(reader, rows), end: reader.at };
}

/**
 * Whose events a frame holds, from its first bytes alone; nothing is verified. Null where they are too few.
 * @throws WeirError `batch.damaged`
 */
export function labelsAtStart(start: Uint8Array): { readonly tenant: string; readonly source: string } | null {
  const reader = new FrameReader(start, HEADER_BYTES);
  const label = (what: string): string | null => {
    const length = reader.varint(LABEL_BYTES_MAX, what);
    const from = reader.at;
    if (from + length > start.length) return null;
    reader.at += length;
    return strictUtf8.decode(start.subarray(from, from + length));
  };
  const tenant = label('the length of its tenant');
  const source = tenant === null ? null : label('the length of its source');
  return tenant === null || source === null ? null : { tenant, source };
}

/** How many of a frame's first bytes say what it is and whose: none of them is of an event. */
export function headBytes(frame: Uint8Array): number {
  const reader = new FrameReader(frame, HEADER_BYTES);
  readHeader(reader, 0);
  return reader.at;
}

/** The checksum that a frame's header holds, of all that follows from `CHECKED_FROM` on. */
export function checksumOf(frame: Uint8Array): number {
  return viewOf(frame).getUint32(CHECKSUM_AT, true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Refuses a frame larger than any can be: before memory is made for it. */
export function checkLength(length: number): void {
  if (length > ROW_BYTES_MAX) throw damaged(`it has ${length} bytes, at most ${ROW_BYTES_MAX} are possible`);
}

/** @returns the number of rows */
function checkHead(bytes: Uint8Array, checksum: Checksum): number {
  if (bytes.length < HEADER_BYTES) throw damaged(`it has ${bytes.length} bytes, fewer than its header`);
  checkLength(bytes.length);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw damaged('it does not start with WEVB');
  const version = view.getUint32(4, true);
  if (version !== FORMAT_VERSION) {
    throw new WeirError(
      'batch.version',
      `the frame of events is of version ${version}, this weir reads ${FORMAT_VERSION}`,
      {
        hint: 'Read it with the version of weir that wrote it, or a newer one.',
      },
    );
  }
  const length = view.getUint32(8, true);
  if (length !== bytes.length) throw damaged(`it says it has ${length} bytes and has ${bytes.length}`);
  if (checksum(bytes.subarray(CHECKED_FROM)) !== checksumOf(bytes)) throw damaged('its checksum is wrong');
  const rows = view.getUint32(20, true);
  if (rows === 0 || rows > ROWS_MAX) throw damaged(`it has ${rows} rows, 1 to ${ROWS_MAX} are possible`);
  const oversized = length > FRAME_BYTES_MAX;
  if (view.getUint32(16, true) !== (oversized ? OVERSIZED : 0)) throw damaged('its flags do not fit its size');
  if (oversized && rows > 1) throw damaged(`it has ${length} bytes and more than one row`);
  return rows;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readHeader(reader: FrameReader, rows: number): BatchHeader {
  const { bytes } = reader;
  const view = viewOf(bytes);
  const [tenant, source, mapping] = ['tenant', 'source', 'mapping'].map((name) => {
    const length = reader.varint(LABEL_BYTES_MAX, `the length of its ${name}`);
    const from = reader.skip(length, `its ${name}`);
    try {
      return strictUtf8.decode(bytes.subarray(from, from + length));
    } catch (cause) {
      throw damaged(`its ${name} is not UTF-8`, cause);
    }
  });
  const [earliest, latest] = [view.getFloat64(24, true), view.getFloat64(32, true)];
  const timed = Number.isFinite(earliest) && Number.isFinite(latest) && earliest <= latest;
  if (!timed && !(Number.isNaN(earliest) && Number.isNaN(latest))) throw damaged('its times are in disorder');
  return {
    tenant,
    source,
    mapping,
    rows,
    earliest: timed ? earliest : null,
    latest: timed ? latest : null,
    oversized: bytes.length > FRAME_BYTES_MAX,
  };
}

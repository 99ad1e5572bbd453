/** The second reader for released files (released.ts has the layout), on purpose with none of the first one's code. */
import { createHash } from 'node:crypto';
import { crc32, zstdDecompressSync } from 'node:zlib';
import type { RandomReader } from '../base/index.ts';
import type { PlainEntry } from './plain-reader.ts';

export interface PlainReleased {
  readonly sha256: string;
  readonly first: number;
  readonly to: number;
  /** SHA-256 of its last entry, as the file has it. */
  readonly last: string;
  /** In order, up to what cannot be read, which is told of in words. */
  entries(): Generator<PlainEntry | string>;
}

const UNPACKED_MAX = 512 * 1024 * 1024;
const HEAD = 56;
const KINDS = ['', 'events', 'dead', 'control', 'lost'] as const;

/** A released file, or in words why it is none. */
export function plainReleased(reader: RandomReader): PlainReleased | string {
  if (reader.size > UNPACKED_MAX) return `it has ${reader.size} bytes`;
  const packed = Buffer.alloc(reader.size);
  reader.readAt(packed, 0);
  let all: Buffer;
  try {
    all = zstdDecompressSync(packed, { maxOutputLength: UNPACKED_MAX });
  } catch {
    return 'it cannot be unpacked';
  }
  if (all.length < HEAD || all.toString('latin1', 0, 4) !== 'WEVR') return 'it is no released file of the journal';
  if (all.readBigUInt64LE(0) >> 32n !== 1n) return 'it is of a version that is not known here';
  return {
    sha256: createHash('sha256').update(packed).digest('hex'),
    first: Number(all.readBigUInt64LE(8)),
    to: Number(all.readBigUInt64LE(16)),
    last: all.toString('hex', 24, HEAD),
    entries: () => entriesOf(all),
  };
}

function* entriesOf(all: Buffer): Generator<PlainEntry | string> {
  const last = all.toString('hex', 24, HEAD);
  for (let at = HEAD; at < all.length; ) {
    const entry = entryAt(all, at);
    if (typeof entry === 'string') {
      yield entry;
      return;
    }
    const { next, ...rest } = entry;
    at = next;
    // Its hash was over bytes that are gone. The entry behind it holds it, and the signatures over all of them tell whether that is true.
    const hash = rest.hash === '' ? (at < all.length ? all.toString('hex', at + 72, at + 104) : last) : rest.hash;
    yield { ...rest, hash };
  }
}

function entryAt(all: Buffer, at: number): (PlainEntry & { readonly next: number }) | string {
  if (at + 104 > all.length) return 'an entry is cut off';
  const kept = all.readUInt32LE(at);
  const head = at + 8;
  if (all.toString('latin1', head, head + 4) !== 'WEVJ') return 'no entry begins here';
  const receiptBytes = all.readUInt32LE(head + 16);
  const payloadBytes = all.readUInt32LE(head + 20);
  const payloadAt = head + 96 + receiptBytes;
  const end = payloadAt + kept;
  const next = end + ((8 - ((end - at) % 8)) % 8);
  if (next > all.length) return 'an entry is cut off';
  if (crc32(all.subarray(head + 8, payloadAt)) !== all.readUInt32LE(head + 4)) {
    return 'the checksum of its header does not match';
  }
  const payload = all.subarray(payloadAt, end);
  if (crc32(payload) !== all.readUInt32LE(at + 4)) return 'the checksum of what is kept of its payload does not match';
  if (all.subarray(end, next).some((value) => value !== 0)) return 'its padding is not empty';
  const kind = KINDS[all.readUInt8(head + 13)];
  const flags = all.readUInt16LE(head + 14);
  if (all.readUInt8(head + 12) !== 1 || kind === undefined || kind === '' || flags > 1) {
    return 'it is of a version or kind that is not known here';
  }
  const used = 96 + receiptBytes + payloadBytes;
  const padding = Buffer.alloc((8 - (used % 8)) % 8);
  if (kind !== 'events') {
    if (kept !== payloadBytes) return `${kept} of its ${payloadBytes} bytes are kept`;
    if (crc32(padding, crc32(payload)) !== all.readUInt32LE(head + 8))
      return 'the checksum of its payload does not match';
  }
  const whole = kind === 'events' ? null : createHash('sha256').update(all.subarray(head, end)).update(padding);
  return {
    kind,
    more: flags === 1,
    index: all.readUInt32LE(head + 24),
    receivedAt: Number(all.readBigUInt64LE(head + 32)),
    sequence: Number(all.readBigUInt64LE(head + 40)),
    producer: all.toString('hex', head + 48, head + 64),
    previous: all.toString('hex', head + 64, head + 96),
    receipt: all.toString('utf8', head + 96, payloadAt),
    payload,
    hash: whole === null ? '' : whole.digest('hex'),
    bytes: next - at,
    next,
  };
}

/**
 * The body of a Prometheus remote write, version 1: a `WriteRequest` of protobuf in a block of snappy.
 *
 *   WriteRequest { repeated TimeSeries timeseries = 1 }      TimeSeries { repeated Label labels = 1; repeated Sample samples = 2 }
 *   Label { string name = 1; string value = 2 }              Sample { double value = 1; int64 timestamp = 2 }
 *
 * Labels are sorted by name, samples by time, as the specification demands.
 */

export interface WrittenSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

const LENGTH_DELIMITED = 2;
const FIXED64 = 1;

export function remoteWriteBody(all: readonly WrittenSeries[]): Buffer {
  return snappyBlock(Buffer.concat(all.map((series) => field(1, timeSeries(series)))));
}

function timeSeries({ labels, samples }: WrittenSeries): Buffer {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  const ordered = [...samples].sort((a, b) => a.at - b.at);
  return Buffer.concat([
    ...sorted.map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    ),
    ...ordered.map(({ at, value }) => field(2, sample(at, value))),
  ]);
}

function sample(at: number, value: number): Buffer {
  const number = Buffer.alloc(9);
  number[0] = (1 << 3) | FIXED64;
  number.writeDoubleLE(value, 1);
  return Buffer.concat([number, Buffer.from([2 << 3]), varint(BigInt(at))]);
}

const field = (number: number, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | LENGTH_DELIMITED]), varint(BigInt(body.length)), body]);

/** As protobuf has it: seven bits a byte, the lowest first; what is below 0 takes ten bytes. */
function varint(value: bigint): Buffer {
  const out: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 0x80);
    if (rest === 0n) return Buffer.from(out);
  }
}

const LITERAL_MAX = 65_536;

/** A block of snappy made of literals alone: every reader takes it; it is no smaller than what is in it. */
function snappyBlock(body: Uint8Array): Buffer {
  const parts: Uint8Array[] = [varint(BigInt(body.length))];
  for (let at = 0; at < body.length; at += LITERAL_MAX) {
    const literal = body.subarray(at, at + LITERAL_MAX);
    // The tag says that the length less one stands in the two bytes behind it.
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(literal.length - 1, 1);
    parts.push(head, literal);
  }
  return Buffer.concat(parts);
}

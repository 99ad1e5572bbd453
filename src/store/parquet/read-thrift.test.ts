import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from './read-range.ts';
import { ThriftReader } from './read-thrift.ts';
import { ThriftWriter } from './thrift.ts';

/** Fields of every type, far apart, nested, in lists short and long. */
function written(): Uint8Array {
  const out = new ThriftWriter();
  out.i32(1, -7);
  out.struct(2, () => {
    out.text(1, 'é');
    out.i64(30, -(2 ** 52));
  });
  out.structs(3, [1, 2, 3], (item) => out.i32(1, item));
  out.i32s(4, [0, -1, 2 ** 31 - 1]);
  out.texts(
    5,
    Array.from({ length: 20 }, (_, i) => `t${i}`),
  );
  out.boolean(6, true);
  out.boolean(7, false);
  out.binary(8, Uint8Array.of(0, 255));
  out.booleans(9, [true, false]);
  out.i64s(10, [2n ** 63n - 1n]);
  out.i32(1000, 5);
  return out.end().bytes();
}

test('what is written is read again', () => {
  const reader = new ThriftReader(written());
  const found: unknown[] = [];
  reader.struct((id) => {
    if (id === 1 || id === 1000) found.push(reader.integer());
    else if (id === 2) reader.inner((field) => found.push(field === 1 ? reader.text() : reader.integer()));
    else if (id === 3) {
      reader.structs((index) => reader.struct(() => found.push([index, reader.integer()])));
    } else if (id === 4) found.push(reader.integers());
    else if (id === 5) found.push(reader.texts().length);
    else if (id === 6 || id === 7) found.push(reader.boolean());
    else if (id === 8) found.push([...reader.binary()]);
  });
  const wanted = [-7, 'é', -(2 ** 52), [0, 1], [1, 2], [2, 3], [0, -1, 2 ** 31 - 1], 20, true, false, [0, 255], 5];
  assert.deepEqual(found, wanted);
  assert.equal(reader.at, reader.bytes.length);
});

test('what nobody asks for is passed over, whatever it is', () => {
  const reader = new ThriftReader(written());
  const ids: number[] = [];
  reader.struct((id) => ids.push(id));
  assert.deepEqual(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000]);
  assert.equal(reader.at, reader.bytes.length);
  // A map of a byte to a double, then the end.
  const map = Uint8Array.of(0x1b, 1, 0x37, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const other = new ThriftReader(map);
  other.struct(() => {});
  assert.equal(other.at, map.length);
});

test('what ends early, is of another type, too deep or too large is a fault', () => {
  const whole = written();
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => new ThriftReader(whole.subarray(0, length)).struct(() => {}), Fault, `${length} bytes`);
  }
  const fault = (bytes: readonly number[], wanted: RegExp, read: (reader: ThriftReader) => void = () => {}): void => {
    const reader = new ThriftReader(Uint8Array.from(bytes));
    assert.throws(
      () => reader.struct(() => read(reader)),
      (error: unknown) => error instanceof Fault && wanted.test(error.message),
    );
  };
  fault([0x15, 2, 0], /a field is of type 5, not 8/, (reader) => reader.text());
  fault([0x16, ...Array(9).fill(0xff), 0x7f, 0], /a number is too large/, (reader) => reader.integer());
  fault([0x16, ...Array(20).fill(0xff)], /a number is too large/);
  fault([0x18, 0xff, 0xff, 0x03], /65535 bytes do not fit/);
  fault([0x19, 0xf5, 0xff, 0x03], /a list of 511 does not fit/);
  fault([0x1b, 0xff, 0x03, 0x55], /a map of 511 does not fit/);
  fault([0x18, 1, 0xff, 0], /a name is no UTF-8/, (reader) => reader.text());
  fault([0x1e, 0], /there is no type 14/);
  fault(Array(100).fill(0x1c), /it is nested too deep/);
  fault(Array(100).fill(0x19), /it is nested too deep/);
});

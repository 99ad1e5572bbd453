import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import {
  type BodyBounds,
  decodeBody,
  decodedBytesMax,
  decodeStream,
  type Encoding,
  encodingOf,
  Refused,
} from './index.ts';

const TEXT = Buffer.from(Array.from({ length: 30_000 }, (_, i) => `{"n":${(i * 7919) % 65536}}\n`).join(''));
const PACK: Readonly<Record<Encoding, (text: Uint8Array) => Buffer>> = {
  identity: (text) => Buffer.from(text),
  gzip: (text) => gzipSync(text),
  zstd: (text) => zstdCompressSync(text),
  lz4: (text) => compressFrameSync(Buffer.from(text), { contentChecksum: true }),
};
const COMPRESSED = ['gzip', 'zstd', 'lz4'] as const;
const BOUNDS: BodyBounds = { bytesMax: 4 << 20, ratioMax: 100, freeBytes: 1 << 16 };

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function streamed(bytes: Uint8Array, encoding: Encoding, bounds?: BodyBounds, size = 4096): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decodeStream(pieces(bytes, size), encoding, bounds)) parts.push(part);
  return Buffer.concat(parts);
}

/** The code both ways refuse it with. */
async function refusal(bytes: Uint8Array, encoding: Encoding, bounds: BodyBounds = BOUNDS): Promise<string> {
  const codeOf = (error: unknown): string => (error instanceof Refused ? error.code : `${error}`);
  const whole = ((): string => {
    try {
      return `${decodeBody(bytes, encoding, bounds).length} bytes`;
    } catch (error) {
      return codeOf(error);
    }
  })();
  const stream = await streamed(bytes, encoding, bounds).then((all) => `${all.length} bytes`, codeOf);
  assert.equal(stream, whole, encoding);
  return whole;
}

test('a body comes out as it went in, whole or streamed, in pieces of any size', async () => {
  for (const [encoding, pack] of Object.entries(PACK) as [Encoding, (text: Uint8Array) => Buffer][]) {
    const packed = pack(TEXT);
    assert.ok(TEXT.equals(decodeBody(packed, encoding)), encoding);
    for (const size of [100, packed.length])
      assert.ok(TEXT.equals(await streamed(packed, encoding, undefined, size)), encoding);
    for (const text of ['', 'x'])
      assert.equal(Buffer.from(decodeBody(pack(Buffer.from(text)), encoding)).toString(), text);
    assert.equal(await refusal(Buffer.alloc(0), encoding), '0 bytes');
  }
});

test('streams that follow each other are one body: members, frames, skippable frames', async () => {
  for (const encoding of COMPRESSED) {
    const one = PACK[encoding](TEXT);
    const two = Buffer.concat([one, one]);
    assert.ok(Buffer.concat([TEXT, TEXT]).equals(decodeBody(two, encoding)), encoding);
    assert.ok(Buffer.concat([TEXT, TEXT]).equals(await streamed(two, encoding)), encoding);
  }
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
  const mixed = Buffer.concat([skippable, PACK.zstd(TEXT), skippable]);
  assert.equal(await refusal(mixed, 'zstd'), `${TEXT.length} bytes`);
  assert.equal(await refusal(mixed.subarray(0, -1), 'zstd'), 'body.cut');
});

test('the header says the encoding; what is not read is 415', () => {
  const cases = { '': 'identity', identity: 'identity', GZIP: 'gzip', 'x-gzip': 'gzip', ' zstd ': 'zstd', lz4: 'lz4' };
  for (const [header, encoding] of Object.entries(cases)) assert.equal(encodingOf(header), encoding);
  assert.equal(encodingOf(undefined), 'identity');
  for (const header of ['br', 'gzip, gzip', 'deflate']) {
    assert.throws(
      () => encodingOf(header),
      (error) => error instanceof Refused && error.status === 415,
    );
  }
});

test('a body over the limit is 413, at the first byte too many', async () => {
  const bounds = { ...BOUNDS, bytesMax: TEXT.length };
  for (const encoding of ['identity', ...COMPRESSED] as const) {
    assert.equal(await refusal(PACK[encoding](TEXT), encoding, bounds), `${TEXT.length} bytes`, encoding);
    const over = { ...bounds, bytesMax: TEXT.length - 1 };
    assert.equal(await refusal(PACK[encoding](TEXT), encoding, over), 'body.too_large', encoding);
  }
});

test('a body that expands to nothing is bounded as it came', async () => {
  const hollow = Buffer.alloc(20 * 100, gzipSync(Buffer.alloc(0)));
  assert.equal(await refusal(hollow, 'gzip', { ...BOUNDS, bytesMax: 2000 }), '0 bytes');
  assert.equal(await refusal(hollow, 'gzip', { ...BOUNDS, bytesMax: 1999 }), 'body.too_large');
});

test('a decompression bomb is stopped in each encoding, whole and streamed, within the memory it may have', async () => {
  const zeros = Buffer.alloc(48 << 20);
  for (const encoding of COMPRESSED) {
    const bomb = encoding === 'lz4' ? compressFrameSync(zeros) : PACK[encoding](zeros);
    const before = process.memoryUsage().rss;
    assert.equal(await refusal(bomb, encoding, { ...BOUNDS, bytesMax: 32 << 20, ratioMax: 20 }), 'body.bomb', encoding);
    assert.ok(process.memoryUsage().rss - before < 80 << 20, encoding);
  }
});

test('a small body may expand as it likes up to the free bytes', async () => {
  const zeros = PACK.zstd(Buffer.alloc(1 << 16));
  assert.equal(await refusal(zeros, 'zstd'), '65536 bytes');
  assert.equal(await refusal(PACK.zstd(Buffer.alloc((1 << 16) + 1)), 'zstd'), 'body.bomb');
  assert.equal(decodedBytesMax(10, BOUNDS), 1 << 16);
  assert.equal(decodedBytesMax(1000, BOUNDS), 100_000);
  assert.equal(decodedBytesMax(1 << 20, BOUNDS), 4 << 20);
});

test('cut off at any byte it is refused whole', async () => {
  for (const encoding of COMPRESSED) {
    const packed = PACK[encoding](Buffer.from('{"a":1}\n'.repeat(5)));
    for (let at = 1; at < packed.length; at++) {
      const code = await refusal(packed.subarray(0, at), encoding);
      assert.equal(code, 'body.cut', `${encoding} at ${at}`);
    }
  }
});

test('damage anywhere and what follows the end are refused by name', async () => {
  const checked = zstdCompressSync(TEXT, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  for (const [encoding, packed] of [
    ['gzip', PACK.gzip(TEXT)],
    ['zstd', checked],
    ['lz4', PACK.lz4(TEXT)],
  ] as const) {
    const damaged = Buffer.from(packed);
    damaged[packed.length >> 1] ^= 0x55;
    assert.match(await refusal(damaged, encoding), /^body\.(damaged|cut)$/, encoding);
    assert.equal(
      await refusal(Buffer.concat([packed, Buffer.from('garbage behind')]), encoding),
      'body.damaged',
      encoding,
    );
    assert.equal(await refusal(Buffer.from('no such data at all'), encoding), 'body.damaged', encoding);
  }
});

test('a zstd header cannot ask for more window than HTTP allows', async () => {
  const wide = zstdCompressSync(Buffer.alloc(20 << 20, TEXT), { params: { [constants.ZSTD_c_windowLog]: 24 } });
  assert.equal(await refusal(wide, 'zstd', { ...BOUNDS, bytesMax: 64 << 20, ratioMax: 10_000 }), 'body.damaged');
});

test('thousands of empty frames are refused before they cost seconds', () => {
  const empty = zstdCompressSync(Buffer.alloc(0));
  assert.throws(
    () => decodeBody(Buffer.concat(Array.from({ length: 2000 }, () => empty)), 'zstd'),
    /more than 1024 frames/,
  );
});

test('an error of the source comes through as it is', async () => {
  for (const encoding of ['identity', ...COMPRESSED] as const) {
    const failure = new Refused('body.slow', 'too slow');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield PACK[encoding](TEXT).subarray(0, 10);
      throw failure;
    };
    const read = async (): Promise<void> => {
      for await (const _ of decodeStream(source(), encoding));
    };
    await assert.rejects(read, (error) => error === failure, encoding);
  }
});

test('a reader that stops early lets the source go', async () => {
  for (const encoding of COMPRESSED) {
    let returned = false;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield* pieces(PACK[encoding](TEXT), 1000);
      } finally {
        returned = true;
      }
    };
    for await (const _ of decodeStream(source(), encoding)) break;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(returned, encoding);
  }
});

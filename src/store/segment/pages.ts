/** Pages of a column, packed, and the chunk that they make. */
import zlib from 'node:zlib';
import { CODEC, type Codec, ENCODING, type Encoding } from '../parquet/format.ts';
import { type Bounds, type ChunkMeta, dataPageHeader, dictionaryPageHeader } from '../parquet/metadata.ts';

export interface Page {
  readonly kind: 'dictionary' | 'data';
  readonly values: number;
  readonly encoding: Encoding;
  /** Bytes as they are. */
  readonly size: number;
  /** One of both: as it is where it packs badly. */
  readonly bytes: Buffer | null;
  readonly packed: Buffer | null;
}

/** What a chunk's metadata says of its column. */
export interface ChunkAbout {
  readonly rows: number;
  readonly nulls: number;
  readonly distinct: number | null;
  readonly bounds: Bounds | null;
}

/** Below so many bytes a chunk is not compressed. */
const PACK_MIN = 64;
/** Nor what packs to more than this share. */
const PACKED_SHARE = 0.95;

const zstd = (level: number): zlib.ZstdOptions => ({ params: { [zlib.constants.ZSTD_c_compressionLevel]: level } });

/** @param view is not kept · @param level of zstd */
export function packedPage(
  kind: Page['kind'],
  values: number,
  encoding: Encoding,
  view: Uint8Array,
  level: number,
): Page {
  if (view.length >= PACK_MIN) {
    const packed = zlib.zstdCompressSync(view, zstd(level));
    // What packs well is not wanted as it is any more: most of a segment need not be copied.
    if (packed.length < view.length * PACKED_SHARE)
      return { kind, values, encoding, size: view.length, bytes: null, packed };
  }
  return { kind, values, encoding, size: view.length, bytes: Buffer.from(view), packed: null };
}

function bodyOf(bytes: Buffer | null, codec: Codec, level: number): Buffer {
  if (bytes === null) throw new Error('a page that was not packed is gone');
  return codec === CODEC.none ? bytes : zlib.zstdCompressSync(bytes, zstd(level));
}

/**
 * Writes pages one after the other, each behind its header.
 * @param at offset in the file that the first is put at
 */
export function writeChunk(
  pages: readonly Page[],
  about: ChunkAbout,
  level: number,
  at: number,
  put: (bytes: Uint8Array) => void,
): ChunkMeta {
  // A chunk is packed as a whole or not at all; of those that pack badly reading is all that packing would cost.
  const codec: Codec = pages.some(({ packed }) => packed !== null) ? CODEC.zstd : CODEC.none;
  let offset = at;
  let uncompressed = 0;
  let compressed = 0;
  let dictionaryAt: number | null = null;
  let dataAt: number | null = null;
  const encodings = new Set<Encoding>([ENCODING.rle]);
  for (const page of pages) {
    const body = page.packed ?? bodyOf(page.bytes, codec, level);
    const sizes = {
      values: page.values,
      uncompressed: page.size,
      compressed: body.length,
      crc: zlib.crc32(body),
    };
    const header =
      page.kind === 'dictionary' ? dictionaryPageHeader(sizes) : dataPageHeader({ ...sizes, encoding: page.encoding });
    if (page.kind === 'dictionary') dictionaryAt = offset;
    else dataAt ??= offset;
    encodings.add(page.encoding);
    put(header);
    put(body);
    offset += header.length + body.length;
    uncompressed += header.length + page.size;
    compressed += header.length + body.length;
  }
  return {
    codec,
    encodings: [...encodings],
    values: about.rows,
    nulls: about.nulls,
    uncompressed,
    compressed,
    dictionaryAt,
    dataAt: dataAt ?? 0,
    distinct: about.distinct,
    bounds: about.bounds,
  };
}

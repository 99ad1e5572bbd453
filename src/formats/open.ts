/** From a path to inputs: layers of compression and archives are taken off, then the format is found or taken as told. */
import {
  fileInfo,
  limits,
  openRandom,
  openScratch,
  type RandomReader,
  readChunks,
  readStandardInput,
  WeirError,
} from '../base/index.ts';
import { readEvtx } from './evtx/index.ts';
import { Expansion, type ExpansionLimits } from './expansion.ts';
import { type Bytes, Feed } from './feed.ts';
import { gunzip } from './gzip.ts';
import { JsonSplitter } from './json.ts';
import { LineSplitter } from './ndjson.ts';
import { type InputReport, inputReport, type Report } from './report.ts';
import { describeUnknown, EVENT_FORMATS, type EventFormat, SNIFF_BYTES, sniff } from './sniff.ts';
import type { Chunk, Input } from './types.ts';
import { detectUtf16, fromUtf16 } from './utf16.ts';
import { XmlSplitter } from './xml-file.ts';
import { readZip } from './zip.ts';
import type { ZipSource } from './zip-directory.ts';
import { unzstd } from './zstd.ts';

export interface OpenOptions {
  /** Takes every input as this format; compression and archives are still found from content. */
  readonly format?: EventFormat | undefined;
  /** Also reads EVTX records from free space. */
  readonly recover: boolean;
  /** Called with the number of bytes read from the path itself, for progress. */
  readonly onBytes?: (bytes: number) => void;
  /** For tests: other bounds than those of `limits`. */
  readonly expansion?: Partial<ExpansionLimits>;
}

/** `ndjson` … as given by the user; throws WeirError `formats.unknown`. */
export function eventFormat(name: string): EventFormat {
  const found = EVENT_FORMATS.find((format) => format === name.toLowerCase());
  if (found !== undefined) return found;
  throw new WeirError('formats.unknown', `unknown input format '${name}'`, {
    hint: `Give one of ${EVENT_FORMATS.join(', ')}, or none to have it found from the content.`,
  });
}

interface Opening {
  readonly options: OpenOptions;
  readonly report: Report;
  readonly expansion: Expansion;
}

/** A file on disk can be read at positions; everything else only from front to back. */
type Origin = RandomReader | null;

/**
 * The inputs behind a path, `-` being standard input: one for a plain file, many for archives. Read the chunks of an
 * input before asking for the next one. What cannot be read is reported and never thrown; bytes are read as they are
 * asked for, so memory does not depend on sizes.
 *
 * Archives inside something else cannot be read at positions: they are copied, up to 32 MiB into memory, larger ones into
 * a temporary file without a name.
 */
export async function* openInput(path: string, options: OpenOptions, report: Report): AsyncGenerator<Input> {
  const opening: Opening = { options, report, expansion: new Expansion(options.expansion) };
  let file: RandomReader | null = null;
  try {
    const isFile = path !== '-' && fileInfo(path)?.kind === 'file';
    const bytes = path === '-' ? readStandardInput() : readChunks(path);
    if (isFile) file = counted(openRandom(path), opening);
    yield* openLayer(opening, path, countedBytes(bytes, opening), 0, file);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    report({ path, position: '', reason: error.message });
  } finally {
    file?.close();
  }
}

async function* countedBytes(bytes: Bytes, { options, expansion }: Opening): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    expansion.stored += piece.length;
    options.onBytes?.(piece.length);
    yield piece;
  }
}

function counted(file: RandomReader, { expansion }: Opening): RandomReader {
  const readAt = (into: Uint8Array, position: number): number => {
    const filled = file.readAt(into, position);
    // The directory is read more than once; the file has no more bytes for that.
    expansion.stored = Math.min(file.size, expansion.stored + filled);
    return filled;
  };
  return { path: file.path, size: file.size, readAt, close: () => file.close(), [Symbol.dispose]: () => file.close() };
}

async function* openLayer(
  opening: Opening,
  path: string,
  bytes: Bytes,
  level: number,
  origin: Origin,
): AsyncGenerator<Input> {
  const { options, expansion } = opening;
  const named = inputReport(path, opening.report);
  const feed = new Feed(guarded(bytes, named));
  try {
    await feed.fill(SNIFF_BYTES);
    const found = sniff(feed.head);
    if (found === 'gzip' || found === 'zstd' || found === 'zip') {
      if (level >= expansion.limits.archiveLevelsMax) {
        named.add('', `${found} data inside ${level} layers of archives or compression: deeper than is read`);
        return;
      }
      if (found === 'zip') yield* openZip(opening, path, feed, level, origin, named);
      else {
        const plain = found === 'gzip' ? gunzip(feed, expansion, named) : unzstd(feed, expansion, named);
        yield* openLayer(opening, path, plain, level + 1, null);
      }
      return;
    }
    const encoding = detectUtf16(feed.head);
    if (found === 'utf-16' && encoding !== null && options.format !== 'evtx') {
      yield* openLayer(opening, path, fromUtf16(feed.rest(0), encoding), level, null);
      return;
    }
    if (found === 'empty' && feed.head.length < SNIFF_BYTES) return;
    const format = options.format ?? (found === 'empty' ? 'json' : found);
    if (format === 'unknown' || format === 'utf-16') {
      named.add('', describeUnknown(feed.head));
      return;
    }
    yield { path, format, chunks: () => readFormat(format, feed, options, named) };
  } finally {
    named.finish();
    await feed.close();
  }
}

async function* openZip(
  opening: Opening,
  path: string,
  feed: Feed,
  level: number,
  origin: Origin,
  named: InputReport,
): AsyncGenerator<Input> {
  if (origin !== null && level === 0) {
    // What was read to find out that it is an archive is read again.
    opening.expansion.stored = 0;
    opening.options.onBytes?.(origin.size - feed.position - feed.head.length);
    yield* openMembers(opening, path, origin, level, named);
    return;
  }
  using scratch = openScratch(limits.scratchMemoryBytes);
  for await (const piece of feed.rest(0)) scratch.append(piece);
  yield* openMembers(opening, path, scratch, level, named);
}

async function* openMembers(
  opening: Opening,
  path: string,
  source: ZipSource,
  level: number,
  named: InputReport,
): AsyncGenerator<Input> {
  const memberReport = (name: string): InputReport => inputReport(`${path}!${name}`, opening.report);
  for await (const member of readZip(source, opening.expansion, named, memberReport)) {
    yield* openLayer(opening, `${path}!${member.name}`, member.bytes, level + 1, null);
  }
}

/** A read error ends the stream where it happened and is named there; what was read before is kept. */
async function* guarded(bytes: Bytes, report: InputReport): AsyncGenerator<Uint8Array> {
  let position = 0;
  try {
    for await (const piece of bytes) {
      yield piece;
      position += piece.length;
    }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    report.add(position === 0 ? '' : `byte ${position}`, error.message);
  }
}

/** Pieces that are read at a time: large enough that the work per piece does not count. */
const GATHER_BYTES = 256 * 1024;
const GATHER_XML_BYTES = 1024 * 1024;

interface Splitter {
  push(bytes: Uint8Array): void;
  end(): void;
  take(): Chunk[];
}

async function* readFormat(
  format: EventFormat,
  feed: Feed,
  options: OpenOptions,
  named: InputReport,
): AsyncGenerator<Chunk> {
  if (format === 'evtx') {
    const report = ({ position, reason }: { position: string; reason: string }): void => named.add(position, reason);
    yield* readEvtx(feed.rest(GATHER_BYTES), { recover: options.recover, report });
    return;
  }
  const splitter: Splitter =
    format === 'ndjson'
      ? new LineSplitter(named)
      : format === 'json'
        ? new JsonSplitter(named)
        : new XmlSplitter(named);
  for await (const piece of feed.rest(format === 'xml' ? GATHER_XML_BYTES : GATHER_BYTES)) {
    splitter.push(piece);
    yield* splitter.take();
  }
  splitter.end();
  yield* splitter.take();
}

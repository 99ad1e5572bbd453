/**
 * Server-sent events (HTML Living Standard, 9.2) with resume. A stream is read from its source as fast as its reader takes it: what
 * waits for a slow one waits in the source, and not in memory. A reader that takes nothing is let go, and resumes by id.
 */
import type { ServerResponse } from 'node:http';
import { limits, turn } from '../base/index.ts';
import { Problem } from './problem.ts';

export interface StreamItem {
  /** Where to resume after it: printable ASCII. */
  readonly id: string;
  /** The type of the event; left out: `message`. */
  readonly event?: string;
  /** JSON on one line. */
  readonly data: string;
}

export interface StreamRead {
  readonly items: readonly StreamItem[];
  /** Where to go on: the last item's id, or further where items were passed over. */
  readonly next: string;
  /** Whether there is more right now. */
  readonly more: boolean;
}

export interface EventSource {
  /**
   * At most `limit` items after `after`, and, beyond the first, `bytesMax` bytes of data. `after` null: none, but `next` says where
   * now is. Rejects with a Problem `cursor.unknown` for a cursor it never gave.
   */
  read(after: string | null, limit: number, bytesMax: number): Promise<StreamRead>;
  /** Calls back when there may be more to read. Returns what ends that. */
  onNew(listener: () => void): () => void;
}

/** Why a stream was ended by the server. All but `slow_reader` are sent as `event: end`, data `{"reason"}`, before. */
export type StreamEnd = 'slow_reader' | 'credential_ended' | 'server_closing' | 'source_failed';

export type StreamBound = 'streams' | 'tenant_streams';

export interface OpenStream {
  readonly tenant: string;
  readonly response: ServerResponse;
  readonly source: EventSource;
  readonly after: string | null;
  /** Asked now and then; the stream ends when it says no. */
  readonly isStillGood: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

export interface EventStreams {
  /**
   * Resolves once the stream is begun. Rejects, with nothing answered yet, with `http.streams`, `http.tenant_streams` or what the
   * source's first read said.
   */
  open(stream: OpenStream): Promise<void>;
  /** To be called about once a second. */
  tick(nowMs: number): void;
  closeAll(): void;
  count(): number;
  readonly ended: Readonly<Record<StreamEnd, number>>;
  /** Those for which there was no room: among all, and among the tenant's own. */
  readonly refused: Readonly<Record<StreamBound, number>>;
}

const READ_ITEMS = 100;

interface Reader extends OpenStream {
  cursor: string;
  /** When it last took something, or had nothing to take. */
  movedMs: number;
  wroteMs: number;
  /** When its credential was last asked about. */
  askedMs: number;
  bytesWritten: number;
  busy: boolean;
  dirty: boolean;
  asking: boolean;
  unsubscribe: () => void;
}

export function eventStreams(): EventStreams {
  const readers = new Set<Reader>();
  const ended = { slow_reader: 0, credential_ended: 0, server_closing: 0, source_failed: 0 };
  const refused = { streams: 0, tenant_streams: 0 };
  /** Streams of each tenant, open or being opened. */
  const held = new Map<string, number>();
  let all = 0;
  let clockMs = 0;
  let line = Promise.resolve();

  /**
   * Readers take turns, one page in each turn of the event loop: a socket that takes all at once asks for the next page before
   * anything else may run, and a few readers far behind would hold up every request.
   */
  const ownTurn = (): Promise<void> => {
    line = line.then(turn);
    return line;
  };

  const hold = (tenant: string, by: 1 | -1): void => {
    all += by;
    const now = (held.get(tenant) ?? 0) + by;
    if (now > 0) held.set(tenant, now);
    else held.delete(tenant);
  };
  const demandRoom = (tenant: string): void => {
    const full =
      all >= limits.eventStreamsMax
        ? 'streams'
        : (held.get(tenant) ?? 0) >= limits.tenantEventStreamsMax
          ? 'tenant_streams'
          : null;
    if (full === null) return;
    refused[full]++;
    throw new Problem(`http.${full}`);
  };
  const leave = (reader: Reader): void => {
    if (!readers.delete(reader)) return;
    reader.unsubscribe();
    hold(reader.tenant, -1);
  };
  const end = (reader: Reader, reason: StreamEnd): void => {
    if (!readers.has(reader)) return;
    ended[reason]++;
    leave(reader);
    if (reason === 'slow_reader') reader.response.destroy();
    else reader.response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
  };
  /** False when the reader should take what waits before more is written. */
  const write = (reader: Reader, text: string): boolean => {
    reader.wroteMs = clockMs;
    return reader.response.write(text);
  };
  /** Reads and writes until there is nothing more, or the reader has enough for now; `drain` goes on then. */
  const pump = async (reader: Reader): Promise<void> => {
    if (reader.busy) {
      reader.dirty = true;
      return;
    }
    reader.busy = true;
    try {
      do {
        reader.dirty = false;
        await ownTurn();
        if (!readers.has(reader)) return;
        const { items, next, more } = await reader.source.read(reader.cursor, READ_ITEMS, limits.eventStreamBytesMax);
        if (!readers.has(reader)) return;
        reader.cursor = next;
        reader.dirty ||= more;
        if (items.length > 0 && !write(reader, items.map(frame).join(''))) return;
      } while (reader.dirty);
    } catch (error) {
      reader.onError(error);
      end(reader, 'source_failed');
    } finally {
      reader.busy = false;
    }
  };
  const wake = (reader: Reader): void => {
    // While something waits to be taken, `drain` will come.
    if (!reader.response.writableNeedDrain) void pump(reader);
  };
  const check = async (reader: Reader): Promise<void> => {
    reader.asking = true;
    reader.askedMs = clockMs;
    if (!(await reader.isStillGood())) end(reader, 'credential_ended');
    reader.asking = false;
  };
  const begin = (stream: OpenStream, first: StreamRead): void => {
    const { response, source } = stream;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const reader: Reader = {
      ...stream,
      cursor: first.next,
      movedMs: clockMs,
      wroteMs: clockMs,
      askedMs: clockMs,
      bytesWritten: 0,
      busy: false,
      dirty: false,
      asking: false,
      unsubscribe: () => {},
    };
    readers.add(reader);
    response.once('close', () => leave(reader));
    response.on('drain', () => void pump(reader));
    reader.unsubscribe = source.onNew(() => wake(reader));
    // A reader that is cut off before its first event resumes from where it began. An id alone is no event.
    write(reader, first.items.length > 0 ? first.items.map(frame).join('') : `id: ${first.next}\n\n`);
    // Something may have come between reading and listening.
    wake(reader);
  };
  return {
    ended,
    refused,
    count: () => readers.size,
    open: async (stream) => {
      demandRoom(stream.tenant);
      hold(stream.tenant, 1);
      const { response, source, after } = stream;
      let first: StreamRead | null = null;
      try {
        first = await source.read(after, READ_ITEMS, limits.eventStreamBytesMax);
      } finally {
        // What begins gives its place back when it ends.
        if (first === null || response.destroyed) hold(stream.tenant, -1);
      }
      if (!response.destroyed) begin(stream, first);
    },
    tick: (nowMs) => {
      clockMs = nowMs;
      for (const reader of readers) {
        const bytesWritten = reader.response.socket?.bytesWritten ?? 0;
        const waits = reader.response.writableLength > 0;
        if (!waits || bytesWritten !== reader.bytesWritten) reader.movedMs = nowMs;
        reader.bytesWritten = bytesWritten;
        if (nowMs - reader.movedMs >= limits.eventStreamStallMs) {
          end(reader, 'slow_reader');
          continue;
        }
        if (!waits && nowMs - reader.wroteMs >= limits.eventStreamHeartbeatMs)
          write(reader, `id: ${reader.cursor}\n:\n\n`);
        // However much it is sent meanwhile.
        if (!reader.asking && nowMs - reader.askedMs >= limits.eventStreamHeartbeatMs) void check(reader);
      }
    },
    closeAll: () => {
      for (const reader of readers) end(reader, 'server_closing');
    },
  };
}

/** Line ends inside data would end it; there are none in JSON, but nothing here depends on that. */
function frame({ id, event, data }: StreamItem): string {
  const type = event === undefined ? '' : `event: ${event}\n`;
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
  return `id: ${id}\n${type}data: ${lines}\n\n`;
}

const CURSOR = /^[!-~]+$/;

/** A cursor as a sender gives it; null for none. Throws `cursor.unknown` for what cannot be one. */
export function cursorOf(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length > limits.apiParameterBytesMax || !CURSOR.test(text)) throw new Problem('cursor.unknown');
  return text;
}

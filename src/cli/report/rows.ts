/**
 * The hits a report lists, gathered while the scan runs and kept compressed. Counts in a report are always of all hits; the
 * list holds at most `ROWS_MAX` of them, the highest levels first, and says so.
 */
import { gzipSync } from 'node:zlib';
import { asLevel, LEVELS, levelRank } from '../levels.ts';
import { eventText, type HitHead, parseHead, timeMicros } from '../output/hitLine.ts';

/** Hits listed in one report: a browser filters and sorts this many at once in a few dozen milliseconds. */
export const ROWS_MAX = 50_000;
/** Compressed bytes of all blocks: a page of this size (a third more in base64) still opens everywhere. */
export const PAGE_BYTES_MAX = 96 * 1024 * 1024;
/** One event's JSON; longer ones are cut, and the page says of how many bytes. */
export const EVENT_BYTES_MAX = 256 * 1024;
/** Characters of a matched value in the list; the event below it has the rest. */
const VALUE_CHARACTERS_MAX = 4000;
/** Events are unpacked a block at a time when one is looked at. */
const BLOCK_ROWS = 250;
const BLOCK_BYTES = 1024 * 1024;

/** Hits of one level in order of arrival. */
export interface Block {
  readonly rows: number;
  readonly level: number;
  /** gzip of a JSON array of rows, see `toRow`. */
  readonly heads: Buffer;
  /** gzip of the rows' events as JSON, one a line, in the same order. */
  readonly events: Buffer;
}

interface OpenBlock {
  heads: string[];
  events: string[];
  bytes: number;
}

export interface ReportRows {
  add(line: Buffer): HitHead;
  /** Closes what is open: blocks from the highest level down, and the dictionaries the rows point into. */
  finish(): {
    readonly blocks: readonly Block[];
    readonly rows: number;
    readonly ruleIds: readonly string[];
    readonly hosts: readonly string[];
    readonly paths: readonly string[];
  };
}

/** Strings numbered in the order they come. */
function dictionary(): { code(text: string): number; readonly list: string[] } {
  const codes = new Map<string, number>();
  const list: string[] = [];
  const code = (text: string): number => {
    let known = codes.get(text);
    if (known === undefined) {
      known = list.length;
      codes.set(text, known);
      list.push(text);
    }
    return known;
  };
  return { code, list };
}

function cutValue(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= VALUE_CHARACTERS_MAX) return value;
  return `${value.slice(0, VALUE_CHARACTERS_MAX)}… (${value.length} characters in all)`;
}

function cutEvent(text: string): string {
  if (text.length <= EVENT_BYTES_MAX) return text;
  return JSON.stringify({
    'cut by weir': `${text.length} characters, the first ${EVENT_BYTES_MAX}: ${text.slice(0, EVENT_BYTES_MAX)}`,
  });
}

export function newReportRows(rowsMax: number = ROWS_MAX, pageBytesMax: number = PAGE_BYTES_MAX): ReportRows {
  const rules = dictionary();
  const hosts = dictionary();
  const paths = dictionary();
  const closed: Block[][] = LEVELS.map(() => []);
  const open: OpenBlock[] = LEVELS.map(() => ({ heads: [], events: [], bytes: 0 }));
  let rows = 0;
  let compressed = 0;
  /** Levels up to this rank are full: something of theirs was left out. */
  let fullRank = -1;

  /** `[microseconds or null, rule, host or -1, path, record, [[selection, field, path, op, pattern, value, decisive]…]]`, and 1 where the event was carved */
  const toRow = (hit: HitHead): string => {
    const at = timeMicros(hit.time);
    const host = hit.host === null ? -1 : hosts.code(hit.host.slice(0, 1000));
    const matches = hit.matches.map((match) => [
      match.selection,
      match.field,
      match.path ?? null,
      match.op,
      cutValue(match.pattern) ?? null,
      cutValue(match.value) ?? null,
      match.decisive ? 1 : 0,
    ]);
    const { path, record, carved } = hit.source;
    return JSON.stringify([
      Number.isNaN(at) ? null : at,
      rules.code(hit.rule.id),
      host,
      paths.code(path),
      record,
      matches,
      ...(carved === true ? [1] : []),
    ]);
  };

  const close = (level: number): void => {
    const block = open[level];
    if (block === undefined || block.heads.length === 0) return;
    const heads = gzipSync(`[${block.heads.join(',')}]`);
    const events = gzipSync(block.events.join('\n'));
    closed[level]?.push({ rows: block.heads.length, level, heads, events });
    compressed += heads.length + events.length;
    open[level] = { heads: [], events: [], bytes: 0 };
  };

  /** Makes room by leaving out the last hits of the lowest level. */
  const shed = (): void => {
    for (let level = 0; level < LEVELS.length && (rows > rowsMax || compressed > pageBytesMax); level++) {
      close(level);
      const blocks = closed[level] ?? [];
      while (blocks.length > 0 && (rows > rowsMax || compressed > pageBytesMax)) {
        const dropped = blocks.pop();
        if (dropped === undefined) break;
        rows -= dropped.rows;
        compressed -= dropped.heads.length + dropped.events.length;
        fullRank = Math.max(fullRank, level);
      }
    }
  };

  return {
    add(line) {
      const hit = parseHead(line);
      const level = levelRank(asLevel(hit.rule.level));
      if (level <= fullRank) return hit;
      const block = open[level];
      if (block === undefined) return hit;
      const head = toRow(hit);
      const event = cutEvent(eventText(line));
      block.heads.push(head);
      block.events.push(event);
      block.bytes += head.length + event.length;
      rows++;
      if (block.heads.length >= BLOCK_ROWS || block.bytes >= BLOCK_BYTES) close(level);
      if (rows > rowsMax || compressed > pageBytesMax) shed();
      return hit;
    },
    finish() {
      for (let level = 0; level < LEVELS.length; level++) close(level);
      if (compressed > pageBytesMax) shed();
      const blocks = closed.toReversed().flat();
      return { blocks, rows, ruleIds: rules.list, hosts: hosts.list, paths: paths.list };
    },
  };
}

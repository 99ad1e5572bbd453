/**
 * Structured logs: a logger for each room, with a level of its own that can be changed while weir runs, here and in all
 * threads at once. Lines are JSON (pino) on standard error, or text where that is a terminal. Logging never waits, never
 * throws, and what it drops it counts.
 *
 *     const log = await openLog();
 *     const journal = log.room('journal');
 *     journal.warn('the disk is slow', { sync_ms: 112 });
 *     journal.with({ request_id }).info('stored', { events: 1000 });
 */
import { isatty } from 'node:tty';
import { now } from './clock.ts';
import { limits } from './limits.ts';
import { cutText, type LogFields, plainFields } from './log-fields.ts';
import { LOG_LEVELS, LOG_ROOMS, type LogLevel, LogLevels, type LogRoom } from './log-levels.ts';
import { descriptorStream, type LogStream } from './log-stream.ts';
import { textLine } from './log-text.ts';

export { LOG_LEVELS, LOG_ROOMS, type LogFields, type LogLevel, type LogRoom };

type Written = Exclude<LogLevel, 'off'>;

/** One line before it is written; plain data. */
export interface LogRecord {
  readonly level: Written;
  /** Unix milliseconds. */
  readonly time: number;
  readonly room: LogRoom;
  readonly message: string;
  readonly fields: LogFields;
}

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this level are written now: for fields that cost something to gather. */
  on(level: Written): boolean;
  /** The same with fields that go into every line, such as the id of a request. */
  with(fields: LogFields): Logger;
}

export interface LogOptions {
  /** `auto`: text where standard error is a terminal. */
  readonly format?: 'auto' | 'json' | 'text';
  readonly level?: LogLevel;
  readonly rooms?: Partial<Readonly<Record<LogRoom, LogLevel>>>;
  /** Colours for text; on by default where standard error is a terminal. */
  readonly colour?: boolean;
  /** Takes the lines instead of standard error. */
  readonly write?: (line: string) => void;
}

/** The log of a process; owned by its main thread. */
export interface Log {
  room(name: LogRoom): Logger;
  setLevel(room: LogRoom, level: LogLevel): void;
  level(room: LogRoom): LogLevel;
  /** A text that never appears in a line from now on; shorter ones than 6 characters are not looked for. */
  hide(secret: string): void;
  /** Has lines kept as well, as JSON, those of before among them. */
  keep(kept: { write(line: string): void }): void;
  /** For other threads: give it to {@link workerLog} there. */
  readonly shared: SharedArrayBuffer;
  /** Takes a record of another thread. */
  receive(record: LogRecord): void;
  /** Resolves when all is written, within a second. */
  close(): Promise<void>;
}

const SECRET_CHARACTERS_MIN = 6;
const CLOSE_MS = 1000;
/** Lines that wait for somebody to keep them: a start writes some before it has a folder. */
const EARLY_MAX = 200;

class RoomLogger implements Logger {
  private readonly name: LogRoom;
  private readonly place: number;
  private readonly levels: LogLevels;
  private readonly bound: LogFields;
  private readonly put: (record: LogRecord) => void;

  constructor(name: LogRoom, levels: LogLevels, put: (record: LogRecord) => void, bound: LogFields = {}) {
    this.name = name;
    this.place = LOG_ROOMS.indexOf(name);
    this.levels = levels;
    this.put = put;
    this.bound = bound;
  }

  on(level: Written): boolean {
    return this.levels.writes(this.place, LOG_LEVELS.indexOf(level));
  }

  with(fields: LogFields): Logger {
    return new RoomLogger(this.name, this.levels, this.put, { ...this.bound, ...fields });
  }

  trace(message: string, fields?: LogFields): void {
    this.say('trace', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.say('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.say('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.say('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.say('error', message, fields);
  }

  private say(level: Written, message: string, fields: LogFields = {}): void {
    if (!this.on(level)) return;
    const all = plainFields(this.bound, fields);
    this.put({ level, time: now(), room: this.name, message: cutText(message), fields: all });
  }
}

/** Opens the log of the process, which writes to standard error. */
export async function openLog(options: LogOptions = {}): Promise<Log> {
  const levels = new LogLevels();
  for (const room of LOG_ROOMS) levels.set(room, options.rooms?.[room] ?? options.level ?? 'info');
  const terminal = options.write === undefined && isatty(2);
  const text = options.format === 'text' || (options.format !== 'json' && terminal);
  const stream = options.write === undefined ? descriptorStream(2) : calling(options.write);
  const secrets = new Set<string>();

  let kept: { write(line: string): void } | null = null;
  const early: string[] = [];

  const line = (json: string): void => {
    let shown = json;
    for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '[redacted]');
    if (kept !== null) kept.write(shown);
    else if (early.length < EARLY_MAX) early.push(shown);
    stream.write(text ? textLine(shown, options.colour ?? terminal) : shown);
  };
  // Loaded here: commands that write no log should not wait for it, nor should threads.
  const { pino } = await import('pino');
  const writer = pino(
    {
      level: 'trace',
      base: null,
      timestamp: false,
      messageKey: 'message',
      formatters: { level: (level) => ({ level }) },
    },
    { write: line },
  );

  const put = ({ level, time, room, message, fields }: LogRecord): void => {
    const head = { time: new Date(time).toISOString(), room };
    const bytes = JSON.stringify(fields).length;
    const all = bytes > limits.logLineBytesMax ? { fields_left_out: Object.keys(fields).slice(0, 20), bytes } : fields;
    writer[level]({ ...head, ...all }, message);
  };
  stream.onRoom = () => tellDropped(stream.takeDropped());
  const tellDropped = (lines: number): void => {
    if (lines > 0)
      put({ level: 'warn', time: now(), room: 'server', message: 'log lines were dropped', fields: { lines } });
  };

  return {
    room: (name) => new RoomLogger(name, levels, put),
    setLevel: (room, level) => levels.set(room, level),
    level: (room) => levels.get(room),
    hide(secret) {
      if (secret.length >= SECRET_CHARACTERS_MIN) secrets.add(JSON.stringify(secret).slice(1, -1));
    },
    keep(keeper) {
      kept = keeper;
      for (const each of early.splice(0)) keeper.write(each);
    },
    shared: levels.shared,
    receive(record) {
      tellDropped(levels.arrived());
      put(record);
    },
    close: () => stream.close(CLOSE_MS),
  };
}

/**
 * Loggers of a thread that is not the main one: `post` hands a record to the main thread, which gives it to its
 * {@link Log.receive}. Records in excess are dropped here and counted there.
 */
export function workerLog(shared: SharedArrayBuffer, post: (record: LogRecord) => void): (room: LogRoom) => Logger {
  const levels = new LogLevels(shared);
  const put = (record: LogRecord): void => {
    if (levels.send(limits.logRecordsWaitingMax)) post(record);
  };
  return (room) => new RoomLogger(room, levels, put);
}

function calling(write: (line: string) => void): LogStream {
  return { write, takeDropped: () => 0, onRoom: () => {}, close: async () => {} };
}

/**
 * Loaded into the server (`node --import`), in every thread of it and before anything of its own: stands between weir and the calls
 * it makes of the machine, and makes them fail, or the process end, at named points. The program itself knows nothing of it.
 *
 * `WEIR_FAULT` (JSON, see `Plan`) says what is to happen; nothing does before the file `armed` exists, if one is named.
 */
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { MessagePort, Worker } from 'node:worker_threads';
import type { Plan, Point } from './plan.ts';

const plan: Plan = JSON.parse(process.env['WEIR_FAULT'] ?? '{}') as Plan;
const real = { ...fs };
const paths = new Map<number, string>();

function armed(): boolean {
  return plan.armed === undefined || real.existsSync(plan.armed);
}

let met = 0;

/** Whether the plan's point is met for the n-th time, here. */
function due(point: Point): boolean {
  if (plan.kill !== point || !armed()) return false;
  met++;
  return met >= (plan.nth ?? 1);
}

function rest(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal ends all threads; this one must not go on until it does.
  rest(10_000);
}

function reach(point: Point): void {
  if (due(point)) die();
}

/** `work` between the points `<name>.before` and `<name>.after`. */
function between<T>(name: string, work: () => T): T {
  reach(`${name}.before` as Point);
  const result = work();
  reach(`${name}.after` as Point);
  return result;
}

/** What a file is to the server; null where nothing is labelled. */
function roleOf(name: string): string | null {
  if (name.endsWith('.wj')) return 'segment';
  if (name.endsWith('/HEAD')) return 'head';
  if (name.endsWith('/ID') || name.endsWith('/ID.draft')) return 'identity';
  if (name.endsWith('.json.zst')) return 'rules';
  if (/\.parquet(?:\.draft)?$/.test(name)) return 'stored';
  if (name.endsWith('/segments.ndjson')) return 'signed';
  if (/\/credentials\.json/.test(name)) return 'credentials';
  return null;
}

function ioError(call: string): Error {
  return Object.assign(new Error(`EIO: i/o error, ${call}`), { code: 'EIO', errno: -5, syscall: call });
}

let synced = 0;
/** Bytes of segment files as of their last sync. */
const durable = new Map<string, number>();

/** Fails the sync whose turn it is, and loses what was behind it. Later ones work again, as they do on real disks. */
function failSync(role: string, name: string, descriptor: number, call: string): void {
  if (plan.syncError !== role || !armed()) return;
  synced++;
  if (synced !== (plan.nth ?? 1)) return;
  const kept = durable.get(name);
  if (kept !== undefined) real.ftruncateSync(descriptor, kept);
  if (plan.failed !== undefined) real.writeFileSync(plan.failed, role);
  throw ioError(call);
}

fs.openSync = ((name: fs.PathLike, ...rest: [fs.OpenMode, fs.Mode?]) => {
  const role = typeof name === 'string' ? roleOf(name) : null;
  const flags = rest[0];
  const makes = typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0 && !real.existsSync(name);
  const open = (): number => real.openSync(name, ...rest);
  const descriptor = role !== null && makes ? between(`${role}.create`, open) : open();
  paths.set(descriptor, String(name));
  return descriptor;
}) as typeof fs.openSync;

fs.closeSync = (descriptor) => {
  paths.delete(descriptor);
  real.closeSync(descriptor);
};

fs.writevSync = ((descriptor: number, buffers: readonly NodeJS.ArrayBufferView[], position?: number) => {
  const role = roleOf(paths.get(descriptor) ?? '');
  if (role !== null && due(`${role}.write.half` as Point)) {
    const whole = Buffer.concat(buffers as Uint8Array[]);
    const part = Math.floor(whole.length * (plan.part ?? 0.5));
    if (part > 0) real.writevSync(descriptor, [whole.subarray(0, part)], position);
    die();
  }
  return role === null
    ? real.writevSync(descriptor, buffers, position)
    : between(`${role}.write`, () => real.writevSync(descriptor, buffers, position));
}) as typeof fs.writevSync;

function syncOf(call: 'fdatasyncSync' | 'fsyncSync'): (descriptor: number) => void {
  return (descriptor) => {
    const name = paths.get(descriptor) ?? '';
    const role = roleOf(name) ?? (name.endsWith('/journal') ? 'directory' : null);
    if (role !== null) failSync(role, name, descriptor, call.replace('Sync', ''));
    const sync = (): void => {
      if (plan.sync !== 'off') real[call](descriptor);
      if (plan.syncMs !== undefined && role === 'segment' && armed()) rest(plan.syncMs);
    };
    if (role === null) sync();
    else between(`${role}.sync`, sync);
    if (role === 'segment') durable.set(name, real.fstatSync(descriptor).size);
  };
}
fs.fdatasyncSync = syncOf('fdatasyncSync');
fs.fsyncSync = syncOf('fsyncSync');

fs.renameSync = (from, to) => {
  const role = roleOf(String(to));
  if (role === null) real.renameSync(from, to);
  else between(`${role}.rename`, () => real.renameSync(from, to));
};

fs.ftruncateSync = (descriptor, size) => {
  const role = roleOf(paths.get(descriptor) ?? '');
  if (role === null) real.ftruncateSync(descriptor, size);
  else between(`${role}.truncate`, () => real.ftruncateSync(descriptor, size));
};

if (plan.clock !== undefined) {
  const file = plan.clock;
  const now = Date.now;
  let offset = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  Date.now = () => {
    const at = performance.now();
    if (at - lookedAt > 2) {
      lookedAt = at;
      offset = Number(real.readFileSync(file, 'utf8'));
    }
    return now() + offset;
  };
}

/** Messages between threads that are steps of their own, by what is in them; doors post what belongs to several requests as one. */
function messageOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null) return null;
  if ('kind' in message) {
    const { kind } = message;
    if (kind === 'answers') return 'taken';
    if (kind === 'durable' || kind === 'committed') return kind;
    return null;
  }
  const [first] = Array.isArray(message) ? (message as unknown[]) : [message];
  if (typeof first !== 'object' || first === null) return null;
  if ('draft' in first) return 'append';
  if ('batches' in first) return 'evaluated';
  if ('units' in first) return 'units';
  return null;
}

for (const { prototype } of [MessagePort, Worker]) {
  const { postMessage } = prototype;
  prototype.postMessage = function (this: MessagePort & Worker, ...given: Parameters<typeof postMessage>): void {
    const name = messageOf(given[0]);
    if (name === null) postMessage.apply(this, given);
    else between(`message.${name}`, () => postMessage.apply(this, given));
  } as typeof postMessage;
}

/** Statements whose presence makes a transaction one with a name. */
const TRANSACTIONS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^INSERT INTO snapshots/, 'snapshot'],
  [/^INSERT INTO segments /, 'catalogue'],
  [/^UPDATE logs SET position/, 'hits'],
];

let transaction = 'other';
let commits = 0;
const { exec, prepare } = DatabaseSync.prototype;

DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  const name = TRANSACTIONS.find(([pattern]) => pattern.test(sql))?.[1];
  if (name !== undefined) {
    const { run } = statement;
    statement.run = ((...values: Parameters<typeof run>) => {
      // The first that is more than a position says what it is.
      if (transaction === 'other' || transaction === 'hits') transaction = name;
      return run.apply(statement, values);
    }) as typeof run;
  }
  return statement;
};

DatabaseSync.prototype.exec = function (sql) {
  if (/^BEGIN/.test(sql)) transaction = 'other';
  if (!/^COMMIT/.test(sql)) {
    exec.call(this, sql);
    return;
  }
  const name = transaction;
  const fails = plan.commitOf === 'catalogue' ? name === 'catalogue' : name === 'hits' || name === 'snapshot';
  if (plan.commitError !== undefined && fails && armed()) {
    commits++;
    if (commits === (plan.nth ?? 1)) {
      if (plan.failed !== undefined) real.writeFileSync(plan.failed, 'commit');
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: plan.commitError });
    }
  }
  if (name === 'other') exec.call(this, sql);
  else {
    between(`commit.${name}`, () => exec.call(this, sql));
  }
};

const { writeHead, end } = http.ServerResponse.prototype;
const acknowledged = new WeakSet<http.ServerResponse>();

http.ServerResponse.prototype.writeHead = function (this: http.ServerResponse, ...given: unknown[]) {
  if (given[0] === 200 && this.req.url?.startsWith('/v1/events') === true) {
    acknowledged.add(this);
    reach('answer.before');
  }
  return (writeHead as (...all: unknown[]) => http.ServerResponse).apply(this, given);
} as typeof writeHead;

http.ServerResponse.prototype.end = function (this: http.ServerResponse, ...given: unknown[]) {
  const result = (end as (...all: unknown[]) => http.ServerResponse).apply(this, given);
  if (acknowledged.has(this)) reach('answer.after');
  return result;
} as typeof end;

syncBuiltinESMExports();

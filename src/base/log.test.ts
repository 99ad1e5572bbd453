import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LOG_ROOMS, type LogRecord, limits, openLog, WeirError, workerLog } from './index.ts';
import { memoryLog } from './log.twin.ts';

const here = fileURLToPath(new URL('./index.ts', import.meta.url));

test('a line is JSON with level, time, room, fields and message, in this order', async () => {
  const lines: string[] = [];
  const log = await openLog({ format: 'json', write: (line) => lines.push(line) });
  log
    .room('journal')
    .with({ request_id: 'r1' })
    .warn('the disk is slow', { sync_ms: 112, deep: { a: [1n] } });
  const [line] = lines;
  assert.equal(lines.length, 1);
  assert.match(
    line,
    /^\{"level":"warn","time":"20\d\d-\d\d-\d\dT[\d:.]+Z","room":"journal","request_id":"r1","sync_ms":112,"deep":\{"a":\["1"\]\},"message":"the disk is slow"\}\n$/,
  );
});

test('each room has its own level, changed while it runs, for loggers made before as well', async () => {
  const { log, records } = await memoryLog({ level: 'warn', rooms: { detect: 'debug' } });
  const [journal, detect] = [log.room('journal').with({ a: 1 }), log.room('detect')];
  journal.info('no');
  detect.debug('1');
  detect.trace('no');
  log.setLevel('journal', 'trace');
  log.setLevel('detect', 'off');
  journal.trace('2');
  detect.error('no');
  assert.deepEqual([journal.on('trace'), detect.on('error'), log.level('detect')], [true, false, 'off']);
  assert.deepEqual(
    records().map(({ message, level, room }) => [message, level, room]),
    [
      ['1', 'debug', 'detect'],
      ['2', 'trace', 'journal'],
    ],
  );
});

test('fields of a line that is not written are not looked at; those that throw do not throw out of the log', async () => {
  const { log, records } = await memoryLog({ level: 'info' });
  let looked = 0;
  const fields = {
    get dear(): string {
      looked++;
      throw new Error('not to be had');
    },
  };
  log.room('journal').debug('no', fields);
  assert.equal(looked, 0);
  log.room('journal').info('yes', fields);
  assert.deepEqual(
    records().map(({ message, fields_unreadable }) => [message, fields_unreadable]),
    [['yes', 'not to be had']],
  );
});

test('secrets are left out: by the name of their field, and known ones wherever they stand', async () => {
  const { log, records } = await memoryLog();
  log.hide('s3cret "value"');
  log.hide('short');
  const room = log.room('auth');
  room.info('got s3cret "value"!', {
    authorization: 'Bearer abcdef',
    nested: {
      headers: { Cookie: 'a=b', 'x-api-key': 'k', set_cookie: 'c' },
      ingest_key: 'k',
      password: 'p',
      jwt_token: 't',
    },
    tokens: 12,
    idempotency_key: 'shown',
    monkey: 'shown',
    text: 'in the s3cret "value" middle',
    short: 'short stays',
  });
  const [{ time: _time, ...line }] = records();
  assert.deepEqual(line, {
    level: 'info',
    room: 'auth',
    authorization: '[redacted]',
    nested: {
      headers: { Cookie: '[redacted]', 'x-api-key': '[redacted]', set_cookie: '[redacted]' },
      ingest_key: '[redacted]',
      password: '[redacted]',
      jwt_token: '[redacted]',
    },
    tokens: 12,
    idempotency_key: 'shown',
    monkey: 'shown',
    text: 'in the [redacted] middle',
    short: 'short stays',
    message: 'got [redacted]!',
  });
});

test('records of other threads are written by the main one, under levels shared at once', async (t) => {
  const { log, records } = await memoryLog({ level: 'warn' });
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { workerLog, WeirError } = await import(workerData.here);
    const room = workerLog(workerData.shared, (record) => parentPort.postMessage(record));
    const detect = room('detect').with({ worker: 3 });
    parentPort.on('message', () => {
      detect.info('said', { error: new WeirError('a.b', 'broken'), f: () => 1 });
      parentPort.postMessage('done');
    });
    parentPort.postMessage('ready');
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
    workerData: { here: new URL('./index.ts', import.meta.url).href, shared: log.shared },
  });
  t.after(() => worker.terminate());
  const ask = async (): Promise<void> => {
    worker.postMessage('say');
    for (;;) {
      const [answer] = (await once(worker, 'message')) as [LogRecord | string];
      if (answer === 'done') return;
      if (typeof answer !== 'string') log.receive(answer);
    }
  };
  await once(worker, 'message');
  await ask();
  assert.deepEqual(records(), []);
  log.setLevel('detect', 'info');
  await ask();
  const [{ room, worker: number, message, error, f }] = records();
  assert.deepEqual([room, number, message, f], ['detect', 3, 'said', '[function]']);
  assert.deepEqual([(error as WeirError).code, (error as WeirError).message], ['a.b', 'broken']);
});

test('a thread cannot fill the main one with records: those in excess are dropped and counted', async () => {
  const { log, records } = await memoryLog();
  const posted: LogRecord[] = [];
  const room = workerLog(log.shared, (record) => posted.push(record))('detect');
  for (let i = 0; i < limits.logRecordsWaitingMax + 7; i++) room.info('again');
  assert.equal(posted.length, limits.logRecordsWaitingMax);
  log.receive(posted[0]);
  assert.deepEqual(
    records().map(({ message, lines }) => [message, lines]),
    [
      ['log lines were dropped', 7],
      ['again', undefined],
    ],
  );
  room.info('there is room again');
  assert.equal(posted.length, limits.logRecordsWaitingMax + 1);
});

test('a line too long loses its fields, by name, and keeps its message', async () => {
  const { log, records } = await memoryLog();
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'x'.repeat(limits.logTextBytesMax)]));
  log.room('gateway').error('too much', wide);
  const [{ message, fields_left_out, bytes }] = records();
  assert.equal(message, 'too much');
  assert.deepEqual((fields_left_out as string[]).slice(0, 2), ['f0', 'f1']);
  assert.ok(Number(bytes) > limits.logLineBytesMax);
});

test('text for people: escaped, stacks on lines of their own', async () => {
  const lines: string[] = [];
  const log = await openLog({ format: 'text', write: (line) => lines.push(line) });
  log.room('auth').warn('wrong\x1b[2J key', { user: 'a\u202eb c', n: 1, error: new WeirError('x.y', 'no\nway') });
  assert.match(
    lines[0],
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}auth {6}wrong\\x1b\[2J key {2}user="a\\u\{202e\}b c" {2}n=1 {2}error="no\\nway"\n( {4}\S.*\n)+$/,
  );
});

/** A program that logs, its standard error as given. */
function logging(program: string): ReturnType<typeof spawn> {
  const text = `const { openLog } = await import(${JSON.stringify(here)}); const log = await openLog({ format: 'json' }); const room = log.room('server'); ${program}`;
  return spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['pipe', 'pipe', 'pipe'] });
}

test('a reader that is gone does not end the program, nor keep it from ending', async () => {
  const child = logging(`
    process.stdout.write('ready');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    for (let i = 0; i < 1000; i++) room.info('x'.repeat(1000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    room.info('still here');
    await log.close();
    process.stdout.write('done');
    process.exit(0);
  `);
  assert.ok(child.stdout !== null && child.stderr !== null && child.stdin !== null);
  let out = '';
  child.stdout.on('data', (piece) => (out += piece));
  await once(child.stdout, 'data');
  child.stderr.destroy();
  child.stdin.end('go');
  const [status] = await once(child, 'exit');
  assert.deepEqual([status, out], [0, 'readydone']);
});

test('a reader that stalls holds up nothing: lines beyond the bound are dropped and told when it reads again', async () => {
  const child = logging(`
    const before = performance.now();
    const line = 'x'.repeat(4000);
    for (let i = 0; i < 1000; i++) room.info(line);
    process.stdout.write(String(performance.now() - before < 5000));
    await new Promise((resolve) => process.stdin.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await log.close();
    process.exit(0);
  `);
  assert.ok(child.stdout !== null && child.stderr !== null && child.stdin !== null);
  const [fast] = await once(child.stdout, 'data');
  assert.equal(String(fast), 'true');
  let lines = '';
  child.stderr.on('data', (piece) => (lines += piece));
  child.stdin.end('go');
  await once(child, 'close');
  const records = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = records.filter(({ message }) => message === 'log lines were dropped');
  const written = records.length - told.length;
  assert.equal(written + told.reduce((sum, { lines: count }) => sum + Number(count), 0), 1000);
  assert.ok(told.length > 0 && written < 400, `${written} written`);
});

test('a program ends though nobody reads what it logs', async () => {
  const child = logging(
    `for (let i = 0; i < 1000; i++) room.info('x'.repeat(4000)); await log.close(); process.exit(0);`,
  );
  const [status] = await once(child, 'exit');
  assert.equal(status, 0);
  child.stderr?.destroy();
});

test('rooms are in order, so that lists of them read well', () => {
  assert.deepEqual([...LOG_ROOMS].sort(), [...LOG_ROOMS]);
});

/** `weir up`: the server, from options to the signal that ends it. */
import { onStopSignal, openLog, type StopSignal } from '../../base/index.ts';
import type { Credentials } from '../../meta/index.ts';
import { checkProblem } from '../../pipeline/index.ts';
import { type Flags, readConfig, type Server, startServer, unusedSettings } from '../../server/index.ts';
import { EXIT } from '../failure.ts';
import { cacheFolder, shippedRules, threadsDefault, version } from '../places.ts';
import { printable } from '../terminal/escape.ts';
import { namedIfSlow } from '../terminal/slow.ts';
import { paint, type Terminal, terminalOf } from '../terminal/terminal.ts';

const SIGNAL_STATUS: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 0, SIGTERM: 0 };

export async function upCommand(flags: Flags): Promise<number> {
  const loaded = readConfig({ flags, environment: process.env, checkExpression: checkProblem });
  const { config } = loaded;
  const log = await openLog({ format: config.log.format, level: config.log.level, rooms: config.log.rooms });
  for (const unused of unusedSettings(loaded)) {
    log.room('server').warn('a setting is not in force yet: nothing goes by it', { ...unused });
  }
  const terminal = terminalOf(process.stderr, process.env, process.platform);
  const { promise, resolve } = Promise.withResolvers<number>();
  const starting = startServer({
    config,
    version: version(),
    environment: process.env,
    shippedRules: shippedRules(),
    cache: cacheFolder(process.env),
    threads: config.threads === 'auto' ? threadsDefault() : config.threads,
    log,
    // What is acknowledged is on disk; the next start takes it up. Nothing else can be promised any more.
    onFatal: (error) => {
      log.room('server').error('the server stops', { code: error.code, error: error.message, hint: error.hint ?? '' });
      setImmediate(() => process.exit(EXIT.failed));
    },
  });
  const write = (text: string): void => void process.stderr.write(text);
  void namedIfSlow(starting, `weir: starting; it reads the journal in ${printable(config.data)}\n`, write);
  const server = await starting;
  const restore = onStopSignal((signal, again) => {
    if (again) process.exit(128 + 9);
    log.room('server').info('stopping', { signal });
    server.close(config.stop_within).then(
      () => resolve(SIGNAL_STATUS[signal]),
      (error: unknown) => {
        log.room('server').error('stopping failed', { error: String(error) });
        resolve(EXIT.failed);
      },
    );
  });
  process.stderr.write(welcome(server, terminal));
  const rules = 'weir: reads and compiles the rules, once for all starts; events are taken meanwhile\n';
  void namedIfSlow(server.rules, rules, write);
  const status = await promise;
  restore();
  return status;
}

function welcome({ url, folder, credentials, gateway }: Server, terminal: Terminal): string {
  const lines = [paint(terminal, 'bold', `weir listens on ${url}`), `data    ${folder}`];
  if (gateway.tls !== null) lines.push(`TLS     SHA-256 ${gateway.tls.fingerprint}`);
  if (credentials === null) lines.push(`keys    ${folder}/credentials.json`);
  else lines.push(...made(credentials, folder, gateway.tls?.authorityFile ?? null));
  return `${box(lines)}\n`;
}

function made(
  { url, admin_password, ingest_key, admin_key }: Credentials,
  folder: string,
  authority: string | null,
): string[] {
  const trust = authority === null ? '' : ` --cacert ${authority}`;
  return [
    '',
    'Made now, and kept in credentials.json in that folder:',
    `  admin password   ${admin_password}`,
    `  ingest key       ${ingest_key}`,
    `  admin key        ${admin_key}`,
    '',
    'Send an event:',
    `  curl${trust} ${url}/v1/events -H 'Authorization: Bearer ${ingest_key}' \\`,
    `    -d '{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\\\Windows\\\\System32\\\\vssadmin.exe","CommandLine":"vssadmin delete shadows /all"}'`,
    'Watch what is found:',
    `  curl${trust} -N ${url}/v1/hits/stream -H 'Authorization: Bearer ${admin_key}'`,
    'See that it adds up:',
    `  ${commandName()} books --data ${folder}`,
  ];
}

/** As it was called itself: in a clone by npm. */
function commandName(): string {
  return process.env['npm_lifecycle_event'] === 'start' ? 'npm start -s --' : 'weir';
}

/** Lines with a rule above and below: what is in between stays paste-ready. */
function box(lines: readonly string[]): string {
  const width = Math.min(100, Math.max(...lines.map((line) => line.length)));
  const rule = '─'.repeat(width);
  return `${rule}\n${lines.join('\n')}\n${rule}`;
}

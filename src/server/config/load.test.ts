import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits, overrideLimits } from '../../base/index.ts';
import { ConfigError, configuredLimits, loadConfig, revealSecret } from './index.ts';
import { refusals, scratchFile } from './samples.twin.ts';

test('without a file, flags and environment all is as by default', () => {
  const config = loadConfig();
  assert.equal(config.data, path.resolve('weir-data'));
  assert.deepEqual(config.listen, {
    host: '127.0.0.1',
    port: 7700,
    tls: { auto: false },
    insecure_http: false,
    cors_origins: [],
    frames_socket: 'auto',
  });
  assert.deepEqual(config.journal, {
    group_ms: 2,
    group_bytes: 4 << 20,
    segment_bytes: 64 << 20,
    keep: 7 * 86_400_000,
    max_bytes: { share: 0.8 },
  });
  assert.equal(config.threads, 'auto');
  assert.deepEqual(config.log, {
    level: 'info',
    rooms: {},
    format: 'auto',
    keep: 30 * 86_400_000,
    keep_bytes: 64 << 20,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(structuredClone(config))), JSON.parse(JSON.stringify(config)));
});

test('an empty file, or one of comments, is the same as none', (t) => {
  const { write } = scratchFile(t);
  for (const text of ['', '# all by default\n', '{}', '\ufeff# with a byte order mark\n']) {
    assert.deepEqual(loadConfig({ file: write(text) }), loadConfig());
  }
});

test('all mistakes are told at once, in the order of the file, with place, expectation and what was likely meant', (t) => {
  const { write } = scratchFile(t);
  const file = write(`listn:
  host: x
listen:
  prt: 7701
  port: abc
journal:
  group_ms: 5s
  max_bytes: 120%
notify:
  webhooks:
    chat:
      secret: hunter2secret
group_ms: 3
sources:
  "bad name": {}
  good:
    time_zone: Mars/Phobos
    silent_after: 15
threads: 0
log:
  rooms: {journl: info, journal: loud}
auth: []
tracing: yes
detect:
`);
  assert.deepEqual(refusals(file), [
    '1:1: listn: unknown setting; did you mean listen?',
    '4:3: listen.prt: unknown setting; did you mean port?',
    '5:9: listen.port: expected a whole number from 0 to 65535, such as 7700; got "abc"',
    '7:13: journal.group_ms: must be at most 1s; expected milliseconds from 0 to 1000, such as 2 or 2ms; got "5s"',
    '8:14: journal.max_bytes: expected a size or a share of the disk, such as 200GiB or 80%; got "120%"',
    '11:5: notify.webhooks.chat.url: expected the URL of the receiver without a password in it, such as https://hooks.example.org/weir; got nothing',
    '12:15: notify.webhooks.chat.secret: expected where the secret is, such as {env: WEIR_TOKEN} or {file: /run/secrets/token}; got something else (not shown)',
    '13:1: group_ms: unknown setting; did you mean journal.group_ms?',
    '15:3: sources."bad name": the name must be the name of a source, or * for all others, such as windows',
    '17:16: sources.good.time_zone: expected an IANA time zone, such as Europe/Berlin or UTC; got "Mars/Phobos"',
    '18:19: sources.good.silent_after: expected auto or off, or a span such as 15m, in ms, s, m, h, d or y; got 15',
    '19:10: threads: expected auto, or a whole number from 1 to 256, such as 1; got 0',
    '21:11: log.rooms.journl: the name must be one of admission, alerts, auth, config, correlate, detect, gateway, hits, journal, notify, pipeline, rules, schema, server',
    '21:34: log.rooms.journal: expected one of trace, debug, info, warn, error, off; got "loud"',
    '22:7: auth: expected a section with jwt; got a list of 0',
    '23:10: tracing: expected a section with otlp_url, headers, sample; got "yes"',
    '24:1: detect: expected a section with hunt_new_rules, lateness, quarantine; got an empty value',
  ]);
});

test('more mistakes than can be listed are counted', (t) => {
  const { write } = scratchFile(t);
  const file = write(Array.from({ length: 80 }, (_, i) => `unknown_${i}: 1\n`).join(''));
  const lines = refusals(file);
  assert.equal(lines.length, limits.configProblemsShown + 1);
  assert.equal(lines.at(-1), '… and 30 more');
});

test('a file that is no configuration, too large or absent is refused before it is read as one', (t) => {
  const { write, file } = scratchFile(t);
  assert.deepEqual(refusals(write('- a\n')), ['1:1: expected settings, such as "data: ./weir-data"']);
  assert.deepEqual(refusals(write('text\n')), ['1:1: expected settings, such as "data: ./weir-data"']);
  assert.match(refusals(write('a: [\n')).join(), /^2:1: not YAML: /);
  write(`data: ${'x'.repeat(10_000_000)}`);
  assert.throws(() => loadConfig({ file }), { code: 'disk.read', message: /10000006 bytes, more than the 1048576/ });
  assert.throws(() => loadConfig({ file: `${file}.gone` }), { code: 'disk.read' });
  assert.match(
    refusals(write(`data: ${'x'.repeat(100_000)}`)).join(),
    /^1:7: data: expected .*got "x{79}… \(100002 characters\)$/,
  );
});

test('flags go before the environment, the environment before the file', (t) => {
  const { write } = scratchFile(t);
  const file = write('listen: {host: 127.0.0.9, port: 1}\nthreads: 1\ndata: from-file\nlog: {level: warn}\n');
  const environment = { WEIR_THREADS: '2', WEIR_DATA: '/from-environment', WEIR_LOG_LEVEL: '', WEIR_CONFIG: file };
  const config = loadConfig({ environment, flags: { threads: '3', rules: ['a', '/b'], listen: '127.0.0.2:99' } });
  assert.equal(config.threads, 3);
  assert.equal(config.data, '/from-environment');
  assert.equal(config.log.level, 'warn');
  assert.deepEqual([config.listen.host, config.listen.port], ['127.0.0.2', 99]);
  assert.deepEqual(config.rules.paths, [path.resolve('a'), '/b']);
});

test('a mistake in a flag or variable is told with its name', () => {
  const given = {
    flags: { listen: '127.0.0.1:x', logLevel: 'loud' },
    environment: { WEIR_THREADS: 'many', WEIR_INSECURE_HTTP: 'maybe' },
  };
  assert.throws(
    () => loadConfig(given),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems.map(({ where, setting }) => [where, setting]).sort(), [
        ['--listen', 'listen.port'],
        ['--log-level', 'log.level'],
        ['WEIR_INSECURE_HTTP', 'listen.insecure_http'],
        ['WEIR_THREADS', 'threads'],
      ]);
      return true;
    },
  );
});

test('listen addresses: with port, IPv6 in brackets, a port alone for all addresses', () => {
  const listen = (value: string): [string, number] => {
    const { host, port } = loadConfig({ flags: { listen: value, insecureHttp: true } }).listen;
    return [host, port];
  };
  assert.deepEqual(listen('10.0.0.1:80'), ['10.0.0.1', 80]);
  assert.deepEqual(listen('[::1]:80'), ['::1', 80]);
  assert.deepEqual(listen(':80'), ['::', 80]);
  assert.deepEqual(listen('localhost'), ['localhost', 7700]);
  assert.throws(() => listen('a:b:c'), ConfigError);
});

test('a flag for TLS replaces what the file says of it', (t) => {
  const { write } = scratchFile(t);
  const file = write('listen: {tls: {cert: a.crt, key: a.key}}\n');
  assert.deepEqual(loadConfig({ file, flags: { tls: 'auto' } }).listen.tls, { auto: true });
  assert.deepEqual(loadConfig({ file, flags: { tls: 'off' } }).listen.tls, { auto: false });
  const auto = write('listen: {tls: {auto: true}}\n');
  const tls = loadConfig({ file: auto, flags: { tlsCert: '/b.crt', tlsKey: '/b.key' } }).listen.tls;
  assert.deepEqual(tls, { cert: '/b.crt', key: '/b.key', auto: false });
  assert.throws(
    () => loadConfig({ flags: { tls: 'auto', tlsCert: '/b.crt', tlsKey: '/b.key' } }),
    /--tls: listen.tls.auto: either auto or/,
  );
});

test('a flag where the file has no section is told at the place in the file', (t) => {
  const { write } = scratchFile(t);
  assert.match(refusals(write('listen: 5\n'), { flags: { listen: ':1' } }).join(), /^1:9: listen: expected a section/);
});

test('paths are relative to the folder of the file they stand in, those of flags to the current one', (t) => {
  const { write, file } = scratchFile(t);
  write(
    'data: d\nrules: {paths: [a, ../b, /c]}\nnotify: {webhooks: {w: {url: "https://x.example", secret: {file: s}}}}\n',
  );
  const config = loadConfig({ file, flags: { pipeline: ['p.yml'] }, secrets: 'skip' });
  const folder = path.dirname(file);
  assert.equal(config.data, path.join(folder, 'd'));
  assert.deepEqual(config.rules.paths, [path.join(folder, 'a'), path.resolve(folder, '../b'), '/c']);
  assert.deepEqual(config.rules.pipelines, [path.resolve('p.yml')]);
  assert.deepEqual(config.notify.webhooks['w'].secret, { file: path.join(folder, 's') });
});

test('a secret that is not there is told by its reference, before anything starts', (t) => {
  const { write, file } = scratchFile(t);
  const secret = path.join(path.dirname(file), 'secret');
  write('notify: {webhooks: {w: {url: "https://x.example", secret: {env: HOOK}, headers: {A: {file: secret}}}}}\n');
  assert.deepEqual(refusals(file), [
    '1:59: notify.webhooks.w.secret: the environment variable HOOK is not set, and a secret should be in it',
    `1:85: notify.webhooks.w.headers.A: cannot read ${secret}: no such file or directory`,
  ]);
  assert.deepEqual(refusals(file, { secrets: 'skip' }), []);
  fs.writeFileSync(secret, '\n');
  assert.match(refusals(file, { environment: { HOOK: 'k' } }).join(), /secret is empty, and a secret should be in it/);
  fs.writeFileSync(secret, 'from a file\r\n');
  const environment = { HOOK: 'from the environment' };
  const { headers, secret: own } = loadConfig({ file, environment }).notify.webhooks['w'];
  assert.equal(revealSecret(headers['A'], environment), 'from a file');
  assert.deepEqual(own, { env: 'HOOK' });
  assert.equal(revealSecret({ env: 'HOOK' }, environment), 'from the environment');
});

test('what stands in place of a reference to a secret is repeated nowhere', (t) => {
  const { write } = scratchFile(t);
  for (const wrong of [
    'hunter2',
    '[hunter2]',
    '{env: "hunter2 with spaces"}',
    '{hunter2: x}',
    '{env: A, hunter2: B}',
    '{file: ["hunter2"]}',
    '{env: A, file: hunter2}',
  ]) {
    const told = refusals(write(`notify: {webhooks: {w: {url: "https://x.example", secret: ${wrong}}}}\n`)).join('\n');
    assert.match(told, /^1:\d+: notify\.webhooks\.w\.secret: expected where the secret is/, wrong);
    assert.doesNotMatch(told, /hunter2/, wrong);
  }
});

test('configured limits are in force, fixed ones cannot be configured', (t) => {
  const { write } = scratchFile(t);
  const config = loadConfig({ file: write('limits: {yaml_aliases_max: 7, rule_file_bytes_max: 8MiB}\n') });
  const values = configuredLimits(config.limits);
  const before = { yamlAliasesMax: limits.yamlAliasesMax, ruleFileBytesMax: limits.ruleFileBytesMax };
  t.after(() => overrideLimits(before));
  overrideLimits(values);
  assert.deepEqual([limits.yamlAliasesMax, limits.ruleFileBytesMax], [7, 8 << 20]);
  assert.match(
    refusals(write('limits: {line_bytes_max: 1MiB}\n')).join(),
    /^1:10: limits.line_bytes_max: unknown setting/,
  );
  assert.match(refusals(write('limits: {yaml_aliases_max: 0}\n')).join(), /expected a whole number from 1 to 102400/);
  assert.match(
    refusals(write('limits: {rule_file_bytes_max: 5TiB}\n')).join(),
    /must be at most 4GiB; expected a size from 1B to 4GiB/,
  );
});

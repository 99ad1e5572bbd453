/** What a stranger gets: the packed package, installed into an empty folder and run by the machine's own Node. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoFiles, repoRoot } from '../scripts/repo.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-package-'));
const at = (...parts: string[]): string => path.join(folder, ...parts);
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Without the folders npm adds, whose first `node` is our Node 24. */
const machinePath = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .filter((name) => !name.includes('node_modules'))
  .join(path.delimiter);

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd: string): Result {
  const env = { ...process.env, PATH: machinePath };
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 120_000 });
  if (result.error !== undefined) throw result.error;
  return result;
}

function succeed(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run(command, args, cwd);
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

let packed: string[] = [];

before(() => {
  // A copy, so that no other test sees `dist/` change under it.
  for (const file of repoFiles()) {
    fs.mkdirSync(path.dirname(at('copy', file)), { recursive: true });
    fs.copyFileSync(path.join(repoRoot, file), at('copy', file));
  }
  succeed(process.execPath, [path.join(repoRoot, 'scripts/build.ts'), 'to', at('copy', 'dist')], repoRoot);
  const pack = succeed('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], at('copy'));
  const [{ filename, files }] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
  packed = files.map((file) => file.path);
  fs.mkdirSync(at('empty'));
  fs.writeFileSync(at('empty', 'package.json'), '{"private":true}');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'warn'];
  succeed('npm', ['install', ...quiet, at(filename)], at('empty'));
});

const weir = (args: readonly string[]): Result => run(at('empty', 'node_modules/.bin/weir'), args, at('empty'));

test('the package holds the program and its documents, and neither tests nor sources', () => {
  for (const wanted of [
    'bin/weir.js',
    'dist/cli/main.js',
    'dist/kernel.wasm',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
  ]) {
    assert.ok(packed.includes(wanted), `${wanted} is missing`);
  }
  assert.deepEqual(
    packed.filter((file) => /\.test\.|\.twin\.|^(src|test|scripts|kernel|bench|\.ci)\//.test(file)),
    [],
  );
});

test('the installed command says its version', () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(repoRoot, 'package.json'), 'utf8')) as { version: string };
  const { status, stdout, stderr } = weir(['--version']);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${version}\n`, stderr: '' });
});

test('the installed command finds an attack in an event, and nothing in another', () => {
  const event = (image: string): string =>
    JSON.stringify({
      Event: {
        System: {
          Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
          EventID: 1,
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          Computer: 'HOST-1',
          TimeCreated: { '#attributes': { SystemTime: '2026-01-02T03:04:05.678Z' } },
        },
        EventData: { Image: image },
      },
    });
  fs.writeFileSync(at('empty', 'events.ndjson'), `${event('C:\\good.exe')}\n${event('C:\\EVIL.exe')}\n`);
  fs.writeFileSync(
    at('empty', 'rule.yml'),
    `title: Evil
id: 11111111-2222-4333-8444-555555555555
logsource: { category: process_creation, product: windows }
detection:
  selection: { Image|endswith: '\\evil.exe' }
  condition: selection
level: high
`,
  );
  const { status, stdout, stderr } = weir(['scan', '--rules', 'rule.yml', '--format', 'ndjson', 'events.ndjson']);
  assert.equal(status, 0, stderr);
  const hits = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rule: { title: string }; source: unknown });
  assert.deepEqual(
    hits.map(({ rule, source }) => [rule.title, source]),
    [['Evil', { path: 'events.ndjson', record: 2 }]],
  );
});

test('the installed demo finds its story with the rules that come with weir', () => {
  const { status, stdout, stderr } = weir(['demo']);
  assert.equal(status, 0, stderr);
  assert.match(stdout + stderr, /critical|high/i);
});

/** Settings that nothing goes by yet: in-force.ts and unused.ts. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { z } from 'zod';
import { isNotYet } from './in-force.ts';
import { loadConfig, readConfig, unusedSettings } from './index.ts';
import { scratchFile } from './samples.twin.ts';
import { configSchema } from './schema.ts';
import { describe } from './walk.ts';

const SOURCES = path.join(import.meta.dirname, '..', '..');

/** Names of all settings, by whether they are marked, those of `limits` left out. */
function namesOf(schema: z.ZodType, within = false): { name: string; idle: boolean }[] {
  const { node } = describe(schema);
  const idle = within || isNotYet(schema);
  if (node.kind === 'map') return namesOf(node.each, idle);
  if (node.kind !== 'section') return [];
  return Object.entries(node.shape).flatMap(([name, each]) => {
    if (name === 'limits') return [];
    const inner = namesOf(each, idle);
    return inner.length > 0 ? inner : [{ name, idle: idle || isNotYet(each) }];
  });
}

/** The server's code and the command, without the configuration itself, tests and comments. */
function code(): string {
  const files = fs.globSync(['server/**/*.ts', 'cli/commands/up.ts'], { cwd: SOURCES });
  return files
    .filter((file) => !/\.(?:test|twin)\.ts$/.test(file) && !file.startsWith(path.join('server', 'config')))
    .map((file) => fs.readFileSync(path.join(SOURCES, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''))
    .join('\n');
}

test('a setting that no code reads is marked as not in force', () => {
  const text = code();
  const unread = namesOf(configSchema).filter(({ name, idle }) => !idle && !new RegExp(`\\b${name}\\b`).test(text));
  assert.deepEqual(unread, []);
});

test('what is given and not in force is named with its place; what is not given, or in force, is not', (t) => {
  const { file, write } = scratchFile(t);
  assert.deepEqual(unusedSettings(readConfig({ flags: {}, environment: {} })), []);
  write(`journal:
  group_ms: 2
  segment_bytes: 32MiB
detect: {quarantine: {budget: 10%}}
sources:
  dc: {retention_class: pci, time_zone: Europe/Berlin, severity: high, lateness: 1m}
tenants:
  acme: {sources: {"*": {time_zone: UTC}}}
auth:
  jwt:
    sso: {issuer: a, audience: b, jwks_url: "https://login.example.org/keys", tenant: acme}
tracing: {otlp_url: "http://127.0.0.1:4318/v1/traces", sample: 5%}
`);
  const loaded = readConfig({ file, flags: {}, environment: {} });
  assert.deepEqual(
    unusedSettings(loaded).map(({ setting, from }) => [setting, from.slice(file.length)]),
    [
      ['journal.group_ms', ':2:13'],
      ['sources.dc.time_zone', ':6:41'],
      ['sources.dc.lateness', ':6:82'],
      ['tenants.acme.sources.*.time_zone', ':8:37'],
    ],
  );
  assert.equal(loadConfig({ file, flags: {}, environment: {} }).journal.group_ms, 2);
});

/** Configurations made from the schema, for properties: any that is valid, in its written form. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { ConfigError, type LoadOptions, loadConfig } from './index.ts';
import type { Leaf } from './leaves.ts';
import { configSchema } from './schema.ts';
import { printSize, printSpan } from './units.ts';
import { describe } from './walk.ts';

/** A file in a folder of its own, removed with the test. */
export function scratchFile(t: TestContext): { readonly file: string; readonly write: (text: string) => string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-config-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'weir.yaml');
  return {
    file,
    write(text) {
      fs.writeFileSync(file, text);
      return file;
    },
  };
}

/** Lines of the error that loading gives, without the name of the file. */
export function refusals(file: string, options: LoadOptions = {}): string[] {
  try {
    loadConfig({ file, ...options });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    const lines = `${error.message}\n${error.hint ?? ''}`.trimEnd().split('\n');
    return lines.map((line) => line.replace(`${file}:`, ''));
  }
  return [];
}

interface Written {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Written[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Written>>;
}

/** Values whose patterns say too little for a blind draw. */
const DRAWN: readonly [kind: RegExp, values: fc.Arbitrary<unknown>][] = [
  [/^time zone$/, fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires')],
  [/^host$/, fc.constantFrom('localhost', '::1', '10.0.0.1', 'a-b.example.org', '::ffff:127.0.0.1')],
  [/^URL$/, fc.constantFrom('https://a.example', 'http://127.0.0.1:1/x?y=%20#z', 'https://[::1]/')],
  [
    /^path$/,
    fc.oneof(
      fc.constantFrom('.', '..', '/', 'a b', '# x', "it's", '-', '~', 'null', '07', 'a: b'),
      fc.string({ minLength: 1 }),
    ),
  ],
];
const SPANS = fc
  .oneof(
    fc.nat(1e10),
    fc.nat(100_000),
    fc.nat(3600).map((s) => s * 1000),
  )
  .map(printSpan);
const SIZES = fc
  .oneof(
    fc.nat({ max: 2 ** 31 }),
    fc.nat(5000).map((n) => n * 2 ** 20),
  )
  .map(printSize);

/** What JSON Schema says of a leaf, drawn. */
function drawn(schema: Written): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(drawn));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer')
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 9e15, 9e15) });
  if (schema.type === 'object')
    return fc.record(
      Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, each]) => [name, drawn(each)])),
    );
  const pattern = schema.pattern ?? '';
  if (pattern.includes('ms|')) return SPANS;
  if (pattern.includes('KiB')) return SIZES;
  return fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.string({ unit: 'binary' }));
}

function leafValues(schema: z.ZodType, { kind }: Leaf): fc.Arbitrary<unknown> {
  const special = DRAWN.find(([pattern]) => pattern.test(kind))?.[1];
  const values = special ?? drawn(z.toJSONSchema(schema, { io: 'input' }) as Written);
  return values.filter((value) => schema.safeParse(value).success);
}

function values(schema: z.ZodType): fc.Arbitrary<unknown> {
  const { node } = describe(schema);
  if (node.kind === 'leaf') return leafValues(node.schema, node.leaf);
  if (node.kind === 'list') return fc.array(values(node.each), { maxLength: 3 });
  if (node.kind === 'map') {
    const names = leafValues(node.keySchema, node.key).map(String);
    return fc.dictionary(
      names.filter((name) => name !== '__proto__'),
      values(node.each),
      { maxKeys: 3, noNullPrototype: true },
    );
  }
  const required: string[] = [];
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, each] of Object.entries(node.shape)) {
    shape[name] = values(each);
    if (describe(each).required) required.push(name);
  }
  return fc.record(shape, { requiredKeys: required as never[] });
}

type Tree = Record<string, unknown>;

/** Takes out what does not go together. */
function related(written: Tree): Tree {
  const config = structuredClone(written);
  const listen = (config['listen'] ?? {}) as Tree;
  const tls = (listen['tls'] ?? {}) as Tree;
  if (tls['cert'] === undefined || tls['key'] === undefined || tls['auto'] === true) {
    delete tls['cert'];
    delete tls['key'];
  }
  if (config['listen'] !== undefined) listen['insecure_http'] = true;
  const journal = config['journal'] as Tree | undefined;
  if (journal !== undefined) for (const name of ['group_bytes', 'segment_bytes', 'max_bytes']) delete journal[name];
  const retention = config['retention'] as { policies?: Record<string, Tree> } | undefined;
  for (const policy of Object.values(retention?.policies ?? {})) {
    delete policy['keep'];
    if (policy['reason'] !== undefined) policy['reason'] = 'contract';
  }
  const metrics = config['metrics'] as Tree | undefined;
  for (const [name, series] of Object.entries((metrics?.['series'] ?? {}) as Record<string, Tree>)) {
    if (/^(?:weir|process|nodejs)_/.test(name)) delete (metrics as Record<'series', Tree>).series[name];
    for (const part of ['where', 'sum', 'labels']) delete series[part];
  }
  if (metrics?.['store'] === 'off') delete metrics['series'];
  if (metrics !== undefined && metrics['url'] === undefined) delete metrics['store'];
  const tiers = (config['store'] as { tiers?: Tree } | undefined)?.tiers;
  if (tiers !== undefined && (tiers['cold'] as Tree | undefined)?.['url'] === undefined) {
    delete (tiers['cold'] as Tree | undefined)?.['after'];
    delete tiers['policies'];
  }
  const notify = config['notify'] as Record<string, Tree> | undefined;
  for (const name of Object.keys(notify?.['webhooks'] ?? {})) delete notify?.['log_files']?.[name];
  const auth = config['auth'] as { jwt?: Record<string, Tree> } | undefined;
  for (const issuer of Object.values(auth?.jwt ?? {})) {
    for (const [one, other, value] of [
      ['jwks_url', 'jwks_file', 'keys.json'],
      ['tenant', 'tenant_claim', 'tenant'],
    ]) {
      if (issuer[one] !== undefined) delete issuer[other];
      else issuer[other] ??= value;
    }
  }
  return config;
}

/** Valid configurations as users may write them. */
export const writtenConfigs: fc.Arbitrary<Tree> = (values(configSchema) as fc.Arbitrary<Tree>).map(related);

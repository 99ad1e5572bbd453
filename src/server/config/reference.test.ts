import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configReference, loadConfig } from './index.ts';
import { scratchFile } from './samples.twin.ts';

const page = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));

test('docs/configuration.md is what the schema says (npm run docs)', () => {
  assert.equal(fs.readFileSync(page, 'utf8'), configReference());
});

test('the example at its top is valid', (t) => {
  const { write } = scratchFile(t);
  const example = /```yaml\n([\s\S]*?)```/.exec(configReference())?.[1] ?? '';
  const config = loadConfig({ file: write(example), environment: { WEIR_HOOK_KEY: 'k' } });
  assert.equal(config.sources['firewall'].validation, 'enforce');
});

test('every setting has a row with a description', () => {
  const rows = configReference().match(/^\| `.*$/gm) ?? [];
  assert.ok(rows.length > 60);
  for (const row of rows) assert.match(row, /\| \S[^|]*\|$/, row);
});

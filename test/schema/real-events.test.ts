import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type EventBatch, encodeBatch, openBatch } from '../../src/batch/index.ts';
import { bareKernel } from '../../src/batch/scan.twin.ts';
import { parseTime } from '../../src/detect/engine/time.ts';
import { recognise, type SourceType, Validator } from '../../src/schema/index.ts';
import { regressionCases } from '../reference/corpus.ts';
import { vendorCorpora } from '../shapes/corpora.ts';
import { skipWithout } from '../shared.ts';

const RECEIVED = Date.UTC(2026, 7, 1);

function* batchesOf(lines: readonly string[]): Iterable<EventBatch> {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const kernel = bareKernel(bytes.length + 64);
  kernel.load(bytes);
  while (kernel.scan())
    for (const frame of encodeBatch(kernel, { tenant: 't', source: 's', mapping: '' })) yield openBatch(frame);
}

/** Paths of a JSON event as its columns have them; elements of lists add nothing. */
function pathsOf(value: unknown, path: string, into: Set<string>): void {
  if (Array.isArray(value)) for (const element of value) pathsOf(element, path, into);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      const own = key.replaceAll('.', '\\.');
      pathsOf(inner, path === '' ? own : `${path}.${own}`, into);
    }
  else into.add(path);
}

function sourceOf(line: string): SourceType | null {
  const paths = new Set<string>();
  pathsOf(JSON.parse(line), '', paths);
  return recognise(paths);
}

interface Share {
  rows: number;
  failed: number;
  readonly counts: Map<string, number>;
}

/** Events that failed, and with what, of lines of one source. */
function share(source: SourceType | null, lines: readonly string[]): Share {
  const validator = new Validator(source, { mode: 'warn' }, { parseTime });
  const total: Share = { rows: 0, failed: 0, counts: new Map() };
  for (const batch of batchesOf(lines)) {
    const result = validator.validate(batch, RECEIVED);
    total.rows += result.rows;
    total.failed += result.warned;
    for (let row = 0; row < result.rows; row++) {
      for (const { code, field } of result.findings(row)) {
        const key = `${code} ${field}`;
        total.counts.set(key, (total.counts.get(key) ?? 0) + 1);
      }
    }
  }
  return total;
}

const shown = (of: Share): string =>
  `${of.failed} of ${of.rows} ${[...of.counts].map(([key, count]) => `${key}: ${count}`).join(', ')}`;

suite('real events pass validation', () => {
  test('Windows events as NXLog ships them: only content that was lost on the way is missed', (t) => {
    const path = skipWithout(t, 'windows-mordor-20k.ndjson.gz');
    if (path === null) return;
    const lines = gunzipSync(readFileSync(path))
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    const groups = Map.groupBy(lines, sourceOf);
    assert.deepEqual(
      [...groups.keys()].map((source) => source?.id),
      ['windows.nxlog'],
    );
    const [[source, own]] = [...groups];
    const result = share(source, own);
    t.diagnostic(shown(result));
    // NXLog drops data without names, which is all that the classic PowerShell log has: these events are empty.
    assert.deepEqual([...result.counts.keys()], ['schema.required weir.script.text']);
    assert.ok(result.failed < result.rows / 20);
  });

  test('Windows event logs', (t) => {
    if (skipWithout(t, 'sigma-regression') === null) return;
    const groups = Map.groupBy(
      regressionCases().flatMap(({ lines }) => lines),
      sourceOf,
    );
    for (const [source, lines] of groups) {
      const result = share(source, lines);
      t.diagnostic(`${source?.id}: ${shown(result)}`);
      assert.ok(result.failed <= result.rows / 20, `${source?.id}: ${shown(result)}`);
    }
  });

  test('audit, web, network and identity logs of many vendors', (t) => {
    if (skipWithout(t, 'vendor-logs/panther') === null) return;
    const groups = Map.groupBy(
      vendorCorpora().flatMap(({ lines }) => lines),
      sourceOf,
    );
    let rows = 0;
    let failed = 0;
    for (const [source, lines] of groups) {
      const result = share(source, lines);
      rows += result.rows;
      failed += result.failed;
      if (result.failed > 0) t.diagnostic(`${source?.id}: ${shown(result)}`);
    }
    t.diagnostic(`${failed} of ${rows}`);
    assert.ok(rows > 3000);
    // Addresses that anonymising broke, words of vendors in fields named as those of ECS, times cut out.
    assert.ok(failed <= rows / 20, `${failed} of ${rows}`);
  });
});

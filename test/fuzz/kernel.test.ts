/**
 * The scanner on damaged lines: FUZZ_N mutated inputs (100,000 by default). Nothing traps or hangs, memory stays, and the
 * lines taken are those JSON.parse takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../src/base/index.ts';
import { encodeBatch, openBatch } from '../../src/batch/index.ts';
import { bareKernel, binaryOf, bytesOf, compact, isEvent, lineArb } from '../../src/batch/scan.twin.ts';
import { threadMs } from '../shared.ts';
import { mutate } from './formats-kit.ts';

const COUNT = Number(process.env['FUZZ_N'] ?? 100_000);
const HANG_MS = 50;
const META = { tenant: 't', source: 's', mapping: '' };

const CORPUS = [
  ...fc.sample(lineArb, { seed: 42, numRuns: 200 }),
  '{"Event":{"System":{"EventID":1,"Channel":"Security","Keywords":-9223372036854775808},"EventData":{"CommandLine":"\\"C:\\\\x.exe\\" -a"}}}',
  '{"a":["\\"","',
  `{"deep":${'[{"x":'.repeat(30)}1${'}]'.repeat(30)}}`,
  `{"long":"${'0123456789abcdef\\\\\\"'.repeat(20)}","list":[${'1,"a",'.repeat(20)}null]}`,
];

test(`${COUNT} damaged inputs are scanned as JSON.parse reads them, in bounded time and memory`, () => {
  const random = seededRandom(1);
  const kernel = bareKernel(1 << 16);
  let memory = 0;
  let taken = 0;
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const lines = Array.from({ length: 1 + random.integer(4) }, () => random.pick(CORPUS));
    const input = mutate(bytesOf(lines.join('\n')), random, 1 + random.integer(4));
    const found: string[] = [];
    let others = 0;
    const scan = (): void => {
      found.length = 0;
      others = 0;
      kernel.load(input);
      while (kernel.scan()) {
        const from = found.length;
        for (let row = 0; row < kernel.get('rowCount'); row++) found.push(binaryOf(kernel.line(row)));
        others += kernel.get('errorCount') + kernel.get('blankCount');
        if (i % 50 !== 0) continue;
        const texts = encodeBatch(kernel, META)
          .map(openBatch)
          .flatMap((batch) => Array.from({ length: batch.rows }, (_, row) => binaryOf(batch.rowText(row))));
        assert.deepEqual(texts.map(compact), found.slice(from).map(compact));
      }
    };
    // The compiler and the collector may have their turn: what hangs does so each time.
    let slow = 0;
    for (let attempt = 0; attempt < 3 && slow === attempt; attempt++) {
      const started = threadMs();
      scan();
      if (threadMs() - started > HANG_MS) slow++;
    }
    assert.ok(slow < 3, `input ${i} takes more than ${HANG_MS} ms: ${JSON.stringify(binaryOf(input))}`);
    const text = binaryOf(input);
    const written = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    const wanted = text === '' ? [] : written.filter(isEvent);
    assert.deepEqual(found, wanted, `input ${i}: ${JSON.stringify(text)}`);
    assert.equal(found.length + others, text === '' ? 0 : written.length, `input ${i}: ${JSON.stringify(text)}`);
    taken += found.length;
    refused += others;
    if (i === COUNT >> 3) memory = kernel.bytes.length;
  }
  assert.equal(kernel.bytes.length, memory);
  assert.ok(taken > COUNT / 10 && refused > COUNT / 10, `${taken} taken, ${refused} refused`);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pseudonymCommand } from './pseudonym.ts';

test('values of the command line and of a file get the tenant’s pseudonyms; without its key none', (t) => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-pseudonym-'));
  t.after(() => fs.rmSync(data, { recursive: true, force: true }));
  assert.throws(() => pseudonymCommand(['x'], { data, tenant: 'acme' }), {
    code: 'mask.key',
    message: /no values of the tenant acme were ever masked here/,
  });
  fs.mkdirSync(path.join(data, 'pseudonyms'));
  const key = Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => i)).toString('hex');
  fs.writeFileSync(path.join(data, 'pseudonyms', 'acme.key'), `${key}\n`);
  fs.writeFileSync(path.join(data, 'list'), 'ALICE@example.org\n\n');
  const lines: string[] = [];
  const write = t.mock.method(process.stdout, 'write', (text: string) => lines.push(text) > 0);
  pseudonymCommand(['Alice@Example.org'], { data, tenant: 'acme', from: path.join(data, 'list') });
  write.mock.restore();
  assert.deepEqual(lines, [
    '{"value":"Alice@Example.org","pseudonym":"psn-A6LM7vlfwbPFdX9li-Wi_n"}\n',
    '{"value":"ALICE@example.org","pseudonym":"psn-A6LM7vlfwbPFdX9li-Wi_n"}\n',
  ]);
});

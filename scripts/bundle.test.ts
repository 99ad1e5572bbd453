import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { bundle } from './bundle.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-bundle-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** Bundles the modules, the first being the entry, and gives what running the one file prints. */
function run(name: string, modules: Readonly<Record<string, string>>): string {
  const at = path.join(folder, name);
  for (const [file, text] of Object.entries(modules)) {
    fs.mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
    fs.writeFileSync(path.join(at, file), text);
  }
  const entry = path.join(at, Object.keys(modules)[0] ?? '');
  const text = bundle(entry);
  for (const file of Object.keys(modules)) fs.rmSync(path.join(at, file));
  fs.writeFileSync(entry, text);
  const { stdout, stderr } = spawnSync(process.execPath, [entry], { encoding: 'utf8' });
  return stdout + stderr;
}

test('a bundle does what its modules did: all forms of import and export, each evaluated once, in order', () => {
  const printed = run('forms', {
    'main.mjs': `import fs, { existsSync as there } from 'node:fs';
import * as path from 'node:path';
import './side.mjs';
import { A, b as renamed, made, star } from './deep/index.mjs';
export { A } from './deep/a.mjs';
if (import.meta.main) console.log(there === fs.existsSync, path.posix.join('x', 'y'), new A().name, renamed, made(), star);`,
    'side.mjs': `console.log('side');`,
    'deep/index.mjs': `export * from './star.mjs';
export { A } from './a.mjs';
import { b } from './a.mjs';
const own = 1;
export { b, own as unused };
export function made() { return b + own; }`,
    'deep/a.mjs': `console.log('a'); export class A { name = 'A'; } export const b = 2, c = 3;`,
    'deep/star.mjs': `import './a.mjs'; export const star = '*';`,
  });
  assert.equal(printed, 'side\na\ntrue x/y A 2 3 *\n');
});

test('what is imported when called is evaluated when called, and every module knows where it stood', () => {
  const printed = run('lazy', {
    'cli/main.mjs': `console.log('first');
const { place, main } = await import('../deep/late.mjs');
console.log(place, main);`,
    'deep/late.mjs': `console.log('late');
export const place = import.meta.url.endsWith('/deep/late.mjs') && import.meta.dirname.endsWith('deep');
export const main = import.meta.main;`,
  });
  assert.equal(printed, 'first\nlate\ntrue false\n');
});

test('what a bundle cannot do is refused', () => {
  const cycle = { 'main.mjs': `import './a.mjs';`, 'a.mjs': `import './b.mjs';`, 'b.mjs': `import './a.mjs';` };
  assert.throws(() => run('cycle', cycle), /a\.mjs imports itself through others/);
  const later = { 'main.mjs': `import { n } from './n.mjs';`, 'n.mjs': 'export let n = 0; n++;' };
  assert.throws(() => run('later', later), /n\.mjs: an exported variable must be const/);
  const fallback = { 'main.mjs': `import n from './n.mjs';`, 'n.mjs': 'export default 1;' };
  assert.throws(() => run('default', fallback), /n\.mjs: export default is not supported/);
});

/** Holds the rules of the house (CONTRIBUTING.md). Each rule is also tried on a file that breaks it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { repoFiles, repoRoot } from '../scripts/repo.ts';
import { importsOf, importViolations, machineViolations, testViolations } from './tidy/code.ts';
import { lengthViolations, linkViolations, untestedFiles, wordViolations } from './tidy/text.ts';

const TEXT = /\.(ts|js|json|md|yml|yaml|sh|css|html)$|^\.ci\//;
const names = repoFiles();
const files = new Map(
  names.filter((file) => TEXT.test(file)).map((file) => [file, fs.readFileSync(path.join(repoRoot, file), 'utf8')]),
);

type Rule = (file: string, source: string) => string[];

const broken = (rule: Rule, wanted: RegExp): string[] =>
  [...files].filter(([file]) => wanted.test(file)).flatMap(([file, source]) => rule(file, source));

test('rooms import downwards and through index.ts', () => {
  assert.deepEqual(broken(importViolations, /^src\/.*\.ts$/), []);
});

test('the rule on imports finds upward, sideways, inner and outside imports, types included', () => {
  const source = `import { a } from '../base/index.ts';
import type { B } from '../cli/index.ts';
import {
  c,
} from '../formats/index.ts';
export { d } from '../schema/types.ts';
const e = await import('../../scripts/repo.ts');
import { f } from './other.ts';
import fs from 'node:fs';
import { g } from '../detect/index.ts';`;
  assert.deepEqual(importViolations('src/formats/planted.ts', source), [
    'src/formats/planted.ts:2: imports ../cli/index.ts, but formats stands no higher than cli',
    'src/formats/planted.ts:6: imports ../schema/types.ts, not through src/schema/index.ts',
    'src/formats/planted.ts:7: imports ../../scripts/repo.ts, which is outside src/',
    'src/formats/planted.ts:10: imports ../detect/index.ts, but formats stands no higher than detect',
  ]);
  assert.deepEqual(importViolations('src/query/x.ts', `import { a } from '../formats/index.ts';`), [
    'src/query/x.ts:1: imports ../formats/index.ts, but query stands no higher than formats',
  ]);
  assert.deepEqual(importViolations('src/detect/correlate/x.ts', `import { a } from '../sigma/fold.ts';`), []);
  assert.deepEqual(importViolations('src/detect/sigma/x.ts', `import { a } from '../correlate/state.ts';`), [
    'src/detect/sigma/x.ts:1: imports ../correlate/state.ts, but detect/sigma stands no higher than detect/correlate',
  ]);
  assert.deepEqual(importViolations('src/cli/x.ts', `import { a } from '../detect/sigma/model.ts';`), [
    'src/cli/x.ts:1: imports ../detect/sigma/model.ts, not through src/detect/index.ts',
  ]);
  assert.deepEqual(importViolations('src/cellar/x.ts', ''), [
    'src/cellar/x.ts: the room cellar has no level; give it one in test/tidy/code.ts',
  ]);
});

test('the packages a user installs are those the program imports, the others are for development', () => {
  const manifest = JSON.parse(files.get('package.json') ?? '') as Record<string, Record<string, string>>;
  const lock = JSON.parse(files.get('package-lock.json') ?? '') as { packages: Record<string, { dev?: boolean }> };
  const program = [...files].filter(([file]) => /^(src|bin)\//.test(file) && !/\.(test|twin)\.ts$/.test(file));
  const imported = program.flatMap(([, source]) => importsOf(source).map(({ specifier }) => specifier));
  const packages = new Set(imported.filter((name) => !/^(\.|node:)/.test(name)));
  assert.deepEqual(Object.keys(manifest['dependencies'] ?? {}), [...packages].sort());
  const tools = Object.keys(manifest['devDependencies'] ?? {});
  assert.deepEqual(
    tools.filter((name) => lock.packages[`node_modules/${name}`]?.dev !== true),
    [],
  );
});

test('only base touches disk, clock, timers and randomness', () => {
  assert.deepEqual(broken(machineViolations, /^src\/.*\.ts$/), []);
});

test('the rule on the machine finds each way to it, and not the words in comments and strings', () => {
  const source = `import fs from 'node:fs';
import { randomBytes, createHash } from 'node:crypto';
const at: number = Date.now();
const shuffled = [Math.random(), globalThis.performance.now(), new Date(), new Date(5)];
setTimeout(() => {}, 1); // Date.now()
const text = 'Math.random()';`;
  const found = machineViolations('src/pipeline/planted.ts', source);
  assert.deepEqual(
    found.map((line) => line.replace(/^src\/pipeline\/planted\.ts:(\d+): (.*) outside src\/base$/, '$1 $2')),
    [
      '1 imports node:fs',
      '2 imports randomBytes',
      '3 Date.now()',
      '4 Math.random()',
      '4 performance.now()',
      '4 new Date()',
      '5 setTimeout()',
    ],
  );
  assert.deepEqual(machineViolations('src/base/clock.ts', source), []);
});

test('no test is left out in silence', () => {
  assert.deepEqual(broken(testViolations, /\.test\.ts$/), []);
});

test('the rule on tests finds only and unexplained skips', () => {
  const source = `test.only('a', () => {});
describe('b', { only: true }, () => {});
it.skip('c', () => {});
test('d', { skip: true }, () => {});
test('e', { skip: 'needs a terminal' }, (t) => { t.skip('because'); t.skip(); });
list.only(); test('f', () => {});`;
  assert.deepEqual(testViolations('src/x/planted.test.ts', source), [
    'src/x/planted.test.ts:1: .only leaves the other tests out',
    'src/x/planted.test.ts:2: only: true leaves the other tests out',
    "src/x/planted.test.ts:3: .skip without a reason: use { skip: 'reason' }",
    'src/x/planted.test.ts:4: skip: true gives no reason',
    "src/x/planted.test.ts:5: .skip without a reason: use { skip: 'reason' }",
  ]);
});

test('files are short enough to be read', () => {
  assert.deepEqual(broken(lengthViolations, /\.(ts|js)$/), []);
  assert.deepEqual(lengthViolations('src/x/y.ts', '\n'.repeat(500)), []);
  assert.equal(lengthViolations('src/x/y.ts', '\n'.repeat(501)).length, 1);
  assert.deepEqual(lengthViolations('kernel/y.ts', '\n'.repeat(700)), []);
  assert.equal(lengthViolations('kernel/y.ts', '\n'.repeat(701)).length, 1);
});

test('nothing names a machine, leaves work open or silences a finding without a reason', () => {
  assert.deepEqual(broken(wordViolations, /./), []);
});

test('the rule on words finds each of them', () => {
  const planted = [
    `cd /${'work'}/main`,
    `/${'root'}/.npm/_logs`,
    `// ${'TO'}${'DO'}: later`,
    `// @ts-${'ignore'}`,
    `// ${'eslint'}-disable-next-line no-eval`,
    `// ${'eslint'}-disable-next-line no-eval -- measured`,
    `"${'resolved'}": "https://registry.example/x.tgz"`,
    `a rule may name /${'root'}/.ssh/authorized_keys`,
  ];
  const lines = wordViolations('x.ts', planted.join('\n')).map((line) => Number(line.split(':')[1]));
  assert.deepEqual(lines.sort(), [1, 2, 3, 4, 5, 7]);
});

test('links in documents lead somewhere', () => {
  assert.deepEqual(
    [...files.keys()].flatMap((file) => linkViolations(file, files, names)),
    [],
  );
});

test('the rule on links finds missing files and headings', () => {
  const planted = new Map([
    [
      'docs/a.md',
      '[b](b.md#two-words) [c](c.md) [d](b.md#three) [e](#here) [f](https://x.y) `[g](g.md)` [up](../src/)\n# Here',
    ],
    ['docs/b.md', '# Two `words`'],
    ['src/x.ts', ''],
  ]);
  assert.deepEqual(linkViolations('docs/a.md', planted, [...planted.keys()]), [
    'docs/a.md: the link c.md leads nowhere',
    'docs/a.md: the link b.md#three names no heading',
  ]);
});

test('every source file of some length is tested beside it or by a test near it that names it', () => {
  assert.deepEqual(untestedFiles(files), []);
});

test('the rule on tests beside the code finds a file without one', () => {
  const long = 'call();\n'.repeat(40);
  const planted = new Map([
    ['src/a/tested.ts', long],
    ['src/a/tested.test.ts', ''],
    ['src/a/named.ts', long],
    ['src/a/below/alone.ts', long],
    ['src/a/room.test.ts', `import { x } from './named.ts';`],
    ['src/a/short.ts', 'call();'],
    ['src/a/types.ts', `export interface Wide {\n${'  /** doc */\n  readonly a: 1;\n'.repeat(40)}}`],
  ]);
  assert.deepEqual(untestedFiles(planted), ['src/a/below/alone.ts: no test beside it and none near that names it']);
});

test('each source type is listed in its table', () => {
  const table = files.get('src/schema/sources/index.ts') ?? '';
  const types = [...files.keys()].filter((file) =>
    /^src\/schema\/sources\/(?!index\.ts)[^/]*(?<!\.test)\.ts$/.test(file),
  );
  assert.deepEqual(
    types.filter((file) => !table.includes(`'./${path.posix.basename(file)}'`)),
    [],
  );
});

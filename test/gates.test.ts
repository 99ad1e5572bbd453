/** The gates of `.ci/run`, each tried on something it must find. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { readAudit } from '../scripts/audit.ts';
import { codeLines, reportCoverage } from '../scripts/coverage.ts';
import { forbiddenPackages, licenceAllowed } from '../scripts/licences.ts';
import { npmTool, repoRoot } from '../scripts/repo.ts';
import { normaliseBom } from '../scripts/sbom.ts';

function runTool(
  packageName: string,
  args: readonly string[],
  input: string,
): { status: number | null; stdout: string; output: string } {
  const tool = npmTool(packageName, packageName);
  const result = spawnSync(process.execPath, [tool, ...args], { cwd: repoRoot, input, encoding: 'utf8' });
  return { status: result.status, stdout: result.stdout, output: result.stdout + result.stderr };
}

test('static analysis finds command injection, eval, path traversal, script injection and slow expressions', () => {
  const planted = `import { exec, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
export function planted(input: string): string {
  exec(\`ls \${input}\`);
  spawn('ls', [input], { shell: true });
  eval(input);
  new Function(input)();
  document.body.innerHTML = input;
  /^(a+)+$/i.test(input);
  new RegExp(input);
  return readFileSync(input, 'utf8');
}
`;
  const config = ['--no-config-lookup', '-c', 'scripts/eslint.config.js', '-f', 'json'];
  const { status, stdout, output } = runTool(
    'eslint',
    [...config, '--stdin', '--stdin-filename', 'src/formats/x.ts'],
    planted,
  );
  assert.equal(status, 1, output);
  const [report] = JSON.parse(stdout) as [{ messages: { line: number; ruleId: string }[] }];
  assert.deepEqual(
    report.messages.map(({ line, ruleId }) => `${line} ${ruleId}`),
    [
      '4 security/detect-child-process',
      '5 no-restricted-syntax',
      '6 security/detect-eval-with-expression',
      '6 no-eval',
      '7 no-new-func',
      '8 no-unsanitized/property',
      '9 weir/slow-regex',
      '10 security/detect-non-literal-regexp',
      '11 security/detect-non-literal-fs-filename',
    ],
  );
});

test('the secret scan finds a private key', () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pem = key.export({ type: 'pkcs1', format: 'pem' }).toString();
  const { status, output } = runTool('secretlint', ['--stdinFileName=notes.md'], pem);
  assert.equal(status, 1, output);
  assert.match(output, /found private key/);
  assert.equal(runTool('secretlint', ['--stdinFileName=notes.md'], 'nothing to hide').status, 0);
});

test('licences are judged as SPDX expressions, tools more freely than what is published', () => {
  const judged = (expression: string): boolean[] => [
    licenceAllowed(expression, false),
    licenceAllowed(expression, true),
  ];
  assert.deepEqual(judged('MIT'), [true, true]);
  assert.deepEqual(judged('MPL-2.0'), [false, true]);
  assert.deepEqual(judged('GPL-3.0-only'), [false, false]);
  assert.deepEqual(judged('(GPL-2.0 OR MIT)'), [true, true]);
  assert.deepEqual(judged('MIT AND GPL-2.0'), [false, false]);
  assert.deepEqual(judged('MIT AND (CC0-1.0 OR GPL-2.0)'), [true, true]);
  for (const wrong of ['', 'MIT MIT', '(MIT', 'MIT OR', 'UNLICENSED']) assert.deepEqual(judged(wrong), [false, false]);
});

test('a package with another licence or none is named', () => {
  const packages = {
    '': { license: 'Apache-2.0' },
    'node_modules/good': { version: '1.0.0', license: 'ISC' },
    'node_modules/a/node_modules/viral': { version: '2.0.0', license: 'AGPL-3.0' },
    'node_modules/silent': { version: '3.0.0' },
    'node_modules/tool': { version: '4.0.0', license: 'MPL-2.0', dev: true },
  };
  assert.deepEqual(forbiddenPackages(packages), ['viral 2.0.0: AGPL-3.0', 'silent 3.0.0: not stated']);
});

test('an audit’s findings are named, and no answer is told from no findings', () => {
  const finding = { vulnerabilities: { lodash: { severity: 'high', range: '<4.17.21' } } };
  assert.deepEqual(readAudit(JSON.stringify(finding)), { answered: true, lines: ['lodash <4.17.21: high'] });
  assert.deepEqual(readAudit('{"vulnerabilities":{}}'), { answered: true, lines: [] });
  const refused = { message: '405 Method Not Allowed', error: { summary: '', detail: '' } };
  assert.deepEqual(readAudit(JSON.stringify(refused)), { answered: false, lines: ['405 Method Not Allowed'] });
  assert.throws(() => readAudit('{}'), /printed no report/);
});

test('the SBOM does not depend on when, where and with which npm it was made', () => {
  const bom = (serialNumber: string, timestamp: string, name: string, order: readonly string[]) => ({
    serialNumber,
    metadata: { timestamp, tools: [{ version: timestamp }], component: { name, version: '1.0.0' } },
    components: order.map((ref) => ({ 'bom-ref': ref })),
    dependencies: order.map((ref) => ({ ref })),
  });
  const first = normaliseBom(bom('urn:1', 'Monday', 'folder', ['b', 'a']), 'weir');
  assert.deepEqual(first, normaliseBom(bom('urn:2', 'Tuesday', 'other', ['a', 'b']), 'weir'));
  assert.equal(first.metadata.component.name, 'weir');
});

test('coverage counts lines that hold code, not types, comments, brackets or blanks', () => {
  const source = `/** doc */
interface Shape {
  readonly a: number;
}

// why
const a: number = 1; /* and
more */
export function f(x: Shape): void {
  g(x);
}
`;
  assert.deepEqual([...codeLines(source)], [7, 9, 10]);
});

test('a room whose files no test loads fails the coverage gate', (t) => {
  const printed: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => printed.push(line) > 0);
  const passed = reportCoverage([], () => 'call();\n');
  t.mock.restoreAll();
  assert.equal(passed, false);
  assert.ok(printed.includes('coverage: room base is below 80 %:\n'));
});

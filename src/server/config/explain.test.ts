import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits, limitTable } from '../../base/index.ts';
import { ConfigError, explainConfig, explainYaml, readConfig } from './index.ts';
import { scratchFile, writtenConfigs } from './samples.twin.ts';

const asYaml = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

test('what is explained is a configuration, and the same one, for any valid file', (t) => {
  const { write } = scratchFile(t);
  fc.assert(
    fc.property(writtenConfigs, (written) => {
      const loaded = readConfig({ file: write(asYaml(written)), secrets: 'skip' });
      const again = readConfig({ file: write(explainYaml(loaded)), secrets: 'skip' });
      assert.deepEqual(again.config, loaded.config);
      assert.equal(explainYaml(again).replace(/ {2}# \S+$/gm, ''), explainYaml(loaded).replace(/ {2}# \S+$/gm, ''));
    }),
    { numRuns: 40 },
  );
});

/** Values no setting takes in place of its own: in a line of its own, each is wrong or happens to fit. */
const JUNK = [
  '',
  'true',
  '-1',
  '1e400',
  '99999999999999999',
  '[]',
  '[[1]]',
  '{a: 1}',
  '"\\u0000"',
  '*',
  '&a',
  '!!int 3',
  '"',
  '}',
  '15x',
  '- a',
  '%',
];

test('a change of one line is an error on that line, or it is valid', (t) => {
  const { write } = scratchFile(t);
  const change = fc.oneof(
    fc.constantFrom(...JUNK).map((junk) => (line: string) => line.replace(/: .*/, () => `: ${junk}`)),
    fc.nat(40).map((at) => (line: string) => line.slice(0, at) + line.slice(at + 1)),
    fc.tuple(fc.nat(40), fc.constantFrom('x', '_', ':', '#', '"', '\t', '0')).map(
      ([at, character]) =>
        (line: string) =>
          line.slice(0, at) + character + line.slice(at),
    ),
    fc.constant((line: string) => line.replace(/(\w+):/, 'renamed:')),
  );
  let refused = 0;
  fc.assert(
    fc.property(writtenConfigs, fc.nat(), change, (written, draw, alter) => {
      const yaml = explainYaml(readConfig({ file: write(asYaml(written)), secrets: 'skip' }));
      const lines = yaml
        .replace(/^ *#.*\n|^\n/gm, '')
        .replace(/ {2}# \S+$/gm, '')
        .trimEnd()
        .split('\n');
      const at = draw % lines.length;
      const changed = alter(lines[at]);
      const name = write([...lines.slice(0, at), changed, ...lines.slice(at + 1)].join('\n'));
      try {
        readConfig({ file: name, secrets: 'skip' });
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        refused++;
        const places = error.problems.map(({ where }) => Number(/:(\d+):\d+$/.exec(where)?.[1]));
        const context = `line ${at + 1} ${JSON.stringify(lines[at])} → ${JSON.stringify(changed)}: ${error.message}`;
        // A quote or an indentation that is off is noticed where what follows no longer fits; the rest on its line, or
        // where that what it stands in, or what stood in it, is found wanting.
        const syntax = error.message.includes('not YAML');
        const near = (line: number): boolean =>
          line === at + 1 || (syntax && line > at) || isAround(lines, line - 1, at) || isAround(lines, at, line - 1);
        assert.ok(places.some(near), `${context} — at ${places.join(', ')}`);
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(refused > 20, `only ${refused} changes were refused`);
});

const depth = (line: string): number => line.search(/\S|$/);

/** Whether the section in line `outer` is one that line `inner` stands in. */
function isAround(lines: readonly string[], outer: number, inner: number): boolean {
  if (outer > inner || lines[outer] === undefined) return false;
  return lines.slice(outer + 1, inner + 1).every((line) => depth(line) > depth(lines[outer]));
}

test('each setting is told with value, origin and meaning, a limit with its unit and reason', (t) => {
  const { write, file } = scratchFile(t);
  write('listen:\n  port: 1234\nlimits: {yaml_aliases_max: 5}\nsources:\n  "a/b":\n    silent_after: 90s\n');
  const loaded = readConfig({ file, flags: { threads: '2' }, environment: { WEIR_LOG_LEVEL: 'warn' } });
  const found = new Map(explainConfig(loaded).map((each) => [each.setting, each]));
  assert.deepEqual(found.get('listen.port'), {
    setting: 'listen.port',
    from: `${file}:2:9`,
    description: 'TCP port; 0 takes any that is free.',
    value: 1234,
  });
  assert.deepEqual([found.get('threads')?.value, found.get('threads')?.from], [2, '--threads']);
  assert.deepEqual([found.get('log.level')?.value, found.get('log.level')?.from], ['warn', 'WEIR_LOG_LEVEL']);
  assert.deepEqual([found.get('listen.host')?.value, found.get('listen.host')?.from], ['127.0.0.1', 'default']);
  assert.equal(found.get('sources."a/b".silent_after')?.value, '90s');
  const limit = found.get('limits.yaml_aliases_max');
  assert.deepEqual([limit?.value, limit?.from, limit?.limit], [5, `${file}:3:28`, limitTable.yamlAliasesMax]);
  assert.equal(found.has('limits.line_bytes_max'), false);
  assert.equal(found.get('journal.max_bytes')?.value, '80%');
  for (const { setting, description } of found.values()) assert.match(description, /\w+ \w+/, setting);
});

test('every limit that is not fixed stands in the section limits with the value in force', () => {
  const { config } = readConfig();
  const expected = Object.entries(limitTable).filter(([, limit]) => !('fixed' in limit));
  assert.equal(Object.keys(config.limits).length, expected.length);
  assert.equal(config.limits['rule_file_bytes_max'], limits.ruleFileBytesMax);
});

test('origins and names from outside cannot break the lines of the YAML', (t) => {
  const { write } = scratchFile(t);
  const file = write(
    'rules:\n  placeholders:\n    a: ["x\\u2028y", "# no", "a: b", "it\'s", "yes", "0x1f", "007", ".5", "./x", "True"]\n',
  );
  const loaded = readConfig({ file });
  const line = explainYaml(loaded)
    .split('\n')
    .find((each) => each.startsWith('    a:'));
  assert.ok(
    line?.startsWith('    a: ["x\\u2028y", "# no", "a: b", "it\'s", yes, "0x1f", "007", ".5", ./x, "True"]  # '),
    line,
  );
});

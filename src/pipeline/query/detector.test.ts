import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '../../detect/index.ts';
import { type Detector, parseQuery, type Row, RunError, type Value } from '../../lang/index.ts';
import { liveRules } from '../live/rule-set.ts';
import { prepareRuleSet } from '../prepare.ts';
import { detectorOf, packNames } from './detector.ts';

const rule = (n: number, title: string, detection: string, more = ''): string => `title: ${title}
id: 00000000-0000-4000-8000-00000000000${n}
logsource: {product: windows, service: security}
level: high
detection:
  sel: ${detection}
  condition: sel
${more}`;

const FILES = [
  { path: 'sigma/windows/a.yml', text: rule(1, 'Whoami', "{User|contains: 'who'}") },
  { path: 'sigma/linux/b.yml', text: rule(2, 'Any of list', '{Groups: admins}') },
  { path: 'own/c.yml', text: rule(3, 'Nobody', '{User: nobody}') },
];
const RULES = liveRules(prepareRuleSet(loadRules(FILES)));

const row = (cells: Readonly<Record<string, readonly Value[]>>): Row =>
  new Map(Object.entries({ Channel: ['Security'], EventID: [4624n], 'weir.id': ['l/0/1/0'], ...cells }));

const ROWS: readonly Row[] = [
  row({ User: ['WHOever'] }),
  row({ User: ['ann'], Groups: ['users', 'admins'] }),
  row({ User: ['ann'] }),
  row({ User: ['who'], Groups: ['admins'] }),
];

function detector(targets: string, notes: string[] = []): Detector {
  const operator = parseQuery(`events | detect ${targets}`).tree?.body.operators[0];
  assert.ok(operator?.kind === 'detect');
  return detectorOf(RULES, operator.targets, (text) => notes.push(text));
}

const found = async (targets: string, rows = ROWS): Promise<string[]> =>
  (await detector(targets)(rows)).map(({ row: at, rule: { name, level } }) => `${at} ${name} ${level}`).sort();

test('rows that a rule matches, by its id or its title, in whatever case; lists by any of their values', async () => {
  assert.deepEqual(await found('rule:"whoami"'), ['0 Whoami high', '3 Whoami high']);
  assert.deepEqual(await found('rule:"00000000-0000-4000-8000-000000000002"'), [
    '1 Any of list high',
    '3 Any of list high',
  ]);
  assert.deepEqual(await found('rule:"Nobody"'), []);
});

test('a pack is the folder that rules lie in, and several targets are one', async () => {
  assert.deepEqual(packNames(RULES).toSorted(), ['linux', 'own', 'sigma', 'windows']);
  assert.deepEqual(await found('pack:linux'), ['1 Any of list high', '3 Any of list high']);
  const both = ['0 Whoami high', '1 Any of list high', '3 Any of list high', '3 Whoami high'];
  assert.deepEqual(await found('pack:sigma'), both);
  assert.deepEqual(await found('rule:"Whoami", pack:linux, pack:sigma'), both);
});

test('rows keep their numbers over many batches', async () => {
  const rows = Array.from({ length: 700 }, (_, i) =>
    row({ User: [i % 100 === 7 ? 'who' : 'ann'], text: [`${i}${'x'.repeat(20_000)}`] }),
  );
  const notes: string[] = [];
  const matches = await detector('rule:"Whoami"', notes)(rows);
  assert.deepEqual(
    matches.map(({ row: at }) => at),
    [7, 107, 207, 307, 407, 507, 607],
  );
  assert.deepEqual(notes, []);
});

test('what is no rule in force is named with what may be meant', () => {
  const said = (targets: string): string => {
    try {
      detector(targets);
    } catch (error) {
      assert.ok(error instanceof RunError);
      return `${error.message} ${error.hint}`;
    }
    return '';
  };
  assert.match(said('rule:"Whoamy"'), /no rule in force is called Whoamy Did you mean Whoami\?/);
  assert.match(said('pack:linus'), /no pack in force is called linus Did you mean linux\?/);
  assert.throws(() => detectorOf(null, [], () => {}), /no rules are in force here/);
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { prepare } from './evaluate.ts';
import { compileExpression } from './index.ts';
import { bare, evaluateTwin, eventArb, TOOLS, treeArb } from './kit.twin.ts';
import { print, printValue } from './print.ts';
import type { Value } from './value.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

const EVENT: Readonly<Record<string, readonly Value[]>> = {
  name: ['PowerShell.exe'],
  line: ['powershell -enc SQBFAFgA C:\\Temp\\run_me.ps1'],
  port: [443n],
  text_port: ['443'],
  ratio: [0.5],
  users: ['alice', 'Bob'],
  empty: [''],
  nil: [null],
  flag: ['True'],
  off: [false],
  when: ['2026-03-01T09:00:00Z'],
  ip: ['10.1.2.3'],
  ips: ['8.8.8.8', '10.1.2.3'],
  'a\\.b.c': ['dotted'],
};

/** What an expression is worth in EVENT, as it would be written. */
function worth(text: string): string {
  const compiled = compileExpression(text, TOOLS);
  assert.ok(compiled.ok, `${text}: ${compiled.ok || compiled.diagnostics[0]?.message}`);
  return compiled.program
    .evaluate((path) => EVENT[path] ?? [], NOW)
    .map(printValue)
    .join(' ');
}

function allAre(expected: string, texts: readonly string[]): void {
  for (const text of texts) assert.equal(worth(text), expected, text);
}

suite('an expression', () => {
  test('means what its plain twin says, for any event', () => {
    fc.assert(
      fc.property(treeArb, eventArb, (tree, event) => {
        const values = prepare(tree, TOOLS).evaluate((path) => event[path] ?? [], 0);
        const twin = evaluateTwin(tree, event);
        // An absent value and a null say the same.
        const shown = (list: readonly Value[]) =>
          (list.length === 0 ? [null] : list).map((value) => (Number.isNaN(value) ? 'nan' : bare(value)));
        assert.deepEqual(shown(values), shown(twin), print(tree));
      }),
      { numRuns: 5000 },
    );
  });

  test('compares texts by case with == and without with =~', () => {
    allAre('true', [
      'name == "PowerShell.exe"',
      'name =~ "powershell.EXE"',
      'name != "powershell.exe"',
      'name in ("x", "PowerShell.exe")',
      'name in~ ("POWERSHELL.EXE")',
      'name !in ("powershell.exe")',
    ]);
    allAre('false', [
      'name == "powershell.exe"',
      'name !~ "powershell.exe"',
      'name in ("powershell.exe")',
      'name !in~ ("powershell.exe")',
    ]);
  });

  test('finds terms with has, and any part with contains', () => {
    allAre('true', [
      'line has "ENC"',
      'line has "run"',
      'line has "me.ps1"',
      'line hasprefix "power"',
      'line hassuffix "shell"',
      'line contains "hell -e"',
      'line startswith "POWER"',
      'line endswith ".PS1"',
      'line has_any ("x", "enc")',
      'line has_all ("temp", "enc")',
      'line has ""',
      'line !has "power"',
      'line has_cs "Temp"',
    ]);
    allAre('false', [
      'line has "power"',
      'line has_cs "ENC"',
      'line contains_cs "POWER"',
      'line startswith_cs "Power"',
      'line !contains "enc"',
      'line !endswith "ps1"',
      'line has_all ("temp", "x")',
      'line has_any ("x")',
    ]);
  });

  test('matches regular expressions with the compiler it is given', () => {
    assert.equal(worth('line matches regex @"run_\\w+\\.ps1$"'), 'true');
    assert.equal(worth('none matches regex "x"'), 'false');
  });

  test('reads texts of events as what they are compared with', () => {
    allAre('true', [
      'text_port == 443',
      'text_port > 80',
      'port == "443"',
      'when > datetime(2026-03-01)',
      'when < now()',
      'when > ago(4h)',
      'flag == true',
      'flag and port == 443',
      'text_port in (442, 443)',
      'text_port between (400 .. 500)',
    ]);
    allAre('false', ['text_port == "0443"', 'name == 443', 'when > ago(2h)', 'flag == false', 'off']);
  });

  test('treats null as Kusto does', () => {
    allAre('true', [
      'none != "x"',
      'none !in ("x")',
      'none !has "x"',
      'none !~ "x"',
      'isnull(none)',
      'isnull(nil)',
      'isempty(empty)',
      'isempty(none)',
      'isnotempty(name)',
      'none == "x" or port == 443',
      'not(none has "x")',
      'isnotnull(empty)',
    ]);
    allAre('false', [
      'none == "x"',
      'none has "x"',
      'none in ("x")',
      'none == ""',
      'none < 1 and port == 1',
      'isnull(empty)',
      'isnotempty(empty)',
      'isnotnull(none)',
      'none startswith "x"',
    ]);
    allAre('null', [
      'none < 1',
      'none == none',
      'not(none < 1)',
      'none < 1 or port == 1',
      'none between (1 .. 2)',
      'none + 1',
      'strlen(none)',
      'name and true',
      'none =~ none',
      'none !~ nil',
    ]);
  });

  test('holds for a field with several values where it holds for one of them, negated for none', () => {
    allAre('true', [
      'users == "alice"',
      'users has "BOB"',
      'users !has "carol"',
      'users in~ ("bob")',
      'ipv4_is_in_range(ips, "10.0.0.0/8") or false',
      'strlen(users) == 3',
      'array_length(users) == 2',
      'users != "carol"',
    ]);
    allAre('false', ['users != "alice"', 'users !has "bob"', 'users !in ("alice")', 'array_length(none) > 0']);
    assert.equal(worth('toupper(users)'), '"ALICE" "BOB"');
    assert.equal(worth('users + users'), 'null');
  });

  test('calculates with integers as integers', () => {
    assert.equal(worth('7 / 2'), '3');
    assert.equal(worth('7.0 / 2'), '3.5');
    assert.equal(worth('-7 % 4'), '-3');
    assert.equal(worth('9223372036854775807 + 1'), 'null');
    assert.equal(worth('9223372036854775807 - 1'), '9223372036854775806');
    assert.equal(worth('1 / 0'), 'null');
    assert.equal(worth('1.0 / 0'), 'real(+inf)');
    assert.equal(worth('port * 2 + ratio'), '886.5');
    assert.equal(worth('text_port + 1'), '444');
    assert.equal(worth('-port'), '-443');
    assert.equal(worth('-(1h)'), 'timespan(-01:00:00)');
    assert.equal(worth('name - 1'), 'null');
  });

  test('calculates with dates and spans', () => {
    assert.equal(worth('datetime(2026-03-01) + 36h'), 'datetime(2026-03-02T12:00:00Z)');
    assert.equal(worth('datetime(2026-03-01) - datetime(2026-02-27)'), '2d');
    assert.equal(worth('1h / 15m'), '4.0');
    assert.equal(worth('1h % 25m'), '10m');
    assert.equal(worth('2 * 90m'), '3h');
    assert.equal(worth('1h / 2'), '30m');
    assert.equal(worth('1h * 0.5'), '30m');
    assert.equal(worth('now() - ago(1d)'), '1d');
    assert.equal(worth('now(-1h)'), 'datetime(2026-03-01T11:00:00Z)');
    assert.equal(worth('datetime(9999-12-31) + 10d'), 'null');
    assert.equal(worth('1d / 0s'), 'null');
    assert.equal(worth('datetime(2026-03-01T10:00:00Z) between (datetime(2026-03-01) .. 12h)'), 'true');
    assert.equal(worth('port !between (400 .. 500)'), 'false');
  });

  test('converts', () => {
    const cases: Readonly<Record<string, string>> = {
      'toint("0x1f")': '31',
      'toint(" -12 ")': '-12',
      'toint("1.5")': 'null',
      'toint(2.9)': '2',
      'toint(3000000000)': 'null',
      'tolong(3000000000)': '3000000000',
      'tolong("99999999999999999999")': 'null',
      'tolong(true)': '1',
      'tolong(real(nan))': 'null',
      'toreal("1.5")': '1.5',
      'toreal(2)': '2.0',
      'toreal(1.5)': '1.5',
      'toreal("x")': 'null',
      'toreal(none)': 'null',
      'tobool("TRUE")': 'true',
      'tobool(0)': 'false',
      'tobool(2.5)': 'true',
      'tobool("x")': 'null',
      'tobool("0")': 'false',
      'tobool(true)': 'true',
      'tostring(1.0)': '"1"',
      'tostring(none)': '""',
      'tostring(1d)': '"1.00:00:00"',
      'tostring(datetime(2026-01-02))': '"2026-01-02T00:00:00Z"',
      'todatetime("2026-01-02T03:04:05.678+02:00")': 'datetime(2026-01-02T01:04:05.678Z)',
      'todatetime(5)': 'null',
      'todatetime("2026-02-30")': 'null',
      'totimespan("01:30:00")': '90m',
      'totimespan(1d)': '1d',
      'totimespan(5)': 'null',
      'tolower("ÄB")': '"äb"',
      'strlen("a😀")': '2',
      'strcat("a", 1, none, true)': '"a1true"',
      'substring("a😀bc", 1, 2)': '"😀b"',
      'substring("abc", -2)': '"bc"',
      'substring("abc", none)': 'null',
      'coalesce(none, nil, "x")': '"x"',
      'coalesce(none)': '',
      'iff(port == 443, "tls", "other")': '"tls"',
      'iif(none < 1, 1, 2)': '2',
      'hourofday(when)': '9',
      'hourofday(none)': 'null',
      'dayofweek(datetime(2026-03-01))': '0d',
      'dayofweek(datetime(1969-12-31))': '3d',
      'dayofweek(name)': 'null',
      'ipv4_is_in_range("10.1.2.3", "10.1.2.3")': 'true',
      'ipv4_is_in_range("10.1.2.3", "0.0.0.0/0")': 'true',
      'ipv4_is_in_range("200.1.2.3", "128.0.0.0/1")': 'true',
      'ipv4_is_in_range("10.1.2.3", "10.2.0.0/16")': 'false',
      'ipv4_is_in_range("::1", "10.0.0.0/8")': 'null',
      'ipv4_is_in_range("10.1.2.300", "10.0.0.0/8")': 'null',
      'ipv4_is_in_range(ip, "10.0.0.0/33")': 'null',
      'ipv4_is_in_range(ip, "nonsense")': 'null',
      'ipv4_is_private(ip)': 'true',
      'ipv4_is_private("8.8.8.8")': 'false',
      'ipv4_is_private(name)': 'null',
    };
    for (const [text, value] of Object.entries(cases)) assert.equal(worth(text), value, text);
  });

  test('reads keys with dots and other signs', () => {
    assert.equal(worth('["a.b"].c'), '"dotted"');
    assert.equal(worth('["a.b"]["c"]'), '"dotted"');
  });

  test('knows its fields and whether it asks for the time', () => {
    const compiled = compileExpression('a.b == 1 and x.y > ago(1d) or a.b == 2', TOOLS);
    assert.ok(compiled.ok);
    assert.deepEqual(compiled.program.fields, ['a.b', 'x.y']);
    assert.equal(compiled.program.timed, true);
    assert.equal(
      compiled.program.test(() => [], NOW),
      false,
    );
    const plain = compileExpression('a == 1', TOOLS);
    assert.equal(plain.ok && plain.program.timed, false);
  });
});

suite('what cannot be run', () => {
  test('is said with the reason of the expression compiler', () => {
    const compiled = compileExpression('a matches regex "("', TOOLS);
    assert.equal(compiled.ok, false);
    assert.equal(compiled.diagnostics[0]?.code, 'lang.regex');
    assert.match(compiled.diagnostics[0]?.message ?? '', /"\("/);
  });

  test('is an expression with errors, of syntax or of types', () => {
    assert.equal(compileExpression('a ==', TOOLS).ok, false);
    assert.equal(compileExpression('strlen()', TOOLS).ok, false);
    assert.throws(() => prepare({ kind: 'error', span: { start: 0, end: 0 } }, TOOLS), /tree with errors/);
    assert.throws(() => print({ kind: 'error', span: { start: 0, end: 0 } }), /tree with errors/);
  });
});

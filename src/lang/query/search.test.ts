import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { bare } from '../kit.twin.ts';
import { print } from '../print.ts';
import { searchArb } from './kit.twin.ts';
import { printSearch, readSearch, searchCondition } from './search.ts';

/** A search as the condition it stands for. */
function meaning(text: string): string {
  const { search, diagnostics } = readSearch(text, 0);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
    text,
  );
  assert.ok(search !== null, text);
  return print(searchCondition(search));
}

suite('a plain search', () => {
  test('means a condition', () => {
    for (const [text, condition] of [
      ['failed', '* has "failed"'],
      ['failed logon', '* has "failed" and * has "logon"'],
      ['"failed logon"', '* has "failed logon"'],
      ['host:web01', 'host.* has "web01"'],
      ['user.name:"bob smith"', 'user.name.* has "bob smith"'],
      ['-user:svc*', 'not(user.* hasprefix "svc")'],
      ['NOT a OR b c', 'not(* has "a") or * has "b" and * has "c"'],
      ['(a OR b) AND c', '(* has "a" or * has "b") and * has "c"'],
      ['-(a b)', 'not(* has "a" and * has "b")'],
      ['*.exe', '* hassuffix ".exe"'],
      ['*power*', '* contains "power"'],
      ['a.B*c', 'tolower(*) matches regex "\\\\ba\\\\.b.*c\\\\b"'],
      ['*a*b*', 'tolower(*) matches regex "a.*b"'],
      ['"a*"', '* has "a*"'],
      ['port:*', 'isnotnull(port.*)'],
      ['port:>1024', 'port.* > 1024'],
      ['port:<=80.5', 'port.* <= 80.5'],
      ['@timestamp:>=2026-01-01', '@timestamp.* >= datetime(2026-01-01T00:00:00Z)'],
      ['name:<b', 'name.* < "b"'],
      ['source.ip:10.0.0.0/8', 'ipv4_is_in_range(source.ip.*, "10.0.0.0/8")'],
      ['user:(alice OR bob)', 'user.* has "alice" or user.* has "bob"'],
      ['C:\\Windows\\x.exe', '* has "C:\\\\Windows\\\\x.exe"'],
      ['http://a/b', '* has "http://a/b"'],
      ['fe80::1', '* has "fe80::1"'],
      ['12:30', '* has "12:30"'],
      ["it's", '* has "it\'s"'],
      ['-', '* has "-"'],
      ['a -- b', '* has "a" and not(* has "-") and * has "b"'],
      ['cs-method:GET', '["cs-method"].* has "GET"'],
      ['a\\.b.c:1', '["a.b"].c.* has "1"'],
      ['a // the rest is a comment', '* has "a"'],
      ['"say ""hi"""', '* has "say \\"hi\\""'],
      ['ANDROID NOTHING', '* has "ANDROID" and * has "NOTHING"'],
    ] as const) {
      assert.equal(meaning(text), condition, text);
    }
  });

  test('ends at a pipe, a semicolon, a parenthesis too many and the end', () => {
    for (const [text, end] of [
      ['a b | c', 4],
      ['a;b', 1],
      ['a) b', 1],
      ['(a) b', 5],
      ['"a|b" c', 7],
    ] as const)
      assert.equal(readSearch(text, 0).end, end, text);
    assert.equal(readSearch(' | a', 0).search, null);
  });

  test('is printed as what is read as the same', () => {
    fc.assert(
      fc.property(searchArb, (search) => {
        const text = printSearch(search);
        const read = readSearch(text, 0);
        assert.equal(read.end, text.length, text);
        assert.deepEqual(bare(read.search), bare(search), text);
      }),
    );
  });

  test('that is wrong says where and what to write', () => {
    for (const [text, start, message, suggestion] of [
      ['a "b', 2, /no end/, /Close it/],
      ['a (b', 2, /no \)/, /quotes/],
      ['a ()', 2, /nothing stands/, /quotes/],
      ['a AND', 5, /a word is missing/, null],
      ['host:', 0, /nothing stands behind host:/, /host:value/],
      ['host: x', 0, /nothing stands behind/, /host:\*/],
      ['a == b', 2, /compares nothing in a search/, /where/],
    ] as const) {
      const [error] = readSearch(text, 0).diagnostics;
      assert.equal(error?.span.start, start, text);
      assert.match(error.message, message, text);
      if (suggestion !== null) assert.match(error.suggestion ?? '', suggestion, text);
    }
  });

  test('of any characters never throws and takes time that grows with its length', () => {
    const piece = fc.constantFrom(
      'a',
      ':',
      '"',
      '(',
      ')',
      '-',
      '*',
      ' ',
      'NOT ',
      ' OR ',
      ' AND ',
      '|',
      '\\',
      '<',
      '.',
      '//',
      'a:(',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        (text) => {
          const { search, end, diagnostics } = readSearch(text, 0);
          assert.ok(end <= text.length);
          for (const { span } of diagnostics) assert.ok(span.end <= text.length && span.start <= span.end, text);
          if (search === null || diagnostics.some(({ severity }) => severity === 'error')) return;
          const printed = printSearch(search);
          assert.deepEqual(bare(readSearch(printed, 0).search), bare(search), `${text} → ${printed}`);
        },
      ),
      { numRuns: 2000 },
    );
    for (const unit of ['(', '-', 'NOT ', 'a:', '"', '""', 'a OR ', 'a.', '\\.']) readSearch(unit.repeat(30_000), 0);
  });
});

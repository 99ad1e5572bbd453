import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadMs } from '../../../test/shared.ts';
import { compileGroups } from './evaluate.ts';
import { translateGroups } from './regex.ts';

const groups = (pattern: string, text: string): (string | undefined)[] | null => {
  const found = compileGroups(translateGroups(pattern))(text);
  return found === null ? null : [...found];
};

test('groups are numbered as they are written, those without a number are not', () => {
  assert.deepEqual(groups('(a+)(?:b)(?<n>c)(?P<m>d)', 'xaabcd'), ['aabcd', 'aa', 'c', 'd']);
  assert.deepEqual(groups('(a)|(b)', 'b'), ['b', undefined, 'b']);
  assert.equal(groups('(a)', 'b'), null);
});

test('what follows or precedes a group is not left out, and laziness counts', () => {
  assert.deepEqual(groups('id=(\\d+).*$', 'id=12 x'), ['id=12 x', '12']);
  assert.deepEqual(groups('(.*?)=(.*)', 'a=b=c'), ['a=b=c', 'a', 'b=c']);
  assert.deepEqual(groups('(x{2,40}?)(x*)', 'xxxx'), ['xxxx', 'xx', 'xx']);
  assert.deepEqual(groups('(?i)USER=(\\w+)', 'user=Bob'), ['user=Bob', 'Bob']);
});

test('a group that would have to be written twice is refused', () => {
  assert.deepEqual(groups('(a|b){3}', 'aba'), ['aba', 'a']);
  assert.throws(() => translateGroups('(a){20}'), { message: /a group inside a repeat that has to be written out/ });
  assert.throws(() => translateGroups('(a)(?=b)'), { message: /lookaround \(\?= is not supported/ });
});

test('hostile expressions with groups take linear time', () => {
  const short = `${'a'.repeat(4000)}!`;
  const long = `${'a'.repeat(50_000)}!`;
  for (const pattern of ['^(a+)+$', '((x+x+)+)y', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    const find = compileGroups(translateGroups(pattern));
    const started = threadMs();
    assert.equal(find(short), null);
    assert.equal(find(long), null);
    assert.ok(threadMs() - started < 2000, pattern);
  }
});

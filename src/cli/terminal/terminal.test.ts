import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paint, signs, terminalOf } from './terminal.ts';

const tty = { isTTY: true, columns: 80 };
const UTF8 = { LANG: 'en_GB.UTF-8' };

test('colours: on terminals, unless NO_COLOR, TERM=dumb or FORCE_COLOR=0; elsewhere only with FORCE_COLOR', () => {
  const colour = (stream: object, env: Record<string, string>): boolean => terminalOf(stream, env, 'linux').colour;
  assert.equal(colour(tty, UTF8), true);
  assert.equal(colour(tty, { NO_COLOR: '1' }), false);
  assert.equal(colour(tty, { NO_COLOR: '' }), true);
  assert.equal(colour(tty, { TERM: 'dumb' }), false);
  assert.equal(colour(tty, { FORCE_COLOR: '0' }), false);
  assert.equal(colour({}, UTF8), false);
  assert.equal(colour({}, { FORCE_COLOR: '1' }), true);
  assert.equal(colour({}, { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
});

test('the character set is the locale’s, the first variable that is set', () => {
  const unicode = (env: Record<string, string>, platform = 'linux'): boolean => terminalOf(tty, env, platform).unicode;
  assert.equal(unicode(UTF8), true);
  assert.equal(unicode({ LC_CTYPE: 'C.utf8' }), true);
  assert.equal(unicode({ ...UTF8, LC_ALL: 'C' }), false);
  assert.equal(unicode({}), false);
  assert.equal(unicode({}, 'darwin'), true);
  assert.equal(signs(terminalOf(tty, {}, 'linux')).more, '...');
  assert.equal(signs(terminalOf(tty, UTF8, 'linux')).more, '…');
});

test('width: the stream’s, else COLUMNS, else 100; never below 20', () => {
  assert.equal(terminalOf({ isTTY: true, columns: 40 }, {}, 'linux').columns, 40);
  assert.equal(terminalOf({}, { COLUMNS: '133' }, 'linux').columns, 133);
  assert.equal(terminalOf({}, { COLUMNS: 'wide' }, 'linux').columns, 100);
  assert.equal(terminalOf({ isTTY: true, columns: 3 }, {}, 'linux').columns, 20);
});

test('a dumb terminal has no cursor to move, a pipe neither', () => {
  assert.equal(terminalOf(tty, {}, 'linux').cursor, true);
  assert.equal(terminalOf(tty, { TERM: 'dumb' }, 'linux').cursor, false);
  assert.equal(terminalOf({}, {}, 'linux').cursor, false);
});

test('paint leaves text alone without colours', () => {
  assert.equal(paint(terminalOf({}, {}, 'linux'), 'high', 'x'), 'x');
  assert.equal(paint(terminalOf(tty, {}, 'linux'), 'high', 'x'), '\x1b[1;31mx\x1b[0m');
  assert.equal(paint(terminalOf(tty, {}, 'linux'), 'high', ''), '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOG_LEVELS, LOG_ROOMS, LogLevels } from './log-levels.ts';

test('every room starts at info; what one thread sets the others see', () => {
  const main = new LogLevels();
  const other = new LogLevels(main.shared);
  assert.deepEqual(
    LOG_ROOMS.map((room) => other.get(room)),
    LOG_ROOMS.map(() => 'info'),
  );
  other.set('journal', 'off');
  assert.equal(main.get('journal'), 'off');
  assert.equal(main.get('detect'), 'info');
});

test('a room writes lines of its level and above, none when off', () => {
  const levels = new LogLevels();
  const journal = LOG_ROOMS.indexOf('journal');
  for (const [at, level] of LOG_LEVELS.entries()) {
    levels.set('journal', level);
    const written = LOG_LEVELS.slice(0, -1).filter((_, line) => levels.writes(journal, line));
    assert.deepEqual(written, LOG_LEVELS.slice(at, -1));
  }
});

test('records on their way are bounded; what is dropped is told once', () => {
  const levels = new LogLevels();
  assert.deepEqual([levels.send(2), levels.send(2), levels.send(2), levels.send(2)], [true, true, false, false]);
  assert.deepEqual([levels.arrived(), levels.arrived()], [2, 0]);
  assert.equal(levels.send(2), true);
});

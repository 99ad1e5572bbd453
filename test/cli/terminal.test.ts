/** On a real terminal: util-linux `script` gives the command one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ROOT } from './run.ts';

const script = spawnSync('script', ['--version']).error === undefined;
const skip = script ? false : 'needs util-linux script';

function onTerminal(command: string, env: Readonly<Record<string, string>> = {}): string {
  const { stdout } = spawnSync(
    'script',
    ['-qec', `stty cols 90; ${process.execPath} bin/weir.js ${command}`, '/dev/null'],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, WEIR_DEV: '1', LC_ALL: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '', ...env },
    },
  );
  return stdout;
}

const ESCAPE = '\u001b';
const ERASE = `\r${ESCAPE}[2K`;

test('a terminal gets progress, which goes away, and the table in colours', { skip }, () => {
  const text = onTerminal('scan demo/story');
  const [before, after] = text.split(`${ERASE}${ESCAPE}[1;97;41m CRITICAL ${ESCAPE}[0m`);
  assert.match(before.split(ERASE)[1], /^[█░]{24} +\d+% {2}\d+ hits {2}[\d,]+ events\/s {2}/);
  assert.match(after, /\d+ hits by \d+ rules.* in 7,\d{3} events/);
});

test('NO_COLOR and a dumb terminal are respected', { skip }, () => {
  assert.equal(onTerminal('scan demo/story', { NO_COLOR: '1' }).replaceAll(ERASE, '').includes(ESCAPE), false);
  assert.equal(onTerminal('scan demo/story', { TERM: 'dumb' }).includes(ESCAPE), false);
});

test('a web page is not poured over a terminal', { skip }, () => {
  assert.match(onTerminal('scan demo/story --format html'), /Add --out report\.html/);
});

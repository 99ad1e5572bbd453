/** A journal that was repaired: verify names what is lost, and holds everything else to what it did before. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, test } from 'node:test';
import { type EntryStart, JournalReader, repairJournal } from '../../journal/index.ts';
import { decodeControl } from './control.ts';
import { event, FIRST, newFolder, openNode, rule, rulesIn, SECOND, send } from './kit.twin.ts';
import { lossText } from './losses.ts';
import { type VerifyFinding, verifyFolder } from './verify.ts';

const top = newFolder();
const sound = path.join(top, 'data');
const BURST = `title: Burst
id: 00000000-0000-4000-8000-000000000009
correlation:
  type: event_count
  rules: ['${FIRST}']
  group-by: [Host]
  timespan: 1m
  condition: {gte: 2}
level: critical
`;
const RULES = [rule(FIRST, 'User', 'mallory'), rule(SECOND, 'Host', 'a'), BURST];
let entries: (EntryStart & { readonly control: string | null })[] = [];

const headersOf = (folder: string) => {
  const reader = new JournalReader(path.join(folder, 'journal'));
  return [...reader.headers(0)].map((entry) => {
    const [whole] = entry.kind === 'control' ? reader.read(entry.position, entry.position + 1) : [];
    return { ...entry, control: whole === undefined ? null : decodeControl(whole.payload).kind };
  });
};

before(async () => {
  const node = await openNode(top, { latenessMs: 0 });
  await node.loadRules({ paths: [rulesIn(top, ...RULES)], cache: null });
  const line = (i: number): string => event({ User: 'mallory', Host: 'a', i });
  // Frames and dead letters: the second is a request of two entries. A commit for each.
  for (const [text, source] of [
    [`${line(0)}\n${line(1)}\n`, 'test'],
    [`${line(2)}\nnot json\n`, 'other'],
    [`${line(3)}\n`, 'test'],
  ]) {
    const { position } = await send(node, text, { source });
    await node.evaluated(position ?? 0);
  }
  await node.close();
  entries = headersOf(sound);
});

interface Repaired {
  readonly folder: string;
  readonly findings: readonly VerifyFinding[];
}

/** A copy with a byte of an entry changed, repaired, and verified. */
function repaired(position: number, at: 'header' | 'payload'): Repaired {
  const folder = path.join(top, 'copy');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(sound, folder, { recursive: true });
  const { file, byte, receipt } = entries[position];
  const name = path.join(folder, 'journal', path.basename(file));
  const bytes = fs.readFileSync(name);
  bytes[byte + (at === 'header' ? 25 : 97 + Buffer.byteLength(receipt ?? ''))] ^= 4;
  fs.writeFileSync(name, bytes);
  assert.deepEqual(repairJournal(path.join(folder, 'journal')).lost, [{ from: position, to: position + 1 }]);
  return { folder, findings: verifyFolder({ folder, detection: true }).findings };
}

const positions = (wanted: (entry: (typeof entries)[number]) => boolean): number[] =>
  entries.filter(wanted).map(({ position }) => position);

test('an entry of a request that is lost is named with what it was, and nothing else is', () => {
  const lost = positions(({ kind }) => kind === 'events' || kind === 'dead');
  assert.equal(lost.length, 4);
  for (const position of lost) {
    const { findings } = repaired(position, 'payload');
    const { kind, more, receivedAt, file } = entries[position];
    assert.equal(findings.length, 1, `position ${position}: ${JSON.stringify(findings)}`);
    assert.equal(findings[0].position, position);
    assert.equal(path.basename(findings[0].where), path.basename(file));
    const what = kind === 'dead' ? 'dead letters' : 'events';
    const at = new Date(receivedAt).toISOString();
    const request = more
      ? `a request received at ${at}`
      : /of a request of \d from default\/(test|other)/.exec(findings[0].what)?.[0];
    assert.ok(findings[0].what.startsWith('1 entry is lost: ') && request !== undefined, findings[0].what);
    assert.ok(findings[0].what.includes(`${what} of`), findings[0].what);
  }
});

test('an entry of which nothing is known is named; what the minutes around it lack is put down to it', () => {
  for (const position of positions(({ kind }) => kind !== 'control')) {
    const { findings } = repaired(position, 'header');
    assert.deepEqual(
      findings.map(({ position, what }) => [position, what]),
      [[position, '1 entry is lost: 1 of which nothing is known; a repair put this in their place']],
    );
  }
});

test('a start, a tick or a stop that is lost is named, and nothing else is', () => {
  for (const position of positions(({ control }) => control === 'start' || control === 'tick' || control === 'stop')) {
    const { findings } = repaired(position, 'payload');
    assert.match(
      findings.map(({ what }) => what).join('\n'),
      /^1 entry is lost: an entry of the server itself, of 2[^\n]*$/,
    );
  }
});

test('what a loss does not explain is found as before', () => {
  const [first, , , last] = positions(({ kind }) => kind !== 'control');
  const { folder } = repaired(first, 'payload');
  const reader = new JournalReader(path.join(folder, 'journal'));
  assert.equal([...reader.headers(0)][first].kind, 'lost');
  const database = new DatabaseSync(path.join(folder, 'detect.db'));
  database.exec(`DELETE FROM hits WHERE position_min >= ${last} AND stream IS NOT NULL; DELETE FROM dead_letters`);
  database.close();
  const { findings } = verifyFolder({ folder, detection: true });
  const found = findings.map(({ position, what }) => `${position} ${what}`).join('\n');
  assert.match(found, new RegExp(`^${last} 0 hits are stored, from the journal follow 1$`, 'm'));
  assert.match(found, / 0 dead letters are stored, from the journal follow 1$/m);
});

test('after a repair a server goes on: what is new is evaluated, and verify names the loss alone', async () => {
  const [first, second] = positions(({ kind }) => kind !== 'control');
  for (const position of [first, second]) {
    const { folder } = repaired(position, 'payload');
    const home = path.join(top, `again-${position}`);
    fs.mkdirSync(home);
    fs.renameSync(folder, path.join(home, 'data'));
    const node = await openNode(home, { latenessMs: 0 });
    await node.loadRules({ paths: [rulesIn(home, ...RULES)], cache: null });
    const sent = await send(node, event({ User: 'mallory', Host: 'b' }));
    await node.evaluated(sent.position ?? 0);
    await node.close();
    const { findings } = verifyFolder({ folder: path.join(home, 'data'), detection: true });
    assert.deepEqual(
      findings.map(({ position }) => position),
      [position],
    );
  }
});

test('a store that is made anew from a repaired journal agrees with it', async () => {
  for (const position of positions(({ kind }) => kind !== 'control')) {
    const { folder } = repaired(position, 'payload');
    const home = path.join(top, `anew-${position}`);
    fs.mkdirSync(home);
    fs.renameSync(folder, path.join(home, 'data'));
    for (const end of ['', '-wal', '-shm']) fs.rmSync(path.join(home, 'data', `detect.db${end}`), { force: true });
    const node = await openNode(home, { latenessMs: 0 });
    await node.loadRules({ paths: [rulesIn(home, ...RULES)], cache: null });
    await node.evaluated(node.progress.durable - 1);
    await node.close();
    const { findings } = verifyFolder({ folder: path.join(home, 'data'), detection: true });
    assert.deepEqual(
      findings.map(({ position }) => position),
      [position],
    );
  }
});

test('what is known of many lost entries is told of some', () => {
  const one = { kind: 'events', receivedAt: 0, more: true, receipt: null } as const;
  assert.match(
    lossText(30, Array(25).fill(one)),
    /^30 entries are lost: .*; 5 more of .*; 5 of which nothing is known$/,
  );
});

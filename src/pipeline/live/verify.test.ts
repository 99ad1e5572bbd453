/** What somebody did to a data folder beside its journal: each is a finding of verify, and none stops it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { decodeControl } from './control.ts';
import { event, FIRST, newFolder, openNode, rule, rulesIn, send } from './kit.twin.ts';
import { type VerifyFinding, verifyFolder } from './verify.ts';

const top = newFolder();
/** Data folders of a server that stopped in good order, and of one that was killed. */
const stopped = path.join(top, 'stopped');
const killed = path.join(top, 'killed');
const DEAD = 'not json\n[1]\n';

/** Hits and dead letters of two tenants; the position of the last request. */
async function filled(folder: string): Promise<Awaited<ReturnType<typeof openNode>>> {
  const node = await openNode(folder);
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  await send(node, `${event({ User: 'mallory' })}\n${event({ User: 'alice' })}\n${DEAD}`);
  const { position } = await send(node, `${event({ User: 'mallory' })}\n${DEAD}`, { tenant: 'other' });
  await node.evaluated(position ?? 0);
  return node;
}

/** Position up to which the journal says that everything was evaluated. */
function claimed(folder: string): number {
  const reader = new JournalReader(path.join(folder, 'journal'));
  let evaluated = -1;
  for (const { kind, payload } of reader.read(0)) {
    const control = kind === 'control' ? decodeControl(payload) : null;
    if (control !== null && 'evaluated' in control) evaluated = control.evaluated ?? evaluated;
  }
  return evaluated;
}

before(async () => {
  for (const [folder, kill] of [
    [stopped, false],
    [killed, true],
  ] as const) {
    const node = await filled(`${folder}-made`);
    const data = path.join(`${folder}-made`, 'data');
    while (kill && claimed(data) < 3) await sleep(50);
    await (kill ? node.abandon() : node.close());
    fs.cpSync(data, folder, { recursive: true });
  }
});

/** What verify finds in a copy of a folder that was changed. */
function found(folder: string, change: (copy: string) => void): readonly VerifyFinding[] {
  const copy = path.join(top, 'copy');
  fs.rmSync(copy, { recursive: true, force: true });
  fs.cpSync(folder, copy, { recursive: true });
  change(copy);
  return verifyFolder({ folder: copy, detection: true }).findings;
}

const texts = (findings: readonly VerifyFinding[]): string => findings.map(({ what }) => what).join('\n');

function sql(...statements: readonly string[]): (copy: string) => void {
  return (copy) => {
    const database = new DatabaseSync(path.join(copy, 'detect.db'));
    database.exec('PRAGMA foreign_keys = OFF');
    for (const statement of statements) {
      assert.ok(Number(database.prepare(statement).run().changes) > 0, `nothing to change: ${statement}`);
    }
    database.close();
  };
}

function removeStore(copy: string): void {
  for (const end of ['', '-wal', '-shm']) fs.rmSync(path.join(copy, `detect.db${end}`), { force: true });
}

/** Flips a bit of a file in the middle of the copy's folder. */
function flip(name: string, at: (length: number) => number): (copy: string) => void {
  return (copy) => {
    const file = path.join(copy, name);
    const bytes = fs.readFileSync(file);
    bytes[at(bytes.length)] ^= 0x10;
    fs.writeFileSync(file, bytes);
  };
}

const ruleSet = (): string => path.join('rules', fs.readdirSync(path.join(stopped, 'rules'))[0] ?? '');

test('of both folders as they are there is nothing to say', () => {
  for (const folder of [stopped, killed])
    assert.deepEqual(
      found(folder, () => {}),
      [],
    );
});

test('a rule set that is damaged anywhere is a finding', () => {
  const { size } = fs.statSync(path.join(stopped, ruleSet()));
  let harmless = 0;
  for (let at = 0; at < size; at += Math.ceil(size / 40)) {
    const findings = texts(
      found(
        stopped,
        flip(ruleSet(), () => at),
      ),
    );
    // A few bits of a compressed file mean nothing.
    if (findings === '') harmless++;
    else assert.match(findings, /the rule set in \S+ is damaged: /, `byte ${at}`);
  }
  assert.ok(harmless <= 3, `${harmless} changes were not seen`);
  assert.match(texts(found(stopped, (copy) => fs.truncateSync(path.join(copy, ruleSet()), 100))), /is damaged/);
  assert.match(texts(found(stopped, (copy) => fs.rmSync(path.join(copy, ruleSet())))), /is not kept/);
});

test('a hits database that is damaged anywhere is looked at to the end, and stops nothing', () => {
  const noise = (copy: string): void => {
    removeStore(copy);
    fs.writeFileSync(path.join(copy, 'detect.db'), Buffer.alloc(5000, 7));
  };
  assert.match(texts(found(stopped, noise)), /the database is damaged \(file is not a database\)/);
  const random = seededRandom(4);
  let told = 0;
  for (let round = 0; round < 30; round++) {
    const findings = found(stopped, (copy) => {
      const file = path.join(copy, 'detect.db');
      const bytes = fs.readFileSync(file);
      for (let n = 0; n < 40; n++) bytes[random.integer(bytes.length)] ^= 1 + random.integer(255);
      fs.writeFileSync(file, bytes);
    });
    if (findings.length > 0) told++;
  }
  // Most of a small database is empty pages.
  assert.ok(told >= 8, `${told} of 30`);
});

test('hits database lost, emptied or set back, of a server that stopped and of one that was killed', () => {
  for (const folder of [stopped, killed]) {
    assert.deepEqual(
      found(folder, removeStore).map(({ where, what }) => [where, what]),
      [['detect.db', 'it is missing; all but the states of dead letters is made anew by the next start']],
    );
    const zero = (copy: string): void => {
      removeStore(copy);
      fs.writeFileSync(path.join(copy, 'detect.db'), '');
    };
    assert.match(texts(found(folder, zero)), /detect\.db has tables of version 0/);
    const tables = [
      'hits',
      'dead_letters',
      'dead_letter_counts',
      'ledger',
      'logs',
      'tenants',
      'hit_totals',
      'hit_minutes',
    ];
    const emptied = found(folder, sql(...tables.map((table) => `DELETE FROM ${table}`)));
    assert.match(texts(emptied), /the journal says that everything up to here was evaluated; this has nothing/);
    const back = found(folder, sql('UPDATE logs SET position = 1'));
    assert.match(texts(back), /the journal says that everything up to here was evaluated; this has it up to 1/);
    assert.notDeepEqual(found(folder, sql('UPDATE logs SET received = NULL')), []);
    assert.match(
      texts(found(folder, sql("UPDATE logs SET state = '{'"))),
      /the state kept with the checkpoint is damaged/,
    );
  }
});

test('hits that are given to another tenant, known or not', () => {
  const cases = [
    sql('UPDATE hits SET tenant = (SELECT n FROM tenants WHERE n <> hits.tenant)'),
    sql(
      "INSERT INTO tenants (name) VALUES ('third')",
      'UPDATE hits SET tenant = (SELECT max(n) FROM tenants) WHERE tenant = 1',
    ),
    sql("UPDATE tenants SET name = 'third' WHERE name = 'default'"),
    sql('UPDATE hits SET tenant = 99 WHERE tenant = 1'),
  ];
  for (const [i, change] of cases.entries()) {
    assert.match(texts(found(stopped, change)), /1 hits are stored, from the journal follow 1, others/, `case ${i}`);
  }
});

test('dead letters that are altered, removed, made up or given to somebody else', () => {
  const LETTERS = / dead letters (are )?stored/;
  const columns = 'log, row, tenant, source, door, code, reason, received, state, raw_bytes, raw';
  for (const [statement, expected] of [
    ["UPDATE dead_letters SET reason = 'nothing' WHERE n = 1", LETTERS],
    ["UPDATE dead_letters SET code = 'event.none' WHERE n = 1", LETTERS],
    ["UPDATE dead_letters SET source = 'x' WHERE n = 1", LETTERS],
    ['UPDATE dead_letters SET received = received + 1 WHERE n = 2', LETTERS],
    ["UPDATE dead_letters SET raw = x'7b7d' WHERE n = 3", LETTERS],
    ['UPDATE dead_letters SET raw_bytes = 3 WHERE n = 3', LETTERS],
    ["UPDATE dead_letters SET state = 'gone' WHERE n = 1", LETTERS],
    ['UPDATE dead_letters SET tenant = 3 - tenant', LETTERS],
    ['UPDATE dead_letters SET tenant = 77', LETTERS],
    ['DELETE FROM dead_letters WHERE n = 4', LETTERS],
    ['DELETE FROM dead_letters', LETTERS],
    [`INSERT INTO dead_letters (position, ${columns}) SELECT 0, ${columns} FROM dead_letters WHERE n = 1`, LETTERS],
    ["UPDATE dead_letters SET state = 'dismissed' WHERE n = 1", /of the dead letters of default .* its counts say/],
    ['UPDATE dead_letter_counts SET letters = letters + 1', /of the dead letters of default .* its counts say 1 more/],
  ] as const) {
    assert.match(texts(found(stopped, sql(statement))), expected, statement);
  }
  const strange = sql(
    "INSERT INTO tenants (name) VALUES ('third')",
    `INSERT INTO dead_letters (position, ${columns})
     SELECT 0, ${columns.replace('tenant', '(SELECT max(n) FROM tenants)')} FROM dead_letters WHERE n = 1`,
  );
  assert.match(texts(found(stopped, strange)), /1 dead letters stored where none belong/);
});

test('a byte of HEAD after a stop in good order, in either slot or between them; after a kill it may be a torn write', () => {
  const head = path.join('journal', 'HEAD');
  for (const at of [3, 20, 60, 119, 4096, 4096 + 50, 300, 8000]) {
    const findings = found(
      stopped,
      flip(head, () => at),
    );
    assert.deepEqual(
      findings.map(({ where }) => where.endsWith(head)),
      [true],
      `byte ${at}`,
    );
    assert.match(texts(findings), at % 4096 < 120 ? /at byte (0|4096): this slot of the two/ : /is not zero/);
  }
  const flipped = flip(head, () => 20);
  assert.deepEqual(found(killed, flipped), []);
  // As a start leaves it in which the power went.
  const begun = found(stopped, (copy) => {
    flipped(copy);
    fs.writeFileSync(path.join(copy, 'owner.json'), '{}');
  });
  assert.deepEqual(begun, []);
});

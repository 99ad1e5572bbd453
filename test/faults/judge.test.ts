/** The judge is judged: what is lost, doubled, made up or left out of a folder that was sound must be found. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../src/base/index.ts';
import { labelsAtStart, openBatch } from '../../src/batch/index.ts';
import { Journal, JournalReader, type NewEntry } from '../../src/journal/index.ts';
import { Campaign } from './campaign.ts';
import { skipFaults } from './counts.ts';
import { type Findings, Judge, judgeFiles, judgeFolder } from './judge.ts';
import { Oracle } from './oracle.ts';
import { until } from './server.ts';

/** Places and sources of all events, as a query over them answers. */
function rowsOf(data: string): string[] {
  return [...new JournalReader(path.join(data, 'journal')).read(0)].flatMap(({ position, kind, payload }) => {
    if (kind !== 'events') return [];
    const batch = openBatch(payload);
    const source = labelsAtStart(new Uint8Array(payload))?.source ?? '';
    return Array.from({ length: batch.rows }, (_, row) =>
      JSON.stringify({ 'weir.position': position, 'weir.row': row, 'weir.source.id': source }),
    );
  });
}

test('the judge finds what is lost, doubled, changed and not found', {
  skip: skipFaults,
  timeout: 300_000,
}, async (t) => {
  const campaign = new Campaign(t);
  const { data, oracle, senders } = campaign;
  await campaign.start();
  await campaign.server.rulesInForce();
  senders.resume();
  await until('bursts', () => senders.acknowledged > 3000);
  // Which asks, so that there are segments.
  await campaign.demand('no fault');
  await campaign.finish();
  const judge = (folder: string, by: Oracle = oracle): Findings => new Judge(folder, by).judge({ complete: true });
  /** A copy of the data with something done to it. */
  const spoilt = (name: string, work: (folder: string) => void): string => {
    const folder = path.join(campaign.folder, name);
    fs.cpSync(data, folder, { recursive: true });
    work(folder);
    return folder;
  };
  assert.deepEqual(judge(data), []);

  const greedy = new Oracle(1);
  for (const [id, position] of oracle.obligations) greedy.obligations.set(id, position);
  for (const id of oracle.letters) greedy.letters.add(id);
  greedy.obligations.set('never sent', 5);
  greedy.letters.add('never sent either');
  assert.deepEqual(judge(data, greedy), [
    'the event never sent, acknowledged at 5, is lost',
    'the dead letter never sent either is there 0 times',
  ]);

  // What the journal holds is put there a second time, as a retry without its key would be.
  const doubled = spoilt('doubled', (folder) => {
    const journal = Journal.open(path.join(folder, 'journal'));
    const [entry] = [...journal.read(0)].filter(
      ({ kind, receipt, more }) => kind === 'events' && receipt !== null && !more,
    );
    assert.ok(entry !== undefined);
    const { kind, receivedAt, receipt, payload } = entry;
    const again: NewEntry = { kind, receivedAt, receipt, payload: new Uint8Array(payload) };
    journal.appendGroup([[again]]);
    journal.close();
  });
  assert.match(judge(doubled).join('\n'), /is at \d+\/0 and at \d+\/0/);

  const hitless = spoilt('hitless', (folder) => {
    const database = openDatabase(path.join(folder, 'detect.db'));
    database.exec('DELETE FROM hits WHERE last = (SELECT min(last) FROM hits WHERE correlation IS NULL)');
    database.exec('DELETE FROM hits WHERE last = (SELECT min(last) FROM hits WHERE correlation IS NOT NULL)');
    database.close();
  });
  const missed = judge(hitless).join('\n');
  assert.match(missed, /no hit for the event at/);
  assert.match(missed, /the burst \S+ was not found/);
  assert.notDeepEqual(judgeFolder(hitless), []);

  const changed = spoilt('changed', (folder) => {
    const file = path.join(folder, 'journal', '0000000000000000.wj');
    const bytes = fs.readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(file, bytes);
  });
  assert.throws(() => judge(changed), { code: 'journal.corrupt' });

  // What a query answers: as it is, with a row missing, doubled, and under another source; and a file that nobody stands for.
  const by = new Judge(data, oracle);
  assert.deepEqual(by.judge({ complete: true }), []);
  const rows = rowsOf(data);
  assert.deepEqual(by.judgeAnswer(rows), []);
  assert.match(by.judgeAnswer(rows.slice(1)).join('\n'), /the answer lacks \S+ at \d+\/\d+/);
  assert.match(by.judgeAnswer([...rows, rows[0]]).join('\n'), /twice, or it is none/);
  const renamed = rows.map((row, i) =>
    i === 0 ? row.replace(/"weir.source.id":"[^"]*"/, '"weir.source.id":"x"') : row,
  );
  assert.match(by.judgeAnswer(renamed).join('\n'), /the answer has \d+ events of \S+, there are \d+/);
  assert.deepEqual(judgeFiles(data), []);
  const left = spoilt('left', (folder) => {
    const [file] = fs.globSync('store/*/*/*.parquet', { cwd: folder });
    fs.cpSync(path.join(folder, file), path.join(folder, `${file}.draft`));
    fs.cpSync(path.join(folder, file), path.join(folder, file.replace(/[0-9a-f]{8}\.parquet$/, '00000000.parquet')));
  });
  assert.equal(judgeFiles(left).length, 2);
});

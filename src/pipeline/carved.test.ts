/** Carved events on their way through scanner.ts and scan.ts: marked in their hits, counted apart. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { type BuiltRecord, buildChunk, buildFile, element, sealChunk } from '../../test/fuzz/evtx-builder.ts';
import { EVIL, prepared, rule, scanned, testFolder } from './kit.twin.ts';

const folder = testFolder();
after(() => fs.rmSync(folder, { recursive: true }));

const HEADER = 4096;

function record(id: number, image: string): BuiltRecord {
  const root = element(
    'Event',
    {},
    element(
      'System',
      {},
      element('Provider', { Name: 'Microsoft-Windows-Sysmon' }),
      element('EventID', {}, '1'),
      element('TimeCreated', { SystemTime: `2024-01-01T00:00:0${id}Z` }),
      element('Channel', {}, 'Microsoft-Windows-Sysmon/Operational'),
      element('Computer', {}, 'pc'),
    ),
    element('EventData', {}, element('Data', { Name: 'Image' }, image)),
  );
  return { id, fragment: { kind: 'bare', root } };
}

/** Four records of which the first two are live. */
function log(name: string): string {
  const file = buildFile(
    buildChunk(
      ['C:\\evil.exe', 'C:\\good.exe', 'C:\\evil.exe', 'D:\\evil.exe'].map((image, at) => record(at + 1, image)),
    ),
  );
  const view = new DataView(file.buffer, file.byteOffset);
  let end = HEADER + 512;
  let last = end;
  for (let n = 0; n < 2; n++) {
    last = end;
    end += view.getUint32(end + 4, true);
  }
  view.setUint32(HEADER + 44, last - HEADER, true);
  view.setUint32(HEADER + 48, end - HEADER, true);
  sealChunk(file, HEADER);
  const at = path.join(folder, name);
  fs.writeFileSync(at, file);
  return at;
}

const sources = ({ hits }: Awaited<ReturnType<typeof scanned>>) => hits.map(({ source }) => source);

test('hits of carved events are marked, in hit lines as the contract has them, and their events counted apart', async () => {
  const file = log('a.evtx');
  const plain = await scanned(prepared(EVIL), [file]);
  assert.deepEqual(sources(plain), [{ path: file, record: 1 }]);
  assert.deepEqual([plain.summary.events, plain.summary.carved], [2, 0]);
  const recovered = await scanned(prepared(EVIL), [file], { recover: true });
  assert.deepEqual(sources(recovered), [
    { path: file, record: 1 },
    { path: file, record: 3, carved: true },
    { path: file, record: 4, carved: true },
  ]);
  assert.deepEqual([recovered.summary.events, recovered.summary.carved], [4, 2]);
  assert.deepEqual(recovered.summary.hits, { evil: 3 });
  assert.equal(recovered.lines[0], plain.lines[0]);
  assert.deepEqual(Object.keys(recovered.hits[1]), ['rule', 'time', 'source', 'host', 'matches', 'event']);
});

test('a correlation one of whose events is carved is marked too', async () => {
  const counts = `title: Often
id: often
level: high
correlation:
  type: event_count
  rules: [evil]
  group-by: [Image]
  timespan: 1h
  condition: {gte: 1}
`;
  const rules = prepared(rule('evil', `{Image|endswith: '\\evil.exe'}`), counts);
  const file = log('b.evtx');
  const found = async (recover: boolean) => sources(await scanned(rules, [file], { recover }));
  assert.deepEqual(await found(false), [{ path: file, record: 1 }]);
  assert.deepEqual(await found(true), [
    { path: file, record: 1 },
    { path: file, record: 4, carved: true },
  ]);
});

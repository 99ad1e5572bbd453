/**
 * Makes a golden data folder with the program at hand: `node bin/node24.js test/golden/make.ts v2`. On purpose only, when a format has changed: those that are
 * there stay as they are, since they are what users have.
 */
import fs from 'node:fs';
import path from 'node:path';
import { folderSource, makeBackup } from '../../src/pipeline/index.ts';
import { event, newFolder } from '../../src/server/server.twin.ts';
import { faultsOf, formatsOf, GOLDEN, openSmall, pack, releaseAll, toldBy } from './folder.ts';

const [, , name] = process.argv;
const place = path.join(GOLDEN, name ?? '');
if (name === undefined || !/^v\d+$/.test(name) || fs.existsSync(place)) {
  throw new Error('say the name of a folder that is not there yet: node bin/node24.js test/golden/make.ts v2');
}
const folder = newFolder();
const data = path.join(folder, 'data');
const server = await openSmall(folder);
await server.server.rules;
for (let round = 0; round < 20; round++) {
  const lines = Array.from({ length: 4 }, (_, i) => {
    const n = round * 4 + i;
    return event({
      User: n % 10 === 0 ? 'mallory' : `user ${n % 7}`,
      n,
      list: [n, `${n}`],
      big: '12345678901234567890',
    });
  });
  if (round === 3) lines.push('no event');
  await server.send(lines.join('\n'), `?source=${round % 5 === 4 ? 'rare' : 'often'}`);
  // Cut into a segment each, sixteen of which are merged to one.
  await toldBy(server);
}
await server.ask('POST', '/v1/holds', { body: { name: 'case 17', reason: 'golden' } });
await server.ask('PUT', '/v1/queries/all', { body: { query: 'events | count', since: null, about: 'all' } });
await server.settled();
const told = await toldBy(server);
await server.close();
releaseAll(data);
const faults = faultsOf(data);
if (faults.length > 0) throw new Error(JSON.stringify(faults));
const target = path.join(folder, 'backup');
await makeBackup({ folder: data, target, source: folderSource(data, null), version: name, keyPath: null, keys: true });
fs.mkdirSync(place);
for (const left of ['lock.db', 'owner.json', 'query', 'backup'])
  fs.rmSync(path.join(data, left), { recursive: true, force: true });
fs.writeFileSync(path.join(place, 'folder.json.zst'), pack(data));
fs.rmSync(path.join(target, 'lock'), { recursive: true });
fs.writeFileSync(path.join(place, 'backup.json.zst'), pack(target));
fs.writeFileSync(path.join(place, 'expected.json'), `${JSON.stringify({ formats: formatsOf(data), told }, null, 1)}\n`);
fs.rmSync(folder, { recursive: true });
process.stdout.write(`${place}\n`);

/** A process that moves segments to an object store and lets the oldest expire there, one by one, until all are gone or it is killed: `cold-load.twin.ts FOLDER`. */
import { History } from './history.ts';
import { bring } from './tiering.ts';

const [, , folder] = process.argv;
const history = new History(folder);
process.stdout.write('ready\n');
for (;;) {
  const segments = history.store.catalogue.segments().sort((a, b) => (a.maxReceived < b.maxReceived ? -1 : 1));
  const local = segments.find(({ object }) => object === null);
  if (local !== undefined) await history.cold.move(local.file);
  history.cold.trim();
  if (segments.length === 0) break;
  if (local === undefined || segments.indexOf(local) % 4 === 3) {
    const at = Number(segments[0].maxReceived / 1000n) + 1000;
    const policies = [{ name: 'old', reason: 'operations' as const, by: 'receive' as const, mostMs: 500 }];
    const expire = () => history.retention.run({ policies, worth: [] }, at);
    using _brought = await bring(history, expire().away);
    expire();
  }
  history.store.collect();
  await history.cold.collect();
}
history.close();

/** A process that stores hits and notifies of them at the same time, until it is killed: `feeder.twin.ts FOLDER URL POSITIONS`. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Detections } from '../../store/index.ts';
import { Notifiers } from './index.ts';
import { hitsOf, LOOPBACK } from './kit.twin.ts';

const [, , folder, url, positions] = process.argv;
const store = new Detections(path.join(folder, 'detect.db'));
const notifiers = new Notifiers({
  path: path.join(folder, 'notify.db'),
  feed: store.read.hits,
  configs: [
    {
      kind: 'webhook',
      name: 'receiver',
      url,
      secret: 'secret',
      begin: 'start',
      batchHits: 7,
      timeoutMs: 60,
      backoffMs: 1,
      backoffMsMax: 10,
      privateNetworks: LOOPBACK,
    },
  ],
});
notifiers.start();
process.stdout.write('ready\n');
const end = Number(positions);
for (let position = (store.read.checkpoint('abc/0')?.position ?? -1) + 1; position < end; position++) {
  store.commit({ log: 'abc/0', checkpoint: { position, received: 1, ruleSet: 's' }, hits: hitsOf(position) });
  notifiers.wake();
  await sleep(2);
}
while (notifiers.status()[0].cursor < end * 3) await sleep(5);
await notifiers.stop();

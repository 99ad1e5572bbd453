/** A process that cuts, merges and lets go of segments as fast as it can, until it is killed: `load.twin.ts FOLDER END`. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { realFiles } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { cut, LOG, merge, type World, world } from './kit.twin.ts';

/** Its store, over the machine's disk. */
export function openFolder(folder: string): World {
  return world(realFiles, new Catalogue(path.join(folder, 'catalogue.db')), path.join(folder, 'store'));
}

export function step(one: World): void {
  const { store } = one;
  const from = store.catalogue.progress(LOG);
  const position = from + 1 + (from % 7);
  const written = cut(from, position).map((segment) => store.write(segment));
  store.publish(written, { log: LOG, position });
  for (const source of ['dc', 'fw']) {
    const { segments } = store.catalogue.find({ tenant: 'acme', sources: [source] });
    if (segments.length > 3) merge(one, segments.slice(-4));
  }
  store.collect();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const one = openFolder(process.argv[2]);
  const end = Number(process.argv[3]);
  one.store.sweep(one.describe, { log: LOG, start: one.store.catalogue.progress(LOG) });
  process.stdout.write('ready\n');
  while (one.store.catalogue.progress(LOG) < end) step(one);
  one.store.catalogue.close();
}

/** A process that commits made-up hits as fast as it can, until it is killed: `load.twin.ts FILE END`. */
import { pathToFileURL } from 'node:url';
import { type Commit, Detections, type Hit } from './index.ts';
import { hit, LOG, rule } from './kit.twin.ts';

/** Entries a commit takes: 1 to 7, so that the checkpoint stands anywhere. */
export const stepAfter = (position: number): number => 1 + ((position * 7919 + 3) % 7);

/** What an entry brings about, always the same: hits of a noisy rule, and now and then of others. */
export function hitsAt(position: number): Hit[] {
  const noisy = Array.from({ length: position % 5 }, (_, row) => hit(position, row));
  return position % 3 === 0 ? [...noisy, hit(position, 0, { rule: rule('rare') })] : noisy;
}

export function commitOf(from: number, to: number): Commit {
  const entries = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const letters = entries.filter((position) => position % 4 === 0);
  const received = 1_700_000_000_000 + to;
  return {
    log: LOG,
    checkpoint: { position: to, received, ruleSet: 's1' },
    hits: entries.flatMap(hitsAt),
    ledger: {
      ranges: [
        {
          tenant: 'acme',
          ruleSet: 's1',
          from,
          to,
          events: to - from + 1,
          evaluations: 0,
          receivedFrom: from,
          receivedTo: to,
        },
      ],
    },
    deadLetters: letters.map((position) => ({
      tenant: 'acme',
      source: 'dc1',
      door: 'http',
      position,
      row: 9,
      received,
      code: 'json.syntax',
      reason: 'why',
      raw: Buffer.from('{'),
    })),
    counters: [{ tenant: 'acme', name: 'entries', add: to - from + 1 }],
    ...(to % 5 === 0 ? { snapshot: Buffer.alloc(50_000, to % 251) } : {}),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const store = new Detections(process.argv[2]);
  const end = Number(process.argv[3]);
  let position = (store.read.checkpoint(LOG)?.position ?? -1) + 1;
  process.stdout.write('ready\n');
  while (position <= end) {
    const to = Math.min(end, position + stepAfter(position) - 1);
    store.commit(commitOf(position, to));
    position = to + 1;
  }
}

/** How long a start takes over a journal of real events, after a kill under load: to the first event taken, and to the last evaluated. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { JournalReader } from '../../src/journal/index.ts';
import { skipWithout } from '../shared.ts';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { evaluatedUpTo } from './judge.ts';
import { report } from './report.ts';
import { send, type Target } from './senders.ts';
import { until } from './server.ts';

const SECONDS_PER_GB_MAX = 5;
const BODY_BYTES = 2_000_000;
const SENDERS = 4;
/** A start on an empty journal takes this long on a machine that does other things, too. */
const GRACE_SECONDS = 10;

/** Bodies of whole lines, over and over. */
function* bodies(folder: string): Generator<Uint8Array> {
  for (;;) {
    for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.zst'))) {
      const all = zstdDecompressSync(fs.readFileSync(path.join(folder, name)));
      for (let at = 0; at < all.length; ) {
        const end = all.indexOf(0x0a, Math.min(all.length - 1, at + BODY_BYTES));
        const next = end < 0 ? all.length : end + 1;
        yield all.subarray(at, next);
        at = next;
      }
    }
  }
}

function journalBytes(data: string): number {
  const folder = path.join(data, 'journal');
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.wj'))
    .reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
}

/** Sends until `done`; what is refused is sent again. */
async function feed(target: Target, source: Iterator<Uint8Array>, done: () => boolean): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  const loop = async (): Promise<void> => {
    while (!done()) {
      const body: Uint8Array = source.next().value;
      const headers = { 'content-length': String(body.length) };
      while (!done() && (await send(agent, target, '/v1/events?source=real', headers, body)).status !== 200);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, loop));
  agent.destroy();
}

test('a start takes under five seconds per gigabyte of journal', {
  skip: skipFaults,
  timeout: 1_200_000,
}, async (t) => {
  const folder = skipWithout(t, 'windows-mordor');
  if (folder === null) return;
  const campaign = new Campaign(t, { config: '', asked: false });
  await campaign.start();
  const target = { url: campaign.server.url, key: campaign.server.credentials.ingest_key };
  let killed = false;
  const feeding = feed(target, bodies(folder), () => killed);
  await until('the journal to grow', () => journalBytes(campaign.data) >= counts.restartJournalBytes, 600_000);
  await campaign.server.kill();
  killed = true;
  await feeding;
  const gigabytes = journalBytes(campaign.data) / 1e9;
  const behind = new JournalReader(path.join(campaign.data, 'journal')).head().next - 1 - evaluatedUpTo(campaign.data);
  const readyMs = await campaign.start();
  assert.equal((await fetch(`${campaign.server.url}/readyz`)).status, 200);
  const { next } = new JournalReader(path.join(campaign.data, 'journal')).head();
  await until('evaluation', () => evaluatedUpTo(campaign.data) >= next - 1);
  const evaluatedMs = performance.now() - campaign.server.startedAt;
  report(t, {
    journal_mb: Math.round(gigabytes * 1000),
    entries_not_evaluated: behind,
    ready_ms: Math.round(readyMs),
    evaluated_ms: Math.round(evaluatedMs),
  });
  const most = (SECONDS_PER_GB_MAX * gigabytes + GRACE_SECONDS) * 1000;
  assert.ok(readyMs < most && evaluatedMs < most, `${readyMs} and ${evaluatedMs} ms for ${gigabytes} GB`);
  assert.equal((await campaign.server.stop()).code, 0);
});

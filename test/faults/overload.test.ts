/**
 * More than can be taken, and readers that take nothing: memory keeps its bound, senders are told to come back, nothing that was
 * acknowledged is lost, and it all ends by itself. The disk is made slow, so that a tenth of the senders is enough to keep it busy.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { limits } from '../../src/base/index.ts';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { storedHits } from './judge.ts';
import { report } from './report.ts';
import { pause, until } from './server.ts';

const SYNC_MS = 600;
const FACTOR = 10;
const CALM_MS = 5000;
const RECOVERY_MS = 90_000;
const READERS = 10;
const SLOW_BYTES = 2048;
const SLOW_MS = 200;

interface Readers {
  /** Ids that the one good reader was given, in order. */
  readonly seen: string[];
  end(): void;
}

function subscribe(url: string, key: string): net.Socket {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `GET /v1/hits/stream HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer ${key}\r\nLast-Event-ID: 0\r\n\r\n`,
  );
  return socket;
}

/** Readers of the event stream: some never read, some read a little, some are gone at once; one reads all. */
function readers({ server }: Campaign): Readers {
  const key = server.credentials.admin_key;
  const sockets: net.Socket[] = [];
  const timers: NodeJS.Timeout[] = [];
  for (let i = 0; i < READERS; i++) {
    const stalled = subscribe(server.url, key);
    stalled.pause();
    const slow = subscribe(server.url, key);
    slow.pause();
    timers.push(setInterval(() => void slow.read(SLOW_BYTES), SLOW_MS));
    const dead = subscribe(server.url, key);
    setTimeout(() => dead.resetAndDestroy(), 50 * i);
    sockets.push(stalled, slow, dead);
  }
  const seen: string[] = [];
  const good = subscribe(server.url, key);
  sockets.push(good);
  let rest = '';
  good.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const id = /^data: \{"id":"([^"]+)"/.exec(line)?.[1];
      if (id !== undefined) seen.push(id);
    }
  });
  const end = (): void => {
    for (const timer of timers) clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
  return { seen, end };
}

async function overload(t: TestContext): Promise<Record<string, number>> {
  const campaign = new Campaign(t, {
    asked: false,
    senders: counts.senders * FACTOR,
    threads: 2,
    // Bodies of some 3 MB: all of them together are more than may be in work.
    eventsMax: 200,
    eventBytes: 30_000,
    // As impatient as can be.
    waitMsMax: 20,
  });
  const { senders } = campaign;
  await campaign.start({ syncMs: SYNC_MS, later: true });
  await campaign.server.rulesInForce();
  const stream = readers(campaign);
  t.after(() => stream.end());
  campaign.arm();
  senders.resume();
  let peak = 0;
  for (const end = performance.now() + counts.overloadMs; performance.now() < end; await pause(50)) {
    peak = Math.max(peak, campaign.server.memoryBytes);
    assert.equal(campaign.server.exit, null, campaign.server.said);
  }
  const refused = [429, 503].reduce((sum, status) => sum + (senders.statuses.get(status) ?? 0), 0);
  const taken = senders.statuses.get(200) ?? 0;
  assert.ok(peak < limits.serverMemoryBytes, `${Math.round(peak / 1e6)} MB at the peak`);
  assert.ok(refused > 0 && taken > 0, `${refused} refused, ${taken} taken`);
  assert.equal(senders.untold, 0, 'refusals without Retry-After');
  // The disk is itself again; nobody lends another hand.
  campaign.disarm();
  await senders.settled(RECOVERY_MS);
  await campaign.demand('overload');
  const stored = storedHits(campaign.data).map(({ id }) => id);
  await until('the good reader to have every hit', () => stream.seen.length >= stored.length, CALM_MS * 6);
  assert.deepEqual([...stream.seen].sort(), [...stored].sort());
  stream.end();
  await campaign.finish();
  return { taken, refused, peak_mb: Math.round(peak / 1e6), events: campaign.judge.events };
}

test('under ten times what it can take, and with readers that do not read, weir keeps its bounds', {
  skip: skipFaults,
  timeout: 4 * 3_600_000,
}, async (t) => {
  for (let round = 0; round < counts.overloadRounds; round++) report(t, await overload(t));
});

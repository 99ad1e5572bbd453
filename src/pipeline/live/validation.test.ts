import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import { openDetectionsReader } from '../../store/index.ts';
import { advanceBooks, Books } from './books.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn, send } from './kit.twin.ts';
import type { ValidationPolicy } from './policy.ts';
import { verifyFolder } from './verify.ts';

const policy = (mode: 'warn' | 'enforce', more: Partial<ValidationPolicy> = {}): ValidationPolicy => ({
  mode,
  business: {},
  compliance: {},
  ...more,
});

const verified = (folder: string) => verifyFolder({ folder: path.join(folder, 'data'), detection: true });

function booksIn(folder: string) {
  const books = new Books();
  advanceBooks(books, new JournalReader(path.join(folder, 'data', 'journal')));
  return books.accounts();
}

function lettersIn(folder: string) {
  const reader = openDetectionsReader(path.join(folder, 'data', 'detect.db'));
  try {
    return [...reader.deadLetters.list({ tenant: 'default' }).items];
  } finally {
    reader.close();
  }
}

const good = (more: Record<string, unknown> = {}): string => event({ User: 'mallory', IpAddress: '10.0.0.1', ...more });
const bad = (more: Record<string, unknown> = {}): string => good({ IpAddress: '10.0.0.256', ...more });

test('enforce sets aside what does not pass, in order, with its bytes, and no hit comes of it', async () => {
  const folder = newFolder();
  const node = await openNode(folder, { policyOf: () => policy('enforce') });
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  const ack = await send(node, `${good({ n: 1 })}\n${bad({ n: 2 })}\nno json\n${bad({ n: 3 })} \n${good({ n: 4 })}\n`);
  assert.deepEqual([ack.accepted, ack.dead], [2, 3]);
  const all = await send(node, `${bad()}\n`);
  assert.deepEqual([all.accepted, all.dead], [0, 1]);
  await node.evaluated(all.position ?? 0);
  await node.close();
  assert.deepEqual(
    hitsIn(folder).map(({ eventId, body }) => [
      eventId?.split('/').slice(2),
      /"n":(\d)/.exec(Buffer.from(body).toString())?.[1],
    ]),
    [
      [[String(ack.position), '0'], '1'],
      [[String(ack.position), '1'], '4'],
    ],
  );
  assert.deepEqual(
    lettersIn(folder).map(({ code, raw }) => [code, Buffer.from(raw).toString()]),
    [
      ['validation.integrity.ip', bad({ n: 2 })],
      ['event.not_json', 'no json'],
      ['validation.integrity.ip', `${bad({ n: 3 })} `],
      ['validation.integrity.ip', bad()],
    ],
  );
  assert.equal(lettersIn(folder)[0].reason, 'source.ip is an IPv4 or IPv6 address, not "10.0.0.256" (IpAddress)');
  const { findings, events, dead } = verified(folder);
  assert.deepEqual([findings, events, dead], [[], 2, 4]);
  const accounts = booksIn(folder);
  assert.deepEqual(
    accounts.map(({ received, stored, dead, checked, warned, failedBy }) => [
      received,
      stored,
      dead,
      checked,
      warned,
      [...failedBy],
    ]),
    [[6, 2, 4, 5, 0, [['integrity.ip', 3]]]],
  );
});

test('warn keeps everything and counts by check', async () => {
  const folder = newFolder();
  const node = await openNode(folder, {
    policyOf: () =>
      policy('warn', { business: { known: "User != 'mallory'" }, compliance: { named: 'isnotempty(absent)' } }),
  });
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'))], cache: null });
  const ack = await send(node, `${good()}\n${bad({ User: 'alice' })}\n`);
  assert.deepEqual([ack.accepted, ack.dead], [2, 0]);
  await node.evaluated(ack.position ?? 0);
  await node.close();
  assert.equal(hitsIn(folder).length, 1);
  const [{ checked, warned, failedBy }] = booksIn(folder);
  assert.deepEqual(
    [checked, warned, [...failedBy].sort()],
    [
      2,
      2,
      [
        ['business.known', 1],
        ['compliance.named', 2],
        ['integrity.ip', 1],
      ],
    ],
  );
  assert.deepEqual(verified(folder).findings, []);
});

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { compileKernelModule } from '../../batch/index.ts';
import { Crew, type CrewListener } from './crew.ts';
import { event, newFolder, openNode, send } from './kit.twin.ts';
import type { Machine, Thread } from './machine.ts';
import type { Threads } from './node-options.ts';
import { realMachine, workerOf } from './real-machine.ts';
import { loadRuleSet } from './rule-sets.ts';

const QUIET: CrewListener = { fromJournal: () => {}, fromDetect: () => {}, fromDoor: () => {}, failed: () => {} };

/** The real machine, which tells of the threads that it began and that ended. */
function watched(compileKernel: Threads['compileKernel']): {
  machine: Machine & Threads;
  begun: Thread[];
  ended: () => number;
} {
  const begun: Thread[] = [];
  let ended = 0;
  const thread: Threads['thread'] = (name) => {
    const worker = workerOf(`${name}-worker`);
    worker.on('exit', () => ended++);
    begun.push(worker);
    return worker;
  };
  return { machine: { ...realMachine, thread, compileKernel, loadRuleSet }, begun, ended: () => ended };
}

const optionsOf = (folder: string) => {
  return { folder, threads: 2, segmentBytes: null, journalBytesMax: null, chainKeyPath: null, latenessMs: 0 };
};

test('a journal that cannot be opened leaves no thread behind, and says why', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  for (let i = 0; i < 20; i++) await send(node, event({ i }));
  await node.close();
  const journal = path.join(folder, 'data', 'journal');
  const file = path.join(journal, fs.readdirSync(journal).find((name) => name !== 'HEAD') ?? '');
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(file, bytes);
  const { machine, begun, ended } = watched(compileKernelModule);
  await assert.rejects(Crew.open(machine, optionsOf(path.join(folder, 'data')), QUIET), { code: 'journal.corrupt' });
  assert.deepEqual([begun.length, ended()], [4, 4]);
});

test('nor does a kernel that cannot be compiled', async () => {
  const { machine, begun, ended } = watched(() => Promise.reject(new Error('no memory')));
  await assert.rejects(Crew.open(machine, optionsOf(newFolder()), QUIET), { message: 'no memory' });
  assert.deepEqual([begun.length, ended()], [4, 4]);
});

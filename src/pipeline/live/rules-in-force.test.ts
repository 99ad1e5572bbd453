import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Control } from './control.ts';
import { FIRST, newFolder, rule, rulesIn, SECOND } from './kit.twin.ts';
import type { ToDetect, ToDoor } from './messages.ts';
import { realMachine } from './real-machine.ts';
import { realThreads } from './real-threads.ts';
import { RulesInForce } from './rules-in-force.ts';

function inForce(folder: string) {
  const told: string[] = [];
  const say = (who: string) => (message: ToDoor | ToDetect) => {
    if (message.kind === 'rules') told.push(`${who} ${message.epoch}`);
  };
  const rules = new RulesInForce({
    folder: path.join(folder, 'data'),
    machine: { ...realMachine, ...realThreads },
    toDoors: say('doors'),
    toDetect: say('detect'),
    control: (control: Control) => {
      told.push(control.kind === 'rules' ? `journal ${control.count}` : control.kind);
      return Promise.resolve(told.length);
    },
  });
  return { rules, told };
}

test('threads have a set before the journal names it; what cannot be loaded leaves the one before in force', async () => {
  const folder = newFolder();
  const { rules, told } = inForce(folder);
  assert.equal(rules.state.state, 'none');
  const one = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const loading = rules.load({ paths: [one], cache: null });
  assert.equal(rules.state.state, 'loading');
  const { set } = await loading;
  assert.deepEqual(told.splice(0), ['doors 1', 'detect 1', 'journal 1']);
  assert.equal(rules.ofEpoch(1)?.set, set);
  await assert.rejects(rules.load({ paths: [path.join(folder, 'nowhere')], cache: null }));
  assert.deepEqual(told.splice(0), []);
  assert.deepEqual([rules.state.state, rules.state.error !== undefined], ['ready', true]);
  const two = rulesIn(newFolder(), rule(FIRST, 'User', 'mallory'), rule(SECOND, 'User', 'trudy'));
  await rules.load({ paths: [two], cache: null });
  assert.deepEqual(told.splice(0), ['doors 2', 'detect 2', 'journal 2']);
  assert.deepEqual([rules.ofEpoch(1), rules.state.error], [null, undefined]);
  assert.equal(rules.giveAgain(set), null);
  assert.deepEqual(told.splice(0), ['doors 1', 'detect 1'], 'it is not in force again for that');
  assert.equal(rules.giveAgain('of nobody')?.code, 'detect.no_rules');
});

test('loads wait for each other: the last that was asked for is in force', async () => {
  const folder = newFolder();
  const { rules, told } = inForce(folder);
  const paths = ['mallory', 'trudy', 'eve'].map((user) => rulesIn(newFolder(), rule(FIRST, 'User', user)));
  const loaded = await Promise.all(paths.map((each) => rules.load({ paths: [each], cache: null })));
  assert.equal(rules.ofEpoch(3)?.set, loaded[2].set);
  assert.equal(told.filter((what) => what.startsWith('journal')).length, 3);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, simulatedDisk } from '../../base/index.ts';
import { loadRules } from '../../detect/index.ts';
import { prepareRuleSet } from '../prepare.ts';
import { FIRST, rule } from './kit.twin.ts';
import { liveRules } from './rule-set.ts';
import { loadRuleSet, neededRuleSet, saveRuleSet } from './rule-sets.ts';

const rules = liveRules(prepareRuleSet(loadRules([{ path: 'a.yml', text: rule(FIRST, 'User', 'mallory') }])));

test('a set is durable whenever it was saved, though it was found in its folder after a failure or a crash', () => {
  for (let n = 1; ; n++) {
    const disk = simulatedDisk();
    const { files } = disk;
    files.makeDirectory('/data');
    disk.failCall(n, 'EIO');
    let failed = false;
    try {
      saveRuleSet('/data', rules, files);
    } catch {
      failed = true;
    }
    disk.heal();
    if (failed) saveRuleSet('/data', rules, files);
    for (let seed = 0; seed < 10; seed++) {
      const kept = loadRuleSet('/data', rules.set, disk.crash(seededRandom(seed)).files);
      assert.equal(kept?.set, rules.set, `call ${n}`);
    }
    if (!failed) break;
  }
});

test('a set that is needed and missing, unreadable or damaged is an error that says so', () => {
  const disk = simulatedDisk();
  const { files } = disk;
  files.makeDirectory('/data');
  const needed = () => {
    const found = neededRuleSet({ files, loadRuleSet }, '/data', rules.set);
    return 'code' in found ? `${found.code}: ${found.message.slice(0, 120)}` : found.set;
  };
  const told = `detect.no_rules: the rule set ${rules.set}, in force in the journal, `;
  assert.equal(needed(), `${told}is not kept`);
  saveRuleSet('/data', rules, files);
  assert.equal(needed(), rules.set);
  disk.failCall(1, 'EIO');
  assert.ok(needed().startsWith(`${told}cannot be read: `));
  disk.damage(`/data/rules/${rules.set}.json.zst`, Uint8Array.of(1, 2, 3));
  assert.ok(needed().startsWith(`${told}cannot be read: `));
});

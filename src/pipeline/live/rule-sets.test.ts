import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, simulatedDisk } from '../../base/index.ts';
import { loadRules } from '../../detect/index.ts';
import { prepareRuleSet } from '../prepare.ts';
import { FIRST, rule } from './kit.twin.ts';
import { liveRules } from './rule-set.ts';
import { loadRuleSet, saveRuleSet } from './rule-sets.ts';

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

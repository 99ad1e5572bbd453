import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TACTICS, tacticsOf } from './tactics.ts';

test('tags name tactics, in any case, with underscores as older rules have them', () => {
  const names = (tags: string[]): string[] => tacticsOf(tags).map((at) => TACTICS[at].tag);
  assert.deepEqual(names(['attack.impact', 'attack.Initial_Access', 'attack.t1059', 'cve.2021-1', 'attack.impact']), [
    'initial-access',
    'impact',
  ]);
  assert.deepEqual(names(['attack.defense-evasion', 'attack.stealth']), ['defense-evasion', 'stealth']);
  assert.deepEqual(names(['impact', 'attack.g0007', '']), []);
});

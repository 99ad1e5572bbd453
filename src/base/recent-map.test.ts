import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import { RecentMap } from './recent-map.ts';

test('it is a map, also where entries stay much longer than others', () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed);
    const map = new RecentMap<string>(16);
    const plain = new Map<number, string>();
    for (let key = 0; key < 400; key++) {
      map.set(key, `${key}`);
      plain.set(key, `${key}`);
      while (plain.size > 1 + random.integer(30)) {
        const gone = random.pick([...plain.keys()]);
        assert.equal(map.delete(gone), plain.delete(gone));
        assert.equal(map.delete(gone), false);
      }
      assert.equal(map.size, plain.size);
      const asked = random.integer(key + 20);
      assert.equal(map.get(asked), plain.get(asked));
    }
    assert.deepEqual([...map.values()].sort(), [...plain.values()].sort());
    map.clear();
    assert.deepEqual([map.size, [...map.values()]], [0, []]);
  }
});

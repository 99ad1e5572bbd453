import { CHOOSE } from './choose.ts';
import { examples } from './kit.twin.ts';

examples('functions that choose', CHOOSE, {
  'isnull(none)': 'true',
  'isnull("")': 'false',
  'isnotnull(one)': 'true',
  'isempty("")': 'true',
  'isempty(none)': 'true',
  'isnotempty(list)': 'true',
  'coalesce(none, null, "x", "y")': '"x"',
  'coalesce(none, null)': 'null',
  'iff(one == "x", 1, 2)': '1',
  'iff(bool(null), 1, 2)': '2',
  'case(1 > 2, "a", 2 > 1, "b", "c")': '"b"',
  'case(1 > 2, "a", none > 1, "b", "c")': '"c"',
  'max_of(3, 1.5, none)': '3',
  'max_of("a", "b")': '"b"',
  'min_of(3, 1.5, none)': '1.5',
  'min_of(none, none)': 'null',
  'max_of(datetime(2026-01-01), datetime(2025-01-01))': 'datetime 2026-01-01T00:00:00Z',
});

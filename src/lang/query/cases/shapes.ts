import { cases } from './case.ts';

const LINES = [
  '{"m":"user=ann id=5 from 10.0.0.1"}',
  '{"m":"user=bob id=x from 10.0.0.2"}',
  '{"m":"nothing of it"}',
  '{"m":""}',
  '{}',
];
const LISTS = ['{"k":1,"l":["a","b"]}', '{"k":2,"l":["c"]}', '{"k":3,"l":[]}', '{"k":4}'];
const TICKS = [
  '{"@timestamp":"2026-03-01T10:00:30Z","h":"a","v":1}',
  '{"@timestamp":"2026-03-01T10:01:10Z","h":"a","v":2}',
  '{"@timestamp":"2026-03-01T10:01:20Z","h":"a","v":5}',
  '{"@timestamp":"2026-03-01T10:03:00Z","h":"b","v":7}',
  '{"h":"b","v":9}',
];
const MINUTES = 'from datetime(2026-03-01T10:00) to datetime(2026-03-01T10:04) step 1m';
const AXIS = '["2026-03-01T10:00:00Z","2026-03-01T10:01:00Z","2026-03-01T10:02:00Z","2026-03-01T10:03:00Z"]';
/** Steps of sequences: kind, user, minute. */
const steps = (...list: readonly (readonly [kind: string, user: string | null, minute: number])[]): string[] =>
  list.map(([k, u, minute]) => {
    const time = `2026-03-01T${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00Z`;
    return JSON.stringify({ '@timestamp': time, k, ...(u === null ? {} : { u }) });
  });

export const SHAPE_CASES = [
  ...cases('parse', LINES, [
    [
      'columns out of a text; where it does not fit all are null',
      'events | parse m with "user=" who " id=" id:long " from " ip | project who, id, ip',
      [
        '{"who":"ann","id":5,"ip":"10.0.0.1"}',
        '{"who":null,"id":null,"ip":null}',
        '{"who":null,"id":null,"ip":null}',
        '{"who":null,"id":null,"ip":null}',
        '{"who":null,"id":null,"ip":null}',
      ],
    ],
    [
      'relaxed: what is not of its type is null',
      'events | parse kind=relaxed m with "user=" who " id=" id:long " from " ip | where isnotnull(who) | project who, id, ip',
      ['{"who":"ann","id":5,"ip":"10.0.0.1"}', '{"who":"bob","id":null,"ip":"10.0.0.2"}'],
    ],
    [
      'a star passes over anything',
      'events | parse m with * "from " ip | where isnotnull(ip) | project ip',
      ['{"ip":"10.0.0.1"}', '{"ip":"10.0.0.2"}'],
    ],
    ['it begins at the beginning', 'events | parse m with "id=" id | where isnotnull(id) | count', ['{"Count":0}']],
    [
      'a column at the beginning',
      'events | parse m with first "=" rest | where isnotnull(first) | project first, rest',
      ['{"first":"user","rest":"ann id=5 from 10.0.0.1"}', '{"first":"user","rest":"bob id=x from 10.0.0.2"}'],
    ],
    [
      'a later place is tried where a value is not of its type',
      'events | take 1 | parse "id=x id=7" with * "id=" id:long | project id',
      ['{"id":7}'],
    ],
    [
      'a typed column ends where its type does',
      'events | take 1 | parse "12 apples" with n:long * | project n',
      ['{"n":12}'],
    ],
    [
      'reals, conditions and dates',
      'events | take 1 | parse "1.5;true;2026-03-01" with r:real ";" b:bool ";" d:datetime | project r, b, d',
      ['{"r":1.5,"b":true,"d":"2026-03-01T00:00:00Z"}'],
    ],
    [
      'other columns stay',
      'events | where m has "ann" | parse m with "user=" who " " * | project m, who',
      ['{"m":"user=ann id=5 from 10.0.0.1","who":"ann"}'],
    ],
    [
      'regular expressions',
      'events | parse kind=regex m with @"user=\\w+ id=" id @" from \\d+\\." ip | where isnotnull(id) | project id, ip',
      ['{"id":"5","ip":"0.0.1"}', '{"id":"x","ip":"0.0.2"}'],
    ],
    [
      'groups in a regular expression do not count',
      'events | parse kind=regex m with "(us)(er)=" who " id=" id:long " " * | where isnotnull(id) | project who, id',
      ['{"who":"ann","id":5}'],
    ],
  ]),
  ...cases('parse-where', LINES, [
    [
      'leaves out what does not fit',
      'events | parse-where m with "user=" who " id=" id:long " " * | project who, id',
      ['{"who":"ann","id":5}'],
    ],
  ]),
  ...cases('mv-expand', LISTS, [
    [
      'a row for each value; an absent field makes one',
      'events | mv-expand l | project k, l',
      ['{"k":1,"l":"a"}', '{"k":1,"l":"b"}', '{"k":2,"l":"c"}', '{"k":3,"l":null}', '{"k":4,"l":null}'],
    ],
    [
      'of a list that was made',
      'events | where k == 1 | extend p = split("x,y", ",") | mv-expand p | project k, p',
      ['{"k":1,"p":"x"}', '{"k":1,"p":"y"}'],
    ],
    ['an empty list makes no row', 'events | take 1 | extend p = dynamic([]) | mv-expand p | count', ['{"Count":0}']],
    [
      'under another name',
      'events | where k == 1 | mv-expand one = l | project one, l',
      ['{"one":"a","l":["a","b"]}', '{"one":"b","l":["a","b"]}'],
    ],
    [
      'two lists side by side, the shorter filled with nulls',
      'events | where k == 1 | extend p = dynamic([1,2,3]) | mv-expand l, p | project l, p',
      ['{"l":"a","p":1}', '{"l":"b","p":2}', '{"l":null,"p":3}'],
    ],
    [
      'with the place in the list',
      'events | where k == 1 | mv-expand with_itemindex=i l | project i, l',
      ['{"i":0,"l":"a"}', '{"i":1,"l":"b"}'],
    ],
    [
      'as a type, null where it is not',
      'events | take 1 | extend p = dynamic([1,"2","x",null]) | mv-expand p to typeof(long) | project p',
      ['{"p":1}', '{"p":2}', '{"p":null}', '{"p":null}'],
    ],
    ['no more rows than asked for', 'events | mv-expand l limit 1 | where k == 1 | project l', ['{"l":"a"}']],
    [
      'a bag makes a row for each of its members',
      'events | take 1 | extend b = dynamic({"x":1,"y":[2]}) | mv-expand b | project b',
      ['{"b":{"x":1}}', '{"b":{"y":[2]}}'],
    ],
    ['a single value stays', 'events | where k == 2 | mv-expand k | project k', ['{"k":2}']],
    [
      'counted by value',
      'events | mv-expand l | summarize count() by l',
      ['{"l":"a","count_":1}', '{"l":"b","count_":1}', '{"l":"c","count_":1}', '{"l":null,"count_":2}'],
    ],
  ]),
  ...cases('make-series', TICKS, [
    [
      'a list of bins, 0 where there is nothing; rows without a time are left out',
      `events | make-series count() on @timestamp ${MINUTES}`,
      [`{"count_":[1,2,0,1],"@timestamp":${AXIS}}`],
    ],
    [
      'for each group',
      `events | make-series n = sum(v) on @timestamp ${MINUTES} by h`,
      [`{"h":"a","n":[1,7,0,0],"@timestamp":${AXIS}}`, `{"h":"b","n":[0,0,0,7],"@timestamp":${AXIS}}`],
    ],
    [
      'another value for empty bins',
      `events | make-series m = max(v) default=-1 on @timestamp ${MINUTES}`,
      [`{"m":[1,5,-1,7],"@timestamp":${AXIS}}`],
    ],
    [
      'null for empty bins',
      `events | make-series m = max(v) default=long(null) on @timestamp ${MINUTES}`,
      [`{"m":[1,5,null,7],"@timestamp":${AXIS}}`],
    ],
    [
      'rows outside are left out, the end itself too',
      'events | make-series count() on @timestamp from datetime(2026-03-01T10:01) to datetime(2026-03-01T10:03) step 1m',
      ['{"count_":[2,0],"@timestamp":["2026-03-01T10:01:00Z","2026-03-01T10:02:00Z"]}'],
    ],
    [
      'bins begin at from',
      'events | make-series count() on @timestamp from datetime(2026-03-01T10:00:20) to datetime(2026-03-01T10:03:20) step 1m',
      ['{"count_":[2,1,1],"@timestamp":["2026-03-01T10:00:20Z","2026-03-01T10:01:20Z","2026-03-01T10:02:20Z"]}'],
    ],
    [
      'without edges from the first bin to the last of each series',
      'events | make-series count() on @timestamp step 1m by h',
      [
        '{"h":"a","count_":[1,2],"@timestamp":["2026-03-01T10:00:00Z","2026-03-01T10:01:00Z"]}',
        '{"h":"b","count_":[1],"@timestamp":["2026-03-01T10:03:00Z"]}',
      ],
    ],
    [
      'several aggregates',
      `events | make-series n = count(), m = min(v) on @timestamp ${MINUTES} by h | where h == "b"`,
      [`{"h":"b","n":[0,0,0,1],"m":[0,0,0,7],"@timestamp":${AXIS}}`],
    ],
    ['over numbers', 'events | make-series n = count() on v from 0 to 10 step 5', ['{"n":[2,3],"v":[0,5]}']],
    [
      'over reals',
      'events | make-series n = count() on v from 0.0 to 10.0 step 2.5',
      ['{"n":[2,0,2,1],"v":[0.0,2.5,5.0,7.5]}'],
    ],
    ['of no rows there is no series', `events | where false | make-series count() on @timestamp ${MINUTES}`, []],
    [
      'a last bin that is not whole',
      'events | make-series n = count() on v from 0 to 8 step 5',
      ['{"n":[2,2],"v":[0,5]}'],
    ],
  ]),
  ...cases(
    'sequence',
    steps(['a', 'x', 0], ['b', 'x', 1], ['a', 'y', 2], ['b', 'x', 3], ['a', null, 4], ['b', null, 5]),
    [
      [
        'one after the other, with equal values',
        'events | sequence by u within 5m [k == "a"] [k == "b"] | project u, start, end',
        ['{"u":"x","start":"2026-03-01T08:00:00Z","end":"2026-03-01T08:01:00Z"}'],
      ],
      ['without by all rows together', 'events | sequence within 5m [k == "a"] [k == "b"] | count', ['{"Count":3}']],
      ['too far apart', 'events | sequence by u within 30s [k == "a"] [k == "b"] | count', ['{"Count":0}']],
      [
        'exactly as far apart as allowed',
        'events | sequence by u within 1m [k == "a"] [k == "b"] | count',
        ['{"Count":1}'],
      ],
      [
        'in this order only',
        'events | where u == "y" or k == "b" | sequence within 10m [k == "b"] [k == "a"] | project end',
        ['{"end":"2026-03-01T08:02:00Z"}'],
      ],
      [
        'its rows',
        'events | sequence by u within 5m [k == "a"] [k == "b"] | mv-expand events | project k = tostring(events.k)',
        ['{"k":"a"}', '{"k":"b"}'],
      ],
      ['of no rows there is none', 'events | where false | sequence by u within 5m [k == "a"] [k == "b"]', []],
      ['one step is every row of it', 'events | sequence by u within 5m [k == "b"] | count', ['{"Count":2}']],
    ],
  ),
  ...cases('sequence', steps(['a', 'x', 0], ['a', 'x', 2], ['b', 'x', 3], ['b', 'x', 4]), [
    [
      'the latest beginning counts, and a row serves once',
      'events | sequence by u within 10m [k == "a"] [k == "b"] | project start, end',
      ['{"start":"2026-03-01T08:02:00Z","end":"2026-03-01T08:03:00Z"}'],
    ],
    [
      'a row serves one step',
      'events | sequence by u within 10m [k == "a"] [k == "a"] | project start, end',
      ['{"start":"2026-03-01T08:00:00Z","end":"2026-03-01T08:02:00Z"}'],
    ],
  ]),
  ...cases('sequence', steps(['a', 'x', 0], ['c', 'x', 1], ['b', 'x', 2], ['a', 'y', 0], ['b', 'y', 2]), [
    [
      'what must not come between',
      'events | sequence by u within 10m [k == "a"] ![k == "c"] [k == "b"] | project u',
      ['{"u":"y"}'],
    ],
    [
      'what must not come before, for as long',
      'events | sequence by u within 10m ![k == "a"] [k == "b"] | count',
      ['{"Count":0}'],
    ],
    ['three steps', 'events | sequence by u within 10m [k == "a"] [k == "c"] [k == "b"] | project u', ['{"u":"x"}']],
  ]),
  ...cases(
    'sequence',
    steps(
      ['a', 'x', 0],
      ['b', 'x', 1],
      ['c', 'x', 3],
      ['a', 'y', 0],
      ['b', 'y', 1],
      ['c', 'y', 20],
      ['a', 'z', 239],
      ['b', 'z', 239],
    ),
    [
      [
        'what must not come behind, until the time is over',
        'events | sequence by u within 10m [k == "a"] [k == "b"] ![k == "c"] | project u',
        ['{"u":"y"}'],
      ],
    ],
  ),
];

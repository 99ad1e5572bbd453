import { cases } from './case.ts';

const LOGONS = [
  '{"user":"ann","host":"h1","n":1}',
  '{"user":"bob","host":"h1","n":2}',
  '{"user":"bob","host":"h2","n":3}',
  '{"host":"h3","n":4}',
];
const USERS = [
  '{"user":"bob","team":"red","n":7}',
  '{"user":"bob","team":"blue"}',
  '{"user":"eve","team":"red"}',
  '{"team":"none"}',
];
const BOTH = { events: LOGONS, assets: USERS };
/** Expected columns of a join of the two, made short. */
const SHOW = 'project user, n, user1, team';

export const TABLE_CASES = [
  ...cases('join', BOTH, [
    [
      'inner: all pairs of rows with equal keys',
      `events | join kind=inner (assets) on user | ${SHOW}`,
      [
        '{"user":"bob","n":2,"user1":"bob","team":"red"}',
        '{"user":"bob","n":2,"user1":"bob","team":"blue"}',
        '{"user":"bob","n":3,"user1":"bob","team":"red"}',
        '{"user":"bob","n":3,"user1":"bob","team":"blue"}',
      ],
    ],
    [
      'innerunique is the default: one row of the left for each key',
      `events | join (assets) on user | ${SHOW}`,
      ['{"user":"bob","n":2,"user1":"bob","team":"red"}', '{"user":"bob","n":2,"user1":"bob","team":"blue"}'],
    ],
    [
      'leftouter: rows of the left without a partner too',
      `events | join kind=leftouter (assets | where team == "red") on user | ${SHOW}`,
      [
        '{"user":"ann","n":1,"user1":null,"team":null}',
        '{"user":"bob","n":2,"user1":"bob","team":"red"}',
        '{"user":"bob","n":3,"user1":"bob","team":"red"}',
        '{"user":null,"n":4,"user1":null,"team":null}',
      ],
    ],
    [
      'leftanti: only rows of the left without a partner',
      'events | join kind=leftanti (assets) on user | project user, n',
      ['{"user":"ann","n":1}', '{"user":null,"n":4}'],
    ],
    [
      'leftsemi: rows of the left with a partner, each once',
      'events | join kind=leftsemi (assets) on user | project user, n',
      ['{"user":"bob","n":2}', '{"user":"bob","n":3}'],
    ],
    ['null equals no null', 'events | join kind=inner (assets) on user | where isnull(user) | count', ['{"Count":0}']],
    [
      'columns that both have get a number',
      'events | where n == 3 | join kind=inner (assets | where team == "red") on user | project n, n1',
      ['{"n":3,"n1":7}'],
    ],
    [
      'keys of different names',
      'events | join kind=inner (assets | project who = user, team) on $left.user == $right.who | project user, who, team',
      [
        '{"user":"bob","who":"bob","team":"red"}',
        '{"user":"bob","who":"bob","team":"blue"}',
        '{"user":"bob","who":"bob","team":"red"}',
        '{"user":"bob","who":"bob","team":"blue"}',
      ],
    ],
    [
      'several keys',
      'events | join kind=inner (events | project user, host, m = n) on user, host | project n, m',
      ['{"n":1,"m":1}', '{"n":2,"m":2}', '{"n":3,"m":3}'],
    ],
    [
      'with an empty right side there is nothing',
      'events | join kind=inner (hits | project user) on user | count',
      ['{"Count":0}'],
    ],
    [
      'leftouter of an empty right side keeps the left',
      'events | join kind=leftouter (hits | project user, x) on user | project n, x',
      ['{"n":1,"x":null}', '{"n":2,"x":null}', '{"n":3,"x":null}', '{"n":4,"x":null}'],
    ],
    [
      'leftanti of an empty right side is the left',
      'events | join kind=leftanti (hits | project user) on user | count',
      ['{"Count":4}'],
    ],
    [
      'an empty left side gives nothing',
      'hits | project user | join kind=leftouter (assets) on user | count',
      ['{"Count":0}'],
    ],
    [
      'with what was counted',
      'events | join kind=inner (events | summarize logons = count() by user) on user | project n, logons',
      ['{"n":1,"logons":1}', '{"n":2,"logons":2}', '{"n":3,"logons":2}'],
    ],
  ]),
  ...cases(
    'join',
    {
      events: ['{"id":4624,"a":1}', '{"id":"4625","a":2}', '{"id":"04624","a":3}'],
      assets: ['{"id":"4624","b":1}', '{"id":4625,"b":2}'],
    },
    [
      [
        'mixed types: a number and the text it is written as are equal',
        'events | join kind=inner (assets) on id | project a, b',
        ['{"a":1,"b":1}', '{"a":2,"b":2}'],
      ],
    ],
  ),
  ...cases(
    'join',
    {
      events: ['{"ip":["10.0.0.1","10.0.0.2"],"a":1}', '{"ip":"10.0.0.3","a":2}'],
      assets: ['{"ip":["10.0.0.2","10.0.0.1"],"b":1}', '{"ip":"10.0.0.2","b":2}'],
    },
    [
      [
        'several values: any of them, each pair of rows once',
        'events | join kind=inner (assets) on ip | project a, b',
        ['{"a":1,"b":1}', '{"a":1,"b":2}'],
      ],
    ],
  ),
  ...cases('union', BOTH, [
    ['rows of both', 'events | union assets | count', ['{"Count":8}']],
    [
      'a column that both have is one',
      'events | union assets | where user == "bob" | project n, team',
      ['{"n":2,"team":null}', '{"n":3,"team":null}', '{"n":7,"team":"red"}', '{"n":null,"team":"blue"}'],
    ],
    ['at the beginning', 'union events, assets | count', ['{"Count":8}']],
    ['of pipelines', 'union (events | where n > 2), (assets | where team == "red") | count', ['{"Count":4}']],
    [
      'the table that rows are of',
      'union withsource=t events, assets | summarize count() by t',
      ['{"t":"events","count_":4}', '{"t":"assets","count_":4}'],
    ],
    [
      'inner: only columns that all have',
      'union kind=inner (events | project user, n), (assets | project n, team) | where n > 3',
      ['{"n":4}', '{"n":7}'],
    ],
    ['with itself', 'events | union events | count', ['{"Count":8}']],
    ['with an empty table', 'events | union hits | count', ['{"Count":4}']],
  ]),
  ...cases('union', { events: ['{"v":1}'], assets: ['{"v":"1"}', '{"v":true}'] }, [
    [
      'mixed types stay as they are, in one column',
      'union events, assets | project v',
      ['{"v":1}', '{"v":"1"}', '{"v":true}'],
    ],
  ]),
  ...cases('let', BOTH, [
    ['a value', 'let who = "bob"; events | where user == who | count', ['{"Count":2}']],
    ['a value made of another', 'let a = 1; let b = a + 1; events | where n > b | count', ['{"Count":2}']],
    ['a table', 'let bobs = events | where user == "bob"; bobs | count', ['{"Count":2}']],
    ['a table used twice', 'let bobs = events | where user == "bob"; bobs | union bobs | count', ['{"Count":4}']],
    [
      'a table made of another',
      'let e = events | where n > 1; let f = e | where n < 4; f | project n',
      ['{"n":2}', '{"n":3}'],
    ],
    ['a value stands before a column of its name', 'let n = 3; events | where n == 3 | count', ['{"Count":4}']],
    ['a value as a column', 'let limit_value = 5; events | take 1 | project limit_value', ['{"limit_value":5}']],
    ['a time', 'let since = ago(1h); events | take 1 | project t = since', ['{"t":"2026-03-01T11:00:00Z"}']],
    ['null', 'let nothing = long(null); events | take 1 | project x = nothing', ['{"x":null}']],
  ]),
  ...cases('in', BOTH, [
    ['values of a subquery', 'events | where user in (assets | project user) | count', ['{"Count":2}']],
    ['none of the values of a subquery', 'events | where user !in (assets | project user) | count', ['{"Count":2}']],
    ['a subquery without rows', 'events | where user in (hits | project user) | count', ['{"Count":0}']],
    ['nothing is in a subquery without rows', 'events | where user !in (hits | project user) | count', ['{"Count":4}']],
    [
      'values of a table by let',
      'let known = assets | project user; events | where user in (known) | count',
      ['{"Count":2}'],
    ],
  ]),
  ...cases('toscalar()', BOTH, [
    [
      'the first value of a subquery',
      'events | where n == toscalar(events | summarize max(n)) | project host',
      ['{"host":"h3"}'],
    ],
    ['of no rows it is null', 'events | take 1 | project x = toscalar(hits | project n)', ['{"x":null}']],
    ['as a let', 'let most = toscalar(events | summarize max(n)); events | where n == most | count', ['{"Count":1}']],
  ]),
  ...cases('asof', BOTH, [
    ['rows as they were known then', 'events | asof datetime(2026-03-01) | count', ['{"Count":4}']],
  ]),
  ...cases('render', BOTH, [
    [
      'changes no row',
      'events | summarize count() by user | render barchart',
      ['{"user":"ann","count_":1}', '{"user":"bob","count_":2}', '{"user":null,"count_":1}'],
    ],
    ['takes properties', 'events | count | render card with (title="logons")', ['{"Count":4}']],
  ]),
];

import { cases } from './case.ts';

const ROWS = [
  '{"@timestamp":"2026-03-01T10:00:00Z","host":{"name":"web01"},"user":{"name":"ann"},"code":4624,"bytes":120}',
  '{"@timestamp":"2026-03-01T10:05:00Z","host":{"name":"web02"},"user":{"name":"bob"},"code":"4625","bytes":7}',
  '{"@timestamp":"2026-03-01T11:00:00Z","host":{"name":"web01"},"user":{"name":"bob"},"code":4625}',
  '{"@timestamp":"2026-03-01T11:30:00Z","host":{"name":"db01"},"code":"4624","bytes":0,"tags":["a","b"]}',
];
/** A column of each kind; the last row has none of it. */
const SMALL = ['{"a":1,"b":"x"}', '{"a":2,"b":"y"}', '{"a":2,"b":null}', '{"b":"x"}'];

export const OPERATOR_CASES = [
  ...cases('where', ROWS, [
    [
      'rows of which the condition is true',
      'events | where bytes > 5 | project user.name',
      ['{"user.name":"ann"}', '{"user.name":"bob"}'],
    ],
    ['null does not count as true', 'events | where bytes < 1000 | count', ['{"Count":3}']],
    ['nor does its negation', 'events | where not(bytes < 1000) | count', ['{"Count":0}']],
    ['a number finds the text it is written as', 'events | where code == 4625 | count', ['{"Count":2}']],
    ['a text finds the number that is written so', 'events | where code == "4625" | count', ['{"Count":2}']],
    ['an absent field is asked for', 'events | where isnull(user.name) | project host.name', ['{"host.name":"db01"}']],
    ['!= finds rows without the field', 'events | where user.name != "bob" | count', ['{"Count":2}']],
    ['one of several values', 'events | where tags == "b" | project host.name', ['{"host.name":"db01"}']],
    ['none of several values', 'events | where tags != "b" | count', ['{"Count":3}']],
    ['a time', 'events | where @timestamp >= datetime(2026-03-01T11:00) | count', ['{"Count":2}']],
    ['a time before now', 'events | where @timestamp > ago(1h) | count', ['{"Count":1}']],
    ['all of the row', 'events | where * has "db01" | count', ['{"Count":1}']],
    ['filter is another name', 'events | filter code == 4624 | count', ['{"Count":2}']],
    ['the table may be left out', 'where bytes == 0 | project host.name', ['{"host.name":"db01"}']],
    ['a condition that never holds leaves nothing', 'events | where false', []],
    ['a field that no row has', 'events | where nowhere == 1', []],
  ]),
  ...cases('search', ROWS, [
    ['a word anywhere', 'web01 | count', ['{"Count":2}']],
    ['whatever the case', 'WEB01 | count', ['{"Count":2}']],
    ['whole terms only', 'web | count', ['{"Count":0}']],
    ['several words, all of them', 'web01 bob | count', ['{"Count":1}']],
    ['one of two', 'ann OR db01 | count', ['{"Count":2}']],
    ['not this word', 'web01 -bob | project user.name', ['{"user.name":"ann"}']],
    ['in a field', 'user.name:bob | count', ['{"Count":2}']],
    ['in all fields below a path', 'host:db01 | count', ['{"Count":1}']],
    ['a star for any characters', 'web* | count', ['{"Count":3}']],
    ['in parentheses', '(ann OR bob) web01 | count', ['{"Count":2}']],
    ['a number', '4625 | count', ['{"Count":2}']],
    ['a comparison', 'bytes:>5 | count', ['{"Count":2}']],
  ]),
  ...cases('extend', SMALL, [
    [
      'a column more',
      'events | extend c = a + 1 | project a, c',
      ['{"a":1,"c":2}', '{"a":2,"c":3}', '{"a":2,"c":3}', '{"a":null,"c":null}'],
    ],
    [
      'in the place of one of the same name',
      'events | extend a = a * 10 | project a',
      ['{"a":10}', '{"a":20}', '{"a":20}', '{"a":null}'],
    ],
    [
      'all are worked out from the row as it came',
      'events | where a == 1 | extend a = a + 1, old = a | project a, old',
      ['{"a":2,"old":1}'],
    ],
    ['nulls in the place of values', 'events | where a == 1 | extend b = null_field | project b', ['{"b":null}']],
    [
      'names of its own',
      'events | where a == 1 | extend strlen(b), a + 1, a + 2 | project strlen_b, Column1, Column2',
      ['{"strlen_b":1,"Column1":2,"Column2":3}'],
    ],
    ['of no rows there are none', 'events | where false | extend c = 1', []],
    ['a text for every row', 'events | take 1 | extend k = "z" | project k', ['{"k":"z"}']],
  ]),
  ...cases('project', SMALL, [
    [
      'these columns in this order',
      'events | project b, a',
      ['{"b":"x","a":1}', '{"b":"y","a":2}', '{"b":null,"a":2}', '{"b":"x","a":null}'],
    ],
    ['under another name', 'events | where a == 1 | project first = b', ['{"first":"x"}']],
    ['an expression', 'events | where a == 1 | project c = strcat(b, "-", a)', ['{"c":"x-1"}']],
    ['an expression without a name', 'events | where a == 1 | project a + 1', ['{"Column1":2}']],
    ['a function names itself after its argument', 'events | where a == 1 | project strlen(b)', ['{"strlen_b":1}']],
    [
      'of the same name twice the second gets a number',
      'events | where a == 1 | project a, tostring(a)',
      ['{"a":1,"a1":"1"}'],
    ],
    ['a column that no row has', 'events | where a == 1 | project nothing', ['{"nothing":null}']],
  ]),
  ...cases(
    'project',
    ['{"a":{"b":1,"c":[1,2]},"d.e":3}'],
    [
      ['paths keep their dots', 'events | project a.b', ['{"a.b":1}']],
      ['several values are a list', 'events | project a.c', ['{"a.c":[1,2]}']],
      ['a dot inside a key is written in brackets', 'events | project x = ["d.e"]', ['{"x":3}']],
    ],
  ),
  ...cases('project-away', ROWS, [
    [
      'all columns but these',
      'events | where code == 4624 | project code, bytes, user.name | project-away bytes',
      ['{"code":4624,"user.name":"ann"}', '{"code":"4624","user.name":null}'],
    ],
    [
      'by a pattern',
      'events | top 1 by bytes | project user.name, host.name, code | project-away *.name',
      ['{"code":4624}'],
    ],
    [
      'everything below a path',
      'events | top 1 by bytes | project user.name, code | project-away user.*',
      ['{"code":4624}'],
    ],
  ]),
  ...cases('project-keep', ROWS, [
    [
      'only these, in the order they had',
      'events | top 1 by bytes | project code, bytes, user.name | project-keep user.name, code',
      ['{"code":4624,"user.name":"ann"}'],
    ],
    [
      'by a pattern',
      'events | top 1 by bytes | project code, user.name, host.name | project-keep *.name',
      ['{"user.name":"ann","host.name":"web01"}'],
    ],
  ]),
  ...cases('project-rename', ROWS, [
    [
      'columns stay where they are',
      'events | top 1 by bytes | project code, bytes | project-rename id = code',
      ['{"id":4624,"bytes":120}'],
    ],
    [
      'names may be swapped',
      'events | top 1 by bytes | project code, bytes | project-rename code = bytes, bytes = code',
      ['{"bytes":4624,"code":120}'],
    ],
  ]),
  ...cases('project-reorder', ROWS, [
    [
      'these first, the others behind them',
      'events | top 1 by bytes | project code, bytes, user.name | project-reorder user.name',
      ['{"user.name":"ann","code":4624,"bytes":120}'],
    ],
    [
      'by a pattern',
      'events | top 1 by bytes | project code, a1 = 1, a2 = 2 | project-reorder a*',
      ['{"a1":1,"a2":2,"code":4624}'],
    ],
  ]),
  ...cases('summarize', ROWS, [
    [
      'one row for each value',
      'events | summarize n = count() by host.name',
      ['{"host.name":"web01","n":2}', '{"host.name":"web02","n":1}', '{"host.name":"db01","n":1}'],
    ],
    [
      'one for each combination',
      'events | summarize count() by host.name, user.name',
      [
        '{"host.name":"web01","user.name":"ann","count_":1}',
        '{"host.name":"web02","user.name":"bob","count_":1}',
        '{"host.name":"web01","user.name":"bob","count_":1}',
        '{"host.name":"db01","user.name":null,"count_":1}',
      ],
    ],
    [
      'null is a group',
      'events | summarize count() by user.name',
      ['{"user.name":"ann","count_":1}', '{"user.name":"bob","count_":2}', '{"user.name":null,"count_":1}'],
    ],
    [
      'a number and the text it is written as are one group, shown as the number',
      'events | summarize count() by code',
      ['{"code":4624,"count_":2}', '{"code":4625,"count_":2}'],
    ],
    [
      'by a span of time',
      'events | summarize count() by bin(@timestamp, 1h)',
      ['{"@timestamp":"2026-03-01T10:00:00Z","count_":2}', '{"@timestamp":"2026-03-01T11:00:00Z","count_":2}'],
    ],
    [
      'by an expression with a name',
      'events | summarize count() by web = host.name startswith "web"',
      ['{"web":true,"count_":3}', '{"web":false,"count_":1}'],
    ],
    [
      'by an expression without a name',
      'events | summarize count() by tolong(code) / 2',
      ['{"Column1":2312,"count_":4}'],
    ],
    [
      'without aggregates: the groups',
      'events | summarize by host.name',
      ['{"host.name":"web01"}', '{"host.name":"web02"}', '{"host.name":"db01"}'],
    ],
    ['without groups: one row', 'events | summarize count(), sum(bytes)', ['{"count_":4,"sum_bytes":127}']],
    [
      'aggregates inside an expression',
      'events | summarize share = 100 * countif(bytes > 0) / count()',
      ['{"share":50}'],
    ],
    ['two of the same name', 'events | summarize count(), count()', ['{"count_":4,"count_1":4}']],
    [
      'several values are one group together',
      'events | summarize count() by tags',
      ['{"tags":null,"count_":3}', '{"tags":["a","b"],"count_":1}'],
    ],
    [
      'an empty text is a group of its own',
      'events | extend u = iff(isnull(user.name), "", "x") | summarize count() by u',
      ['{"u":"x","count_":3}', '{"u":"","count_":1}'],
    ],
    ['groups of no rows are none', 'events | where false | summarize count() by host.name', []],
    [
      'without groups no rows give one',
      'events | where false | summarize count(), max(bytes)',
      ['{"count_":0,"max_bytes":null}'],
    ],
    [
      'of what was summarized',
      'events | summarize n = count() by host.name | summarize most = max(n), hosts = count()',
      ['{"most":2,"hosts":3}'],
    ],
  ]),
  ...cases(
    'summarize',
    ['{"v":1}', '{"v":1.0}', '{"v":"1"}', '{"v":"1.0"}', '{"v":true}', '{"v":"true"}', '{"v":"A"}', '{"v":"a"}'],
    [
      [
        'mixed types: values that read the same are one group, texts by case',
        'events | summarize n = count() by v',
        ['{"v":1,"n":3}', '{"v":"1.0","n":1}', '{"v":true,"n":2}', '{"v":"A","n":1}', '{"v":"a","n":1}'],
      ],
    ],
  ),
  ...cases('count', SMALL, [
    ['one row with the number of rows', 'events | count', ['{"Count":4}']],
    ['under another name', 'events | count as n', ['{"n":4}']],
    ['of no rows it is 0', 'events | where false | count', ['{"Count":0}']],
    ['of an empty table it is 0', 'hits | count', ['{"Count":0}']],
    ['it can be gone on with', 'events | count | extend half = Count / 2', ['{"Count":4,"half":2}']],
  ]),
  ...cases('distinct', SMALL, [
    ['each value once', 'events | distinct a', ['{"a":1}', '{"a":2}', '{"a":null}']],
    [
      'each combination once',
      'events | distinct b, a',
      ['{"b":"x","a":1}', '{"b":"y","a":2}', '{"b":null,"a":2}', '{"b":"x","a":null}'],
    ],
    ['of an expression', 'events | distinct big = a > 1', ['{"big":false}', '{"big":true}', '{"big":null}']],
    ['of all columns', 'events | project b | distinct *', ['{"b":"x"}', '{"b":"y"}', '{"b":null}']],
    ['of no rows there are none', 'events | where false | distinct a', []],
  ]),
  ...cases(
    'distinct',
    ['{"v":"7"}', '{"v":7}', '{"v":[7,8]}', '{"v":[7,8]}', '{"v":""}', '{"v":null}'],
    [
      [
        'mixed types: a number and its text are one',
        'events | distinct v',
        ['{"v":7}', '{"v":[7,8]}', '{"v":""}', '{"v":null}'],
      ],
    ],
  ),
  ...cases('take', SMALL, [
    ['so many rows', 'events | take 2 | count', ['{"Count":2}']],
    ['all where there are fewer', 'events | take 100 | count', ['{"Count":4}']],
    ['0 rows', 'events | take 0', []],
    ['limit is another name', 'events | limit 1 | count', ['{"Count":1}']],
    ['a number by let', 'let n = 3; events | take n | count', ['{"Count":3}']],
  ]),
  ...cases('sort', ROWS, [
    [
      'from the greatest, nulls last',
      'events | sort by bytes | project bytes',
      ['{"bytes":120}', '{"bytes":7}', '{"bytes":0}', '{"bytes":null}'],
    ],
    [
      'from the least, nulls first',
      'events | sort by bytes asc | project bytes',
      ['{"bytes":null}', '{"bytes":0}', '{"bytes":7}', '{"bytes":120}'],
    ],
    [
      'nulls first',
      'events | sort by bytes desc nulls first | project bytes',
      ['{"bytes":null}', '{"bytes":120}', '{"bytes":7}', '{"bytes":0}'],
    ],
    [
      'nulls last',
      'events | sort by bytes asc nulls last | project bytes',
      ['{"bytes":0}', '{"bytes":7}', '{"bytes":120}', '{"bytes":null}'],
    ],
    [
      'by several columns',
      'events | sort by host.name asc, @timestamp desc | project h = host.name, m = @timestamp - datetime(2026-03-01)',
      [
        '{"h":"db01","m":"11:30:00"}',
        '{"h":"web01","m":"11:00:00"}',
        '{"h":"web01","m":"10:00:00"}',
        '{"h":"web02","m":"10:05:00"}',
      ],
    ],
    [
      'by an expression',
      'events | sort by strlen(host.name) asc, user.name asc, host.name asc | project host.name',
      ['{"host.name":"db01"}', '{"host.name":"web01"}', '{"host.name":"web01"}', '{"host.name":"web02"}'],
    ],
    ['order is another name', 'events | order by bytes | take 1 | project bytes', ['{"bytes":120}']],
    ['times', 'events | sort by @timestamp desc | take 1 | project host.name', ['{"host.name":"db01"}']],
    [
      'mixed types: numbers before texts',
      'events | sort by code asc, @timestamp asc | project code',
      ['{"code":4624}', '{"code":4625}', '{"code":"4624"}', '{"code":"4625"}'],
    ],
  ]),
  ...cases(
    'sort',
    ['{"v":"b"}', '{"v":"B"}', '{"v":""}', '{"v":10}', '{"v":9.5}', '{"v":"9"}', '{"v":true}', '{"v":false}', '{}'],
    [
      [
        'all kinds have their place',
        'events | sort by v asc | project v',
        [
          '{"v":null}',
          '{"v":false}',
          '{"v":true}',
          '{"v":9.5}',
          '{"v":10}',
          '{"v":""}',
          '{"v":"9"}',
          '{"v":"B"}',
          '{"v":"b"}',
        ],
      ],
      [
        'and the other way round',
        'events | sort by v desc | project v',
        [
          '{"v":"b"}',
          '{"v":"B"}',
          '{"v":"9"}',
          '{"v":""}',
          '{"v":10}',
          '{"v":9.5}',
          '{"v":true}',
          '{"v":false}',
          '{"v":null}',
        ],
      ],
    ],
  ),
  ...cases(
    'sort',
    ['{"n":1,"v":1.5}', '{"n":2}', '{"n":3,"v":-1.0}'],
    [
      [
        'what is no number stands beside null',
        'events | sort by iff(n == 1, real(nan), v) desc | project n',
        ['{"n":3}', '{"n":1}', '{"n":2}'],
      ],
      [
        'and with nulls first behind them',
        'events | sort by iff(n == 1, real(nan), v) asc | project n',
        ['{"n":2}', '{"n":1}', '{"n":3}'],
      ],
    ],
  ),
  ...cases(
    'sort',
    ['{"k":1,"v":[1,9]}', '{"k":2,"v":[5]}', '{"k":3,"v":[2,3]}'],
    [
      [
        'of several values the greatest counts downwards',
        'events | sort by v desc | project k',
        ['{"k":1}', '{"k":2}', '{"k":3}'],
      ],
      ['and the least upwards', 'events | sort by v asc | project k', ['{"k":1}', '{"k":3}', '{"k":2}']],
    ],
  ),
  ...cases('top', ROWS, [
    ['the greatest', 'events | top 2 by bytes | project bytes', ['{"bytes":120}', '{"bytes":7}']],
    ['the least', 'events | top 2 by bytes asc nulls last | project bytes', ['{"bytes":0}', '{"bytes":7}']],
    ['nulls first where upwards', 'events | top 1 by bytes asc | project bytes', ['{"bytes":null}']],
    [
      'more than there are',
      'events | top 9 by @timestamp asc | project host.name',
      ['{"host.name":"web01"}', '{"host.name":"web02"}', '{"host.name":"web01"}', '{"host.name":"db01"}'],
    ],
    ['none', 'events | top 0 by bytes', []],
    ['by an expression', 'events | top 1 by bytes * -1 | project bytes', ['{"bytes":0}']],
    ['of counts', 'events | summarize n = count() by host.name | top 1 by n', ['{"host.name":"web01","n":2}']],
  ]),
];

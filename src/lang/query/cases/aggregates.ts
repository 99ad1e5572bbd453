import { cases } from './case.ts';

/** Two groups and a row without a group; something is missing in each. */
const ROWS = [
  '{"@timestamp":"2026-03-01T10:00:00Z","g":"a","x":1,"r":1.5,"s":"p","t":true}',
  '{"@timestamp":"2026-03-01T11:00:00Z","g":"a","x":4,"r":2.5,"s":"q","t":false}',
  '{"@timestamp":"2026-03-01T12:00:00Z","g":"a","x":4,"s":"p","t":true}',
  '{"@timestamp":"2026-03-02T10:00:00Z","g":"b","x":10,"r":0.5,"s":"r"}',
  '{"@timestamp":"2026-03-02T11:00:00Z","g":"b","x":null,"s":"r"}',
  '{"@timestamp":"2026-03-03T10:00:00Z","x":-2,"m":[1,2,2]}',
];
/** Numbers in all spellings, and what is none. */
const MIXED = [
  '{"v":3}',
  '{"v":"3"}',
  '{"v":"12"}',
  '{"v":"012"}',
  '{"v":"abc"}',
  '{"v":2.5}',
  '{"v":true}',
  '{"v":null}',
  '{}',
];
const NONE = ['{"v":null}', '{}'];

export const AGGREGATE_CASES = [
  ...cases('count()', ROWS, [
    [
      'rows of each group',
      'events | summarize count() by g',
      ['{"g":"a","count_":3}', '{"g":"b","count_":2}', '{"g":null,"count_":1}'],
    ],
    ['all rows, also those that have nothing', 'events | summarize n = count()', ['{"n":6}']],
    ['of no rows it is 0', 'events | where g == "z" | summarize count()', ['{"count_":0}']],
    ['of no rows there is no group', 'events | where g == "z" | summarize count() by g', []],
  ]),
  ...cases('countif()', ROWS, [
    [
      'rows of which the condition is true',
      'events | summarize countif(x > 3) by g',
      ['{"g":"a","countif_":2}', '{"g":"b","countif_":1}', '{"g":null,"countif_":0}'],
    ],
    ['null does not count', 'events | summarize countif(t)', ['{"countif_t":2}']],
    ['of no rows it is 0', 'events | where false | summarize countif(t)', ['{"countif_t":0}']],
  ]),
  ...cases('sum()', ROWS, [
    [
      'of each group, nulls left out',
      'events | summarize sum(x) by g',
      ['{"g":"a","sum_x":9}', '{"g":"b","sum_x":10}', '{"g":null,"sum_x":-2}'],
    ],
    ['of reals', 'events | summarize sum(r)', ['{"sum_r":4.5}']],
    ['of whole numbers and reals', 'events | summarize s = sum(iff(isnull(r), x, r))', ['{"s":6.5}']],
    ['of what is null everywhere it is 0', 'events | summarize sum(nothing)', ['{"sum_nothing":0}']],
    ['of no rows it is 0', 'events | where false | summarize sum(x)', ['{"sum_x":0}']],
    ['of several values all count', 'events | summarize sum(m)', ['{"sum_m":5}']],
    [
      'of spans',
      'events | where g == "a" | summarize s = sum(@timestamp - datetime(2026-03-01))',
      ['{"s":"1.09:00:00"}'],
    ],
    ['of texts that are no numbers it is 0', 'events | summarize sum(s)', ['{"sum_s":0}']],
    ['of conditions it is 0', 'events | summarize sum(t)', ['{"sum_t":0}']],
    ['of an expression', 'events | summarize sum(x * 2)', ['{"sum_":34}']],
    ['numbers and spans have no sum together', 'events | summarize s = sum(iff(x > 3, 1h, x))', ['{"s":null}']],
    ['dates have no sum', 'events | summarize s = sum(@timestamp)', ['{"s":null}']],
  ]),
  ...cases('sum()', MIXED, [
    ['of mixed types: texts that are numbers count', 'events | summarize sum(v)', ['{"sum_v":20.5}']],
  ]),
  ...cases(
    'sum()',
    ['{"v":9223372036854775807}', '{"v":1}', '{"v":-1}'],
    [
      ['is exact however far it goes on its way', 'events | summarize sum(v)', ['{"sum_v":9223372036854775807}']],
      ['what 64 bits do not hold is null', 'events | where v > 0 | summarize sum(v)', ['{"sum_v":null}']],
    ],
  ),
  ...cases('sumif()', ROWS, [
    [
      'of the rows of which the condition is true',
      'events | summarize sumif(x, s == "p") by g',
      ['{"g":"a","sumif_x":5}', '{"g":"b","sumif_x":0}', '{"g":null,"sumif_x":0}'],
    ],
    ['null does not count as true', 'events | summarize sumif(x, t)', ['{"sumif_x":5}']],
  ]),
  ...cases('avg()', ROWS, [
    [
      'of each group, nulls left out',
      'events | summarize avg(x) by g',
      ['{"g":"a","avg_x":3.0}', '{"g":"b","avg_x":10.0}', '{"g":null,"avg_x":-2.0}'],
    ],
    ['of reals', 'events | summarize avg(r)', ['{"avg_r":1.5}']],
    ['of nothing it is null', 'events | summarize avg(nothing)', ['{"avg_nothing":null}']],
    ['of no rows it is null', 'events | where false | summarize avg(x)', ['{"avg_x":null}']],
    [
      'of dates it is a date',
      'events | where g == "a" | summarize a = avg(@timestamp)',
      ['{"a":"2026-03-01T11:00:00Z"}'],
    ],
    [
      'of spans it is a span',
      'events | where g == "a" | summarize a = avg(@timestamp - datetime(2026-03-01))',
      ['{"a":"11:00:00"}'],
    ],
    ['of texts that are no numbers it is null', 'events | summarize avg(s)', ['{"avg_s":null}']],
  ]),
  ...cases(
    'avg()',
    ['{"v":"2"}', '{"v":4}', '{"v":"x"}'],
    [['of mixed types: texts that are numbers count', 'events | summarize avg(v)', ['{"avg_v":3.0}']]],
  ),
  ...cases('avgif()', ROWS, [
    ['of the rows of which the condition is true', 'events | summarize avgif(x, t)', ['{"avgif_x":2.5}']],
    ['of no such row it is null', 'events | summarize avgif(x, x > 100)', ['{"avgif_x":null}']],
  ]),
  ...cases('min()', ROWS, [
    [
      'of each group, nulls left out',
      'events | summarize min(x) by g',
      ['{"g":"a","min_x":1}', '{"g":"b","min_x":10}', '{"g":null,"min_x":-2}'],
    ],
    ['of texts', 'events | summarize min(s)', ['{"min_s":"p"}']],
    ['of dates', 'events | summarize min(@timestamp)', ['{"min_@timestamp":"2026-03-01T10:00:00Z"}']],
    ['of conditions', 'events | summarize min(t)', ['{"min_t":false}']],
    ['of several values all count', 'events | summarize min(m)', ['{"min_m":1}']],
    ['of nothing it is null', 'events | summarize min(nothing)', ['{"min_nothing":null}']],
    ['of no rows it is null', 'events | where false | summarize min(x)', ['{"min_x":null}']],
  ]),
  ...cases('min()', MIXED, [
    ['of mixed types: conditions before numbers before texts', 'events | summarize min(v)', ['{"min_v":true}']],
  ]),
  ...cases('minif()', ROWS, [
    ['of the rows of which the condition is true', 'events | summarize minif(x, x > 1)', ['{"minif_x":4}']],
    ['of no such row it is null', 'events | summarize minif(x, x > 100)', ['{"minif_x":null}']],
  ]),
  ...cases('max()', ROWS, [
    [
      'of each group, nulls left out',
      'events | summarize max(x) by g',
      ['{"g":"a","max_x":4}', '{"g":"b","max_x":10}', '{"g":null,"max_x":-2}'],
    ],
    ['of texts', 'events | summarize max(s)', ['{"max_s":"r"}']],
    ['of dates', 'events | summarize t = max(@timestamp)', ['{"t":"2026-03-03T10:00:00Z"}']],
    ['of reals', 'events | summarize max(r)', ['{"max_r":2.5}']],
    [
      'what is no number gives way to every number',
      'events | summarize m = max(iff(x == 4, real(nan), r))',
      ['{"m":1.5}'],
    ],
    ['of several values all count', 'events | summarize max(m)', ['{"max_m":2}']],
    ['of nothing it is null', 'events | summarize max(nothing)', ['{"max_nothing":null}']],
    ['of no rows it is null', 'events | where false | summarize max(x)', ['{"max_x":null}']],
  ]),
  ...cases('max()', MIXED, [
    ['of mixed types: texts stand behind numbers', 'events | summarize max(v)', ['{"max_v":"abc"}']],
    ['of what is a number', 'events | summarize m = max(tolong(v))', ['{"m":12}']],
  ]),
  ...cases('maxif()', ROWS, [
    ['of the rows of which the condition is true', 'events | summarize maxif(x, g == "a")', ['{"maxif_x":4}']],
    ['of no such row it is null', 'events | summarize maxif(x, false)', ['{"maxif_x":null}']],
  ]),
  ...cases('dcount()', ROWS, [
    [
      'different values of each group, nulls left out',
      'events | summarize dcount(s) by g',
      ['{"g":"a","dcount_s":2}', '{"g":"b","dcount_s":1}', '{"g":null,"dcount_s":0}'],
    ],
    ['of all rows', 'events | summarize dcount(x)', ['{"dcount_x":4}']],
    ['of several values each counts', 'events | summarize dcount(m)', ['{"dcount_m":2}']],
    ['of nothing it is 0', 'events | summarize dcount(nothing)', ['{"dcount_nothing":0}']],
    ['of no rows it is 0', 'events | where false | summarize dcount(x)', ['{"dcount_x":0}']],
    ['an accuracy changes nothing: it is exact', 'events | summarize dcount(x, 4)', ['{"dcount_x":4}']],
    ['of an expression', 'events | summarize d = dcount(strcat(g, s))', ['{"d":4}']],
  ]),
  ...cases('dcount()', MIXED, [
    ['a number and the text it is written as are one value', 'events | summarize dcount(v)', ['{"dcount_v":6}']],
  ]),
  ...cases(
    'dcount()',
    ['{"u":"Bob"}', '{"u":"bob"}', '{"u":""}', '{"u":null}'],
    [['texts differ by case, and an empty text is a value', 'events | summarize dcount(u)', ['{"dcount_u":3}']]],
  ),
  ...cases('dcountif()', ROWS, [
    [
      'of the rows of which the condition is true',
      'events | summarize dcountif(s, x > 1) by g',
      ['{"g":"a","dcountif_s":2}', '{"g":"b","dcountif_s":1}', '{"g":null,"dcountif_s":0}'],
    ],
  ]),
  ...cases(
    'percentile()',
    ['1', '2', '3', '4', '10'].map((v) => `{"v":${v}}`),
    [
      ['the value at the nearest rank', 'events | summarize percentile(v, 50)', ['{"percentile_v_50":3}']],
      ['no value in between is made up', 'events | summarize percentile(v, 90)', ['{"percentile_v_90":10}']],
      ['0 is the least', 'events | summarize percentile(v, 0)', ['{"percentile_v_0":1}']],
      ['100 is the greatest', 'events | summarize percentile(v, 100)', ['{"percentile_v_100":10}']],
      ['a share with decimals', 'events | summarize percentile(v, 20.5)', ['{"percentile_v_20_5":2}']],
      ['an exact rank is not passed', 'events | summarize percentile(v, 20)', ['{"percentile_v_20":1}']],
      ['of no rows it is null', 'events | where false | summarize percentile(v, 50)', ['{"percentile_v_50":null}']],
      ['of nothing it is null', 'events | summarize p = percentile(w, 50)', ['{"p":null}']],
    ],
  ),
  ...cases('percentile()', ROWS, [
    [
      'of each group, nulls left out',
      'events | summarize percentile(x, 50) by g',
      ['{"g":"a","percentile_x_50":4}', '{"g":"b","percentile_x_50":10}', '{"g":null,"percentile_x_50":-2}'],
    ],
    ['of dates', 'events | summarize p = percentile(@timestamp, 50)', ['{"p":"2026-03-01T12:00:00Z"}']],
    ['of reals', 'events | summarize p = percentile(r, 50)', ['{"p":1.5}']],
  ]),
  ...cases('percentile()', MIXED, [
    [
      'of mixed types: only numbers and texts that are numbers',
      'events | summarize p = percentile(v, 100)',
      ['{"p":12}'],
    ],
  ]),
  ...cases('percentiles()', ROWS, [
    [
      'a column for each share',
      'events | summarize percentiles(x, 25, 50, 99.9)',
      ['{"percentile_x_25":1,"percentile_x_50":4,"percentile_x_99_9":10}'],
    ],
    [
      'a name is that of the first',
      'events | summarize low = percentiles(x, 1, 50)',
      ['{"low":-2,"percentile_x_50":4}'],
    ],
  ]),
  ...cases(
    'stdev()',
    ['2', '4', '4', '4', '5', '5', '7', '9'].map((v) => `{"v":${v}}`),
    [
      ['of a sample', 'events | summarize s = round(stdev(v), 4)', ['{"s":2.1381}']],
      ['of one value it is 0', 'events | where v == 2 | summarize stdev(v)', ['{"stdev_v":0.0}']],
      ['of no rows it is 0', 'events | where false | summarize stdev(v)', ['{"stdev_v":0.0}']],
      ['of nothing it is 0', 'events | summarize stdev(w)', ['{"stdev_w":0.0}']],
    ],
  ),
  ...cases('stdevif()', ROWS, [
    [
      'of the rows of which the condition is true',
      'events | summarize s = round(stdevif(x, g == "a"), 4)',
      ['{"s":1.7321}'],
    ],
  ]),
  ...cases('variance()', ROWS, [
    [
      'of a sample, of each group',
      'events | summarize variance(x) by g',
      ['{"g":"a","variance_x":3.0}', '{"g":"b","variance_x":0.0}', '{"g":null,"variance_x":0.0}'],
    ],
    ['of equal values it is 0', 'events | where x == 4 | summarize variance(x)', ['{"variance_x":0.0}']],
  ]),
  ...cases(
    'variance()',
    ['{"v":1}', '{"v":"3"}', '{"v":"x"}'],
    [['of mixed types: texts that are numbers count', 'events | summarize variance(v)', ['{"variance_v":2.0}']]],
  ),
  ...cases('varianceif()', ROWS, [
    ['of the rows of which the condition is true', 'events | summarize varianceif(x, t)', ['{"varianceif_x":4.5}']],
  ]),
  ...cases('make_list()', ROWS, [
    [
      'all values of each group in their order, nulls left out',
      'events | summarize make_list(s) by g',
      ['{"g":"a","list_s":["p","q","p"]}', '{"g":"b","list_s":["r","r"]}', '{"g":null,"list_s":[]}'],
    ],
    ['no more than asked for', 'events | summarize make_list(x, 2)', ['{"list_x":[1,4]}']],
    ['of several values each', 'events | summarize make_list(m)', ['{"list_m":[1,2,2]}']],
    ['of one value a list of one', 'events | where g == "b" | summarize make_list(x)', ['{"list_x":[10]}']],
    ['of no rows an empty list', 'events | where false | summarize make_list(x)', ['{"list_x":[]}']],
    ['in the order of a sort', 'events | sort by x desc | summarize make_list(x)', ['{"list_x":[10,4,4,1,-2]}']],
  ]),
  ...cases('make_list()', MIXED, [
    [
      'of mixed types each as it is',
      'events | summarize make_list(v)',
      ['{"list_v":[3,"3","12","012","abc",2.5,true]}'],
    ],
  ]),
  ...cases('make_list_if()', ROWS, [
    [
      'of the rows of which the condition is true',
      'events | summarize make_list_if(s, x > 1)',
      ['{"list_s":["q","p","r"]}'],
    ],
  ]),
  ...cases('make_set()', ROWS, [
    [
      'each value of a group once, nulls left out',
      'events | summarize make_set(s) by g',
      ['{"g":"a","set_s":["p","q"]}', '{"g":"b","set_s":["r"]}', '{"g":null,"set_s":[]}'],
    ],
    ['no more than asked for', 'events | summarize make_set(x, 2)', ['{"set_x":[1,4]}']],
    ['of several values each', 'events | summarize make_set(m)', ['{"set_m":[1,2]}']],
    ['of no rows an empty set', 'events | where false | summarize make_set(x)', ['{"set_x":[]}']],
    [
      'of lists their items',
      'events | where g == "a" | summarize l = make_list(s) by x | summarize make_set(l)',
      ['{"set_l":["p","q"]}'],
    ],
  ]),
  ...cases('make_set()', MIXED, [
    [
      'a number and the text it is written as are one, shown as the number',
      'events | summarize make_set(v)',
      ['{"set_v":[3,"12","012","abc",2.5,true]}'],
    ],
  ]),
  ...cases(
    'make_set()',
    ['{"v":"3"}', '{"v":3}'],
    [['whichever came first', 'events | summarize make_set(v)', ['{"set_v":[3]}']]],
  ),
  ...cases('make_set_if()', ROWS, [
    [
      'of the rows of which the condition is true',
      'events | summarize make_set_if(s, x >= 4)',
      ['{"set_s":["q","p","r"]}'],
    ],
  ]),
  ...cases(
    'make_bag()',
    ['{"b":"{\\"k\\":1,\\"l\\":2}"}', '{"b":"{\\"k\\":3,\\"m\\":null}"}', '{"b":"no bag"}'],
    [
      [
        'members of all bags, of the same name the first',
        'events | summarize make_bag(parse_json(b))',
        ['{"bag_b":{"k":1,"l":2,"m":null}}'],
      ],
      ['of no rows an empty bag', 'events | where false | summarize make_bag(parse_json(b))', ['{"bag_b":{}}']],
    ],
  ),
  ...cases('arg_max()', ROWS, [
    [
      'columns of the row where it is greatest',
      'events | summarize arg_max(x, s) by g',
      ['{"g":"a","x":4,"s":"q"}', '{"g":"b","x":10,"s":"r"}', '{"g":null,"x":-2,"s":null}'],
    ],
    ['alone it is the value', 'events | summarize arg_max(x)', ['{"x":10}']],
    ['of several values it is the one that is greatest', 'events | summarize arg_max(m, x)', ['{"m":2,"x":-2}']],
    ['a name is that of the first column', 'events | summarize most = arg_max(x, s)', ['{"most":10,"s":"r"}']],
    [
      'of dates: the last row',
      'events | summarize arg_max(@timestamp, x) by g',
      [
        '{"g":"a","@timestamp":"2026-03-01T12:00:00Z","x":4}',
        '{"g":"b","@timestamp":"2026-03-02T11:00:00Z","x":null}',
        '{"g":null,"@timestamp":"2026-03-03T10:00:00Z","x":-2}',
      ],
    ],
  ]),
  ...cases(
    'arg_max()',
    ['{"k":1,"v":5,"s":"a"}', '{"k":1,"v":7}', '{"k":2,"s":"c"}', '{"k":2,"s":"d"}'],
    [
      [
        '* is all other columns',
        'events | project k, v, s | summarize arg_max(v, *) by k',
        ['{"k":1,"v":7,"s":null}', '{"k":2,"v":null,"s":"c"}'],
      ],
      ['where it is null everywhere it is the first row', 'events | summarize arg_max(w, s)', ['{"w":null,"s":"a"}']],
      ['of no rows everything is null', 'events | where false | summarize arg_max(v, s)', ['{"v":null,"s":null}']],
      [
        'columns of the same name get a number',
        'events | summarize arg_max(v, s), arg_min(v, s)',
        ['{"v":7,"s":null,"v1":5,"s1":"a"}'],
      ],
    ],
  ),
  ...cases('arg_min()', ROWS, [
    [
      'columns of the row where it is least',
      'events | summarize arg_min(x, s) by g',
      ['{"g":"a","x":1,"s":"p"}', '{"g":"b","x":10,"s":"r"}', '{"g":null,"x":-2,"s":null}'],
    ],
    [
      'nulls are no least',
      'events | where g == "b" | summarize arg_min(x, @timestamp)',
      ['{"x":10,"@timestamp":"2026-03-02T10:00:00Z"}'],
    ],
    ['of no rows everything is null', 'events | where false | summarize arg_min(x, s)', ['{"x":null,"s":null}']],
  ]),
  ...cases('take_any()', ROWS, [
    ['a value that is not null', 'events | where x == 10 or isnull(x) | summarize take_any(x)', ['{"x":10}']],
    [
      'of one row of each group',
      'events | where g == "b" and x == 10 | summarize take_any(s, x) by g',
      ['{"g":"b","s":"r","x":10}'],
    ],
    ['of no rows it is null', 'events | where false | summarize take_any(x)', ['{"x":null}']],
    ['of nothing it is null', 'events | summarize take_any(nothing)', ['{"nothing":null}']],
  ]),
  ...cases('take_anyif()', ROWS, [
    ['of a row of which the condition is true', 'events | summarize take_anyif(s, x == 10)', ['{"s":"r"}']],
    ['of no such row it is null', 'events | summarize take_anyif(s, x == 11)', ['{"s":null}']],
  ]),
  ...cases('avg()', NONE, [['of rows that have nothing it is null', 'events | summarize avg(v)', ['{"avg_v":null}']]]),
  ...cases('make_list()', NONE, [
    ['of rows that have nothing it is empty', 'events | summarize make_list(v)', ['{"list_v":[]}']],
  ]),
  ...cases('min()', NONE, [['of rows that have nothing it is null', 'events | summarize min(v)', ['{"min_v":null}']]]),
  ...cases('dcountif()', ROWS, [
    ['of no rows it is 0', 'events | where false | summarize dcountif(x, true)', ['{"dcountif_x":0}']],
  ]),
  ...cases('sumif()', ROWS, [
    ['of no rows it is 0', 'events | where false | summarize sumif(x, true)', ['{"sumif_x":0}']],
  ]),
  ...cases('avgif()', ROWS, [
    ['of no rows it is null', 'events | where false | summarize avgif(x, true)', ['{"avgif_x":null}']],
  ]),
  ...cases('minif()', ROWS, [
    ['of no rows it is null', 'events | where false | summarize minif(x, true)', ['{"minif_x":null}']],
  ]),
  ...cases('maxif()', ROWS, [
    ['of no rows it is null', 'events | where false | summarize maxif(x, true)', ['{"maxif_x":null}']],
  ]),
  ...cases('percentiles()', ROWS, [
    ['of no rows it is null', 'events | where false | summarize percentiles(x, 5)', ['{"percentile_x_5":null}']],
  ]),
  ...cases('stdevif()', ROWS, [
    ['of no rows it is 0', 'events | where false | summarize stdevif(x, true)', ['{"stdevif_x":0.0}']],
  ]),
  ...cases('variance()', ROWS, [
    ['of no rows it is 0', 'events | where false | summarize variance(x)', ['{"variance_x":0.0}']],
  ]),
  ...cases('varianceif()', ROWS, [
    ['of no rows it is 0', 'events | where false | summarize varianceif(x, true)', ['{"varianceif_x":0.0}']],
  ]),
  ...cases('make_list_if()', ROWS, [
    ['of no rows an empty list', 'events | where false | summarize make_list_if(x, true)', ['{"list_x":[]}']],
  ]),
  ...cases('make_set_if()', ROWS, [
    ['of no rows an empty list', 'events | where false | summarize make_set_if(x, true)', ['{"set_x":[]}']],
  ]),
  ...cases('take_anyif()', ROWS, [
    ['of no rows it is null', 'events | where false | summarize take_anyif(x, true)', ['{"x":null}']],
  ]),
];

import { values } from './case.ts';

/** Dates, lists, bags and addresses. */
export const OTHER_FUNCTION_CASES = [
  ...values('now()', [
    ['the time of the query', 'now()', '"2026-03-01T12:00:00Z"'],
    ['so much later', 'now(1h)', '"2026-03-01T13:00:00Z"'],
    ['so much earlier', 'now(-1d)', '"2026-02-28T12:00:00Z"'],
  ]),
  ...values('ago()', [
    ['so long ago', 'ago(90m)', '"2026-03-01T10:30:00Z"'],
    ['null', 'ago(none)', 'null'],
  ]),
  ...values('startofday()', [
    ['of a date', 'startofday(@timestamp)', '"2026-03-01T00:00:00Z"'],
    ['so many days later', 'startofday(@timestamp, -1)', '"2026-02-28T00:00:00Z"'],
    ['of a text', 'startofday(d)', '"2026-03-01T00:00:00Z"'],
    ['of an absent field', 'startofday(none)', 'null'],
  ]),
  ...values('endofday()', [['the last tick', 'endofday(@timestamp)', '"2026-03-01T23:59:59.9999999Z"']]),
  ...values('startofweek()', [
    ['weeks begin on Sunday', 'startofweek(datetime(2026-03-03))', '"2026-03-01T00:00:00Z"'],
    ['the week before', 'startofweek(datetime(2026-03-03), -1)', '"2026-02-22T00:00:00Z"'],
  ]),
  ...values('endofweek()', [['Saturday', 'endofweek(datetime(2026-03-03))', '"2026-03-07T23:59:59.9999999Z"']]),
  ...values('startofmonth()', [
    ['the first', 'startofmonth(@timestamp)', '"2026-03-01T00:00:00Z"'],
    ['over the end of the year', 'startofmonth(@timestamp, -3)', '"2025-12-01T00:00:00Z"'],
  ]),
  ...values('endofmonth()', [['a leap year', 'endofmonth(datetime(2024-02-05))', '"2024-02-29T23:59:59.9999999Z"']]),
  ...values('startofyear()', [['the first of January', 'startofyear(@timestamp)', '"2026-01-01T00:00:00Z"']]),
  ...values('endofyear()', [['the end of December', 'endofyear(@timestamp)', '"2026-12-31T23:59:59.9999999Z"']]),
  ...values('startofhour()', [['the full hour', 'startofhour(@timestamp)', '"2026-03-01T10:00:00Z"']]),
  ...values('datetime_diff()', [
    ['days count by midnights', "datetime_diff('day', datetime(2026-03-02T00:01), datetime(2026-03-01T23:59))", '1'],
    ['months', "datetime_diff('month', datetime(2026-03-01), datetime(2025-12-31))", '3'],
    ['years', "datetime_diff('year', datetime(2026-01-01), datetime(2025-12-31))", '1'],
    ['minutes backwards', "datetime_diff('minute', datetime(2026-03-01T10:00), datetime(2026-03-01T10:05))", '-5'],
    ['an absent field', "datetime_diff('day', none, now())", 'null'],
  ]),
  ...values('datetime_add()', [
    ['months', "datetime_add('month', 1, datetime(2026-01-31))", '"2026-02-28T00:00:00Z"'],
    ['days backwards', "datetime_add('day', -1, datetime(2026-03-01))", '"2026-02-28T00:00:00Z"'],
    ['an absent field', "datetime_add('day', 1, none)", 'null'],
  ]),
  ...values('datetime_part()', [
    ['the minute', "datetime_part('minute', @timestamp)", '15'],
    ['the millisecond', "datetime_part('millisecond', @timestamp)", '500'],
    ['the quarter', "datetime_part('quarter', @timestamp)", '1'],
  ]),
  ...values('getyear()', [['the year', 'getyear(@timestamp)', '2026']]),
  ...values('monthofyear()', [['the month', 'monthofyear(@timestamp)', '3']]),
  ...values('week_of_year()', [
    ['the first days of January may be of the year before', 'week_of_year(datetime(2027-01-01))', '53'],
    ['of the Monday after', 'week_of_year(datetime(2027-01-04))', '1'],
  ]),
  ...values('dayofyear()', [['the day', 'dayofyear(@timestamp)', '60']]),
  ...values('dayofmonth()', [['the day', 'dayofmonth(@timestamp)', '1']]),
  ...values('hourofday()', [
    ['the hour', 'hourofday(@timestamp)', '10'],
    ['of a text', 'hourofday(d)', '10'],
    ['of an absent field', 'hourofday(none)', 'null'],
  ]),
  ...values('dayofweek()', [
    ['a Sunday is 0 days', 'dayofweek(@timestamp)', '"00:00:00"'],
    ['a Wednesday', 'dayofweek(datetime(2026-03-04))', '"3.00:00:00"'],
  ]),
  ...values('make_datetime()', [
    ['of year, month and day', 'make_datetime(2026, 3, 1)', '"2026-03-01T00:00:00Z"'],
    ['with hour, minute and second', 'make_datetime(2026, 3, 1, 10, 15, 30.5)', '"2026-03-01T10:15:30.5Z"'],
    ['a day that is none', 'make_datetime(2026, 2, 30)', 'null'],
  ]),
  ...values('format_datetime()', [
    ['letters and signs', "format_datetime(@timestamp, 'yyyy-MM-dd HH:mm:ss.fff')", '"2026-03-01 10:15:30.500"'],
    ['twelve hours', "format_datetime(datetime(2026-03-01T15:04), 'hh:mm tt')", '"03:04 PM"'],
  ]),
  ...values('format_timespan()', [['letters and signs', "format_timespan(25h, 'd.hh:mm:ss')", '"1.01:00:00"']]),
  ...values('unixtime_seconds_todatetime()', [
    ['seconds', 'unixtime_seconds_todatetime(1772360130)', '"2026-03-01T10:15:30Z"'],
    ['an absent field', 'unixtime_seconds_todatetime(none)', 'null'],
  ]),
  ...values('unixtime_milliseconds_todatetime()', [
    ['milliseconds', 'unixtime_milliseconds_todatetime(1772360130500)', '"2026-03-01T10:15:30.5Z"'],
  ]),
  ...values('unixtime_microseconds_todatetime()', [
    ['microseconds', 'unixtime_microseconds_todatetime(1772360130500000)', '"2026-03-01T10:15:30.5Z"'],
  ]),
  ...values('unixtime_nanoseconds_todatetime()', [
    ['nanoseconds', 'unixtime_nanoseconds_todatetime(1772360130500000000)', '"2026-03-01T10:15:30.5Z"'],
  ]),
  ...values('array_length()', [
    ['a field with several values', 'array_length(m)', '3'],
    ['one value', 'array_length(i)', '1'],
    ['an absent field', 'array_length(none)', '0'],
    ['a list', 'array_length(dynamic([1,[2,3]]))', '2'],
    ['an empty list', 'array_length(dynamic([]))', '0'],
  ]),
  ...values('array_concat()', [
    ['lists', 'array_concat(dynamic([1]), dynamic([2,3]))', '[1,2,3]'],
    ['a field with several values', 'array_concat(l, dynamic(["x"]))', '["red","green","x"]'],
  ]),
  ...values('array_index_of()', [
    ['the place', 'array_index_of(l, "green")', '1'],
    ['not there', 'array_index_of(l, "blue")', '-1'],
  ]),
  ...values('array_slice()', [
    ['both ends count', 'array_slice(dynamic([1,2,3,4]), 1, 2)', '[2,3]'],
    ['from the end', 'array_slice(dynamic([1,2,3,4]), -2, -1)', '[3,4]'],
  ]),
  ...values('array_reverse()', [['a list', 'array_reverse(m)', '[3,2,1]']]),
  ...values('array_sort_asc()', [['nulls last', 'array_sort_asc(dynamic([3,null,1]))', '[1,3,null]']]),
  ...values('array_sort_desc()', [['from the greatest', 'array_sort_desc(m)', '[3,2,1]']]),
  ...values('array_sum()', [
    ['whole numbers', 'array_sum(m)', '6'],
    ['with reals', 'array_sum(dynamic([1,0.5]))', '1.5'],
  ]),
  ...values('set_has_element()', [
    ['it has', 'set_has_element(l, "red")', 'true'],
    ['it has not', 'set_has_element(l, "RED")', 'false'],
  ]),
  ...values('set_union()', [['each once', 'set_union(dynamic([1,2]), dynamic([2,3]))', '[1,2,3]']]),
  ...values('set_intersect()', [['what all have', 'set_intersect(dynamic([1,2]), dynamic([2,3]))', '[2]']]),
  ...values('set_difference()', [['what only the first has', 'set_difference(dynamic([1,2]), dynamic([2,3]))', '[1]']]),
  ...values('pack_array()', [
    ['values', 'pack_array(i, s, t)', '[5,"Hello World",true]'],
    ['absent fields are nulls', 'pack_array(i, none)', '[5,null]'],
  ]),
  ...values('range()', [
    ['numbers', 'range(1, 4)', '[1,2,3,4]'],
    ['with a step', 'range(1, 8, 3)', '[1,4,7]'],
    [
      'dates',
      'range(datetime(2026-03-01), datetime(2026-03-02), 12h)',
      '["2026-03-01T00:00:00Z","2026-03-01T12:00:00Z","2026-03-02T00:00:00Z"]',
    ],
    ['backwards without a step there is nothing', 'range(4, 1)', '[]'],
  ]),
  ...values('bag_pack()', [['names and values', 'bag_pack("a", i, "b", s)', '{"a":5,"b":"Hello World"}']]),
  ...values('bag_keys()', [
    ['the names', 'bag_keys(parse_json(json))', '["a","b"]'],
    ['of what is no bag', 'bag_keys(i)', 'null'],
  ]),
  ...values('bag_has_key()', [
    ['it has', 'bag_has_key(dynamic({"a":1}), "a")', 'true'],
    ['it has not', 'bag_has_key(dynamic({"a":1}), "A")', 'false'],
  ]),
  ...values('bag_merge()', [
    ['the first counts', 'bag_merge(dynamic({"a":1}), dynamic({"a":2,"b":3}))', '{"a":1,"b":3}'],
  ]),
  ...values('ipv4_is_in_range()', [
    ['inside', 'ipv4_is_in_range(ip, "10.0.0.0/8")', 'true'],
    ['outside', 'ipv4_is_in_range(ip, "192.168.0.0/16")', 'false'],
    ['one address', 'ipv4_is_in_range(ip, "10.1.2.3")', 'true'],
    ['what is no address', 'ipv4_is_in_range(s, "10.0.0.0/8")', 'null'],
    ['what is no range', 'ipv4_is_in_range(ip, "10.0.0.0/33")', 'null'],
    ['an absent field', 'ipv4_is_in_range(none, "10.0.0.0/8")', 'null'],
    ['the whole of IPv4', 'ipv4_is_in_range(ip, "0.0.0.0/0")', 'true'],
  ]),
  ...values('ipv4_is_in_any_range()', [
    ['one of them', 'ipv4_is_in_any_range(ip, "192.168.0.0/16", "10.1.0.0/16")', 'true'],
    ['none of a list', 'ipv4_is_in_any_range(ip, dynamic(["192.168.0.0/16"]))', 'false'],
  ]),
  ...values('ipv4_is_private()', [
    ['10/8', 'ipv4_is_private(ip)', 'true'],
    ['172.16/12 ends at 172.31', 'ipv4_is_private("172.32.0.1")', 'false'],
    ['what is no address', 'ipv4_is_private(s)', 'null'],
  ]),
  ...values('ipv4_is_match()', [
    ['the same network', 'ipv4_is_match("10.1.2.3", "10.1.2.0/24")', 'true'],
    ['as far as the bits reach', 'ipv4_is_match("10.1.2.3", "10.1.9.9", 16)', 'true'],
    ['another', 'ipv4_is_match("10.1.2.3", "10.1.2.4")', 'false'],
  ]),
  ...values('ipv4_compare()', [['the first is less', 'ipv4_compare("10.1.2.3", "10.1.2.4")', '-1']]),
  ...values('ipv4_netmask_suffix()', [['the bits', 'ipv4_netmask_suffix("10.1.2.0/24")', '24']]),
  ...values('parse_ipv4()', [
    ['as a number', 'parse_ipv4("127.0.0.1")', '2130706433'],
    ['what is no address', 'parse_ipv4(s)', 'null'],
  ]),
  ...values('format_ipv4()', [
    ['a number', 'format_ipv4(2130706433)', '"127.0.0.1"'],
    ['its first bits', 'format_ipv4("10.1.2.3", 24)', '"10.1.2.0"'],
  ]),
  ...values('has_ipv4()', [
    ['it stands there', 'has_ipv4("from 10.1.2.3:80", "10.1.2.3")', 'true'],
    ['a piece of another', 'has_ipv4("from 110.1.2.3", "10.1.2.3")', 'false'],
  ]),
  ...values('has_any_ipv4()', [['one of them', 'has_any_ipv4("from 10.1.2.3:80", "10.1.2.4", "10.1.2.3")', 'true']]),
];

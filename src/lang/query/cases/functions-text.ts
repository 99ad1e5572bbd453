import { values } from './case.ts';

export const TEXT_FUNCTION_CASES = [
  ...values('strlen()', [
    ['of a text', 'strlen(s)', '11'],
    ['of an empty text', 'strlen(e)', '0'],
    ['counts characters, not units', 'strlen("a😀")', '2'],
    ['of a number as text', 'strlen(big)', '16'],
    ['of an absent field', 'strlen(none)', 'null'],
    ['of each of several values', 'strlen(l)', '[3,5]'],
  ]),
  ...values('tolower()', [
    ['a text', 'tolower(s)', '"hello world"'],
    ['an absent field', 'tolower(none)', 'null'],
    ['other letters', 'tolower("ÄÖ")', '"äö"'],
  ]),
  ...values('toupper()', [
    ['a text', 'toupper(s)', '"HELLO WORLD"'],
    ['each of several values', 'toupper(l)', '["RED","GREEN"]'],
  ]),
  ...values('strcat()', [
    ['texts', 'strcat(user.name, "@", ip)', '"bob@10.1.2.3"'],
    ['numbers and conditions', 'strcat(i, t, r)', '"5true2.5"'],
    ['an absent field is an empty text', 'strcat("a", none, "b")', '"ab"'],
    ['each of several values', 'strcat("x-", l)', '["x-red","x-green"]'],
  ]),
  ...values('strcat_delim()', [['with something between', 'strcat_delim("/", i, user.name, "x")', '"5/bob/x"']]),
  ...values('strcat_array()', [
    ['a field with several values', 'strcat_array(l, ",")', '"red,green"'],
    ['a list', 'strcat_array(dynamic([1,"a"]), "-")', '"1-a"'],
    ['an absent field', 'strcat_array(none, ",")', '""'],
  ]),
  ...values('strrep()', [
    ['so many times', 'strrep("ab", 3)', '"ababab"'],
    ['with something between', 'strrep("ab", 3, "-")', '"ab-ab-ab"'],
    ['0 times', 'strrep("ab", 0)', '""'],
  ]),
  ...values('substring()', [
    ['from a place on', 'substring(s, 6)', '"World"'],
    ['so many characters', 'substring(s, 0, 5)', '"Hello"'],
    ['from the end', 'substring(s, -5, 2)', '"Wo"'],
    ['beyond the end', 'substring(s, 20)', '""'],
    ['more than there are', 'substring(s, 6, 99)', '"World"'],
    ['characters, not units', 'substring("a😀b", 1, 1)', '"😀"'],
    ['of a number', 'substring(big, 0, 4)', '"9007"'],
  ]),
  ...values('indexof()', [
    ['the place', 'indexof(s, "World")', '6'],
    ['by case', 'indexof(s, "world")', '-1'],
    ['from a place on', 'indexof(s, "o", 5)', '7'],
    ['the second', 'indexof(s, "l", 0, -1, 2)', '3'],
    ['not there', 'indexof(s, "z")', '-1'],
  ]),
  ...values('countof()', [
    ['how often', 'countof(s, "l")', '3'],
    ['overlapping', 'countof("aaaa", "aa")', '3'],
    ['not at all', 'countof(s, "z")', '0'],
  ]),
  ...values('split()', [
    ['pieces', 'split(ip, ".")', '["10","1","2","3"]'],
    ['one of them', 'split(ip, ".", 1)', '["1"]'],
    ['that one as a value', 'split(ip, ".")[1]', '"1"'],
    ['without the delimiter the whole', 'split(s, ";")', '["Hello World"]'],
    ['empty pieces stay', 'split("a,,b", ",")', '["a","","b"]'],
    ['of an empty text', 'split(e, ",")', '[""]'],
  ]),
  ...values('replace_string()', [
    ['every place', 'replace_string(s, "l", "L")', '"HeLLo WorLd"'],
    ['nothing to replace', 'replace_string(s, "z", "Z")', '"Hello World"'],
    ['signs are no pattern', 'replace_string(ip, ".", "-")', '"10-1-2-3"'],
  ]),
  ...values('replace_regex()', [
    ['a pattern', 'replace_regex(ip, @"[0-9]+", "x")', '"x.x.x.x"'],
    ['with a group', 'replace_regex(s, @"(\\w+) (\\w+)", @"\\2 \\1")', '"World Hello"'],
  ]),
  ...values('reverse()', [
    ['a text', 'reverse("abc")', '"cba"'],
    ['a number as text', 'reverse(n)', '"24"'],
  ]),
  ...values('trim()', [
    ['at both ends', 'trim("-", "--a-b--")', '"a-b"'],
    ['a pattern', 'trim(@"[ \\t]+", "  a b ")', '"a b"'],
    ['an absent field', 'trim("-", none)', 'null'],
  ]),
  ...values('trim_start()', [['at the start', 'trim_start("-", "--a--")', '"a--"']]),
  ...values('trim_end()', [['at the end', 'trim_end("-", "--a--")', '"--a"']]),
  ...values('extract()', [
    ['a group', 'extract(@"(\\w+) (\\w+)", 2, s)', '"World"'],
    ['the whole match', 'extract(@"o W", 0, s)', '"o W"'],
    ['no match', 'extract("(x)", 1, s)', 'null'],
    ['a group that there is not', 'extract("(H)", 2, s)', 'null'],
    ['of an absent field', 'extract("(H)", 1, none)', 'null'],
    ['as a number', 'tolong(extract(@"^(\\d+)", 1, ip))', '10'],
    ['of each of several values', 'extract("^(.)", 1, l)', '["r","g"]'],
  ]),
  ...values('extract_all()', [
    ['all matches', 'extract_all(@"(\\d+)", ip)', '["10","1","2","3"]'],
    ['of several groups lists', 'extract_all(@"(\\w)(\\w)", "abcd")', '[["a","b"],["c","d"]]'],
    ['no match', 'extract_all("(x)", s)', 'null'],
  ]),
  ...values('base64_encode_tostring()', [['a text', 'base64_encode_tostring("Kusto")', '"S3VzdG8="']]),
  ...values('base64_decode_tostring()', [
    ['a text', 'base64_decode_tostring("S3VzdG8=")', '"Kusto"'],
    ['what is none', 'base64_decode_tostring("%")', 'null'],
    ['an absent field', 'base64_decode_tostring(none)', 'null'],
  ]),
  ...values('url_encode()', [['signs', 'url_encode("a b/ü")', '"a%20b%2F%C3%BC"']]),
  ...values('url_decode()', [
    ['percent signs', 'url_decode("a%20b%2F%C3%BC")', '"a b/ü"'],
    ['what is none', 'url_decode("%zz")', 'null'],
  ]),
  ...values('parse_url()', [
    ['the host', 'parse_url("https://ann:pw@example.org:8443/a/b?x=1&y=%20#z").Host', '"example.org"'],
    ['the port', 'parse_url("https://example.org:8443/a").Port', '"8443"'],
    ['a parameter', 'parse_url("https://h/?x=1&y=%20")["Query Parameters"].y', '" "'],
    ['what it has not is empty', 'parse_url("https://h/").Fragment', '""'],
  ]),
  ...values('parse_path()', [
    ['the file', 'parse_path(@"C:\\Windows\\System32\\cmd.exe").Filename', '"cmd.exe"'],
    ['the extension', 'parse_path("/usr/bin/a.tar.gz").Extension', '"gz"'],
    ['the directory', 'parse_path("/usr/bin/a").DirectoryPath', '"/usr/bin"'],
  ]),
];

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { split } from '../../test/fuzz/formats-kit.ts';
import { skipWithout } from '../../test/shared.ts';
import { readBytes } from '../base/index.ts';
import { eventXmlToJson } from './xml.ts';
import { XmlSplitter } from './xml-file.ts';

const xml = (text: string): unknown => JSON.parse(eventXmlToJson(text));
const data = (inner: string): unknown => xml(`<Event><EventData>${inner}</EventData></Event>`);
const eventData = (value: unknown): unknown => ({ Event: { EventData: value } });

test('an event as Windows renders it becomes the line evtx_dump writes', () => {
  const rendered = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control Manager' Guid='{555908d1-a6d7-4695-8e1e-26931d2012f4}' EventSourceName='Service Control Manager'/><EventID Qualifiers='16384'>7045</EventID><Version>0</Version><Level>4</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8080000000000000</Keywords><TimeCreated SystemTime='2021-04-20T20:32:55.3690125Z'/><EventRecordID>10950</EventRecordID><Correlation/><Execution ProcessID='580' ThreadID='6460'/><Channel>System</Channel><Computer>host.example</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='ServiceName'>KrbSCM</Data><Data Name='ImagePath'>"C:\\Users\\a &amp; b\\x.exe" &#x2f;q </Data><Data Name='Empty'></Data></EventData></Event>`;
  assert.equal(
    eventXmlToJson(rendered),
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Service Control Manager","Guid":"{555908d1-a6d7-4695-8e1e-26931d2012f4}","EventSourceName":"Service Control Manager"}},"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045},"Version":0,"Level":4,"Task":0,"Opcode":0,"Keywords":"0x8080000000000000","TimeCreated":{"#attributes":{"SystemTime":"2021-04-20T20:32:55.369012Z"}},"EventRecordID":10950,"Correlation":null,"Execution":{"#attributes":{"ProcessID":580,"ThreadID":6460}},"Channel":"System","Computer":"host.example","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"ServiceName":"KrbSCM","ImagePath":"\\"C:\\\\Users\\\\a & b\\\\x.exe\\" /q ","Empty":""}}}',
  );
});

test('data: unnamed lists, duplicates, sections, references, spaces', () => {
  assert.deepEqual(
    data('<Data>a</Data><Data/><Data>c</Data><Binary>00FF</Binary>'),
    eventData({ Data: { '#text': ['a', '', 'c'] }, Binary: '00FF' }),
  );
  assert.deepEqual(data('<Binary/><Data>one</Data>'), eventData({ Binary: null, Data: { '#text': ['one'] } }));
  assert.deepEqual(
    data('<Data Name="x">1</Data><Data Name="x">2</Data><Data Name="x">3</Data>'),
    eventData({ x: '1', x_1: '2', x_2: '3' }),
  );
  assert.deepEqual(data('<Data Name="a"><![CDATA[<b>&amp;]]>!</Data><!-- no --><?pi?>'), eventData({ a: '<b>&amp;!' }));
  assert.deepEqual(
    data("<Data Name='a'>&lt;&gt;&quot;&apos;&amp;&#65;&#x1F600;&#xD800;&nope;&#99999999;</Data>"),
    eventData({ a: '<>"\'&A😀\ufffd&nope;\ufffd' }),
  );
  assert.deepEqual(
    data('<Data Name="a">  </Data><Data Name="b">\n  </Data><Data Name="c">x \r\n\ty</Data>'),
    eventData({ a: '  ', b: '', c: 'x \r\n\ty' }),
  );
  assert.deepEqual(
    data('<Data Name="__proto__">p</Data><Data Name="EventID">7</Data>'),
    JSON.parse('{"Event":{"EventData":{"__proto__":"p","EventID":"7"}}}'),
  );
});

test('user data and rendering information keep their structure', () => {
  assert.deepEqual(
    xml(
      "<Event><UserData><LogFileCleared xmlns='urn:x'><SubjectUserName>a</SubjectUserName><BackupPath/></LogFileCleared></UserData><RenderingInfo Culture='en-US'><Message>The log was cleared.</Message><Keywords><Keyword>Audit</Keyword><Keyword>Success</Keyword></Keywords></RenderingInfo></Event>",
    ),
    {
      Event: {
        UserData: { LogFileCleared: { '#attributes': { xmlns: 'urn:x' }, SubjectUserName: 'a', BackupPath: null } },
        RenderingInfo: {
          '#attributes': { Culture: 'en-US' },
          Message: 'The log was cleared.',
          Keywords: { Keyword: 'Audit', Keyword_1: 'Success' },
        },
      },
    },
  );
});

test('numbers that do not look like evtx_dump writes them stay text', () => {
  assert.deepEqual(
    xml('<Event><System><EventID>04624</EventID><Level>x</Level><Task>99999999999999999999</Task></System></Event>'),
    {
      Event: { System: { EventID: '04624', Level: 'x', Task: '99999999999999999999' } },
    },
  );
});

test('what is no well-formed event is refused with the place', () => {
  const cases: [string, RegExp][] = [
    ['', /^character 0: expected an element$/],
    ['text', /^character 4: expected an element$/],
    ['x<Event/>', /^character 0: expected an element, came text$/],
    ['<Events></Events>', /^expected an element 'Event', came 'Events'$/],
    ['<Event><a></b></Event>', /^character 10: expected '<\/a>', came '<\/b>'$/],
    ['<Event><a>', /^character 10: the element 'a' is not closed$/],
    ['<Event a=1/>', /^character 9: expected a quote before the value of 'a'$/],
    ['<Event a="<"/>', /'<' in the value of 'a'$/],
    ['<Event a="1/>', /the value of 'a' is not closed$/],
    ['<Event a/>', /^character 8: expected '=' behind the attribute 'a'$/],
    ['<Event "/>', /expected an attribute or '>' in '<Event'$/],
    ['<Event><></Event>', /expected the name of an element$/],
    ['<Event></Event x>', /expected '>' behind '<\/Event'$/],
    ['<Event><![CDATA[</Event>', /'<!\[CDATA\[' is not closed by '\]\]>'$/],
    ['<!DOCTYPE x [<!ENTITY a "aaaa">]><Event>&a;</Event>', /document type declarations are not read/],
    [`<Event>${'<a>'.repeat(100)}`, /nested deeper than 64 elements$/],
    [`<Event>${'<a/>'.repeat(9000)}</Event>`, /more than 8192 elements in one event$/],
    ['x'.repeat(17_000_000), /more than the 16777216 allowed$/],
  ];
  for (const [text, message] of cases)
    assert.throws(() => eventXmlToJson(text), { code: 'formats.xml', message }, text.slice(0, 60));
});

const event = (id: number): string => `<Event><System><EventID>${id}</EventID></System></Event>`;
const line = (id: number): string => `{"Event":{"System":{"EventID":${id}}}}`;

function file(input: string, options = {}): ReturnType<typeof split> {
  const whole = split((report) => new XmlSplitter(report, options), input);
  assert.deepEqual(
    split((report) => new XmlSplitter(report, options), input, 3),
    whole,
  );
  return whole;
}

test('files of events: exports, one a line, behind syslog headers', () => {
  const expected = { lines: [line(1), line(2)], records: [1, 2], reports: [] };
  assert.deepEqual(file(`\ufeff<?xml version="1.0"?>\r\n<Events>\r\n${event(1)}\r\n${event(2)}</Events>`), expected);
  assert.deepEqual(file(`${event(1)}\n${event(2)}\n`), expected);
  assert.deepEqual(file(`Nov 22 host sysmon: ${event(1)}\nNov 22 host sysmon: ${event(2)}\n`), expected);
  assert.deepEqual(file('<Event/><Event />').lines, ['{"Event":null}', '{"Event":null}']);
});

test('a broken event in a file is named and the others are read', () => {
  assert.deepEqual(file(`${event(1)}<Event><System></Event>\n${event(2)}<Event><a>${event(3)}<Event><b>`), {
    lines: [line(1), line(2), line(3)],
    records: [1, 3, 5],
    reports: [
      "record 2, byte 52: the event is no well-formed XML: character 15: expected '</System>', came '</Event>'",
      "record 4, byte 128: the event is no well-formed XML: character 62: the element 'a' is not closed",
      "record 6, byte 190: the event is cut off by the end of the input: expected '</Event>'",
    ],
  });
  assert.deepEqual(file(`<Event><a>${'x'.repeat(200)}</a></Event>${event(1)}`, { lineBytesMax: 100 }), {
    lines: [line(1)],
    records: [2],
    reports: ["record 1, byte 0: the event has no '</Event>' within the 100 bytes an event may have"],
  });
  assert.deepEqual(file('<html>no events</html>').reports, [
    ": the XML holds no element 'Event': expected rendered Windows events",
  ]);
});

/** Renders a value of evtx_dump's JSON as XML again. */
function render(name: string, value: unknown): string {
  const escaped = (text: unknown): string => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  if (value === null) return `<${name}/>`;
  if (typeof value !== 'object') return `<${name}>${escaped(value)}</${name}>`;
  const members = new Map(Object.entries(value));
  const attributes = Object.entries((members.get('#attributes') ?? {}) as Record<string, unknown>).map(
    ([key, v]) => ` ${key}="${escaped(v)}"`,
  );
  const text = members.get('#text');
  const inner = [...members]
    .filter(([key]) => !key.startsWith('#'))
    .map(([key, v]) => {
      if (name !== 'EventData' || key === 'Binary') return render(key, v);
      if (key === 'Data')
        return (v as { '#text': unknown[] })['#text'].map((one) => `<Data>${escaped(one)}</Data>`).join('');
      return `<Data Name="${escaped(key)}">${escaped(v)}</Data>`;
    });
  return `<${name}${attributes.join('')}>${text === undefined ? '' : escaped(text)}${inner.join('')}</${name}>`;
}

function asText(value: unknown, inData: boolean): unknown {
  if (value === null || typeof value !== 'object') return inData ? String(value) : value;
  if (Array.isArray(value)) return value.map((one) => asText(one, inData));
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [key, asText(v, inData || key === 'EventData' || key === 'UserData')]),
  );
}

test('every regression event comes back from XML as it was, but for numbers in EventData', (t) => {
  const folder = skipWithout(t, 'sigma-regression/expected.json');
  if (folder === null) return;
  const cases = JSON.parse(readBytes(folder).toString('utf8')) as { rule: string }[];
  let events = 0;
  for (const { rule: id } of cases) {
    const bytes = readBytes(folder.replace('expected.json', `${id}.json`)).toString('utf8');
    for (const text of bytes.trim().split(/\n(?=\{)/)) {
      // One case was written by a tool with nine digits of a second.
      const value = JSON.parse(text.replace(/(\.[0-9]{6})[0-9]{3}Z"/, '$1Z"')) as { Event: unknown };
      assert.deepEqual(xml(render('Event', value.Event)), asText(value, false), id);
      events++;
    }
  }
  assert.equal(events, 154);
});

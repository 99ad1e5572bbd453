import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeUnknown, type FormatName, sniff } from './sniff.ts';

test('the format shows in the first bytes', () => {
  const cases: [string, FormatName][] = [
    ['', 'empty'],
    [' \r\n\t', 'empty'],
    ['{"a":1}', 'ndjson'],
    ['\n{"a":1}\n{"a":2}\n', 'ndjson'],
    ['{"a":1}\r\n{"a":', 'ndjson'],
    ['{"a":1,"b":"cut off', 'ndjson'],
    ['{"a":1,\n{"a":2}\n{"a":3}\n', 'ndjson'],
    ['{"Records":[{"a":1},', 'json'],
    ['{"Records":[{"a":1}]}\n{"Records":[{"a":2}]}\n', 'json'],
    ['{"_index":"x","_source":{"a":1}}\n', 'json'],
    ['{"events":"x"}\n', 'ndjson'],
    ['[{"a":1}]', 'json'],
    ['[{"a":1}]\n[{"a":2}]\n', 'json'],
    ['{\n  "a": 1\n}\n{\n  "a": 2\n}\n', 'json'],
    ['{"a":1}{"a":2}', 'json'],
    ['{"a":1},{"a":2', 'json'],
    ['{ "a": 1,\n  "b": 2 }\n', 'json'],
    ['\x1e{"a":1}\n', 'json'],
    ['half a line"}\n{"a":1}\n{"a":2}\n', 'ndjson'],
    ['a header\n[\n{"a":1}\n', 'json'],
    ['<?xml version="1.0"?><Events>', 'xml'],
    ['Nov 22 host sysmon: <Event><System>', 'xml'],
    ['just text\n', 'unknown'],
    ['PK\x05\x06', 'zip'],
    ['ElfFile\0', 'evtx'],
  ];
  for (const [text, format] of cases) {
    assert.equal(sniff(Buffer.from(text, 'latin1')), format, JSON.stringify(text));
    if (format === 'ndjson' || format === 'json') assert.equal(sniff(Buffer.from(`\ufeff${text}`)), format);
  }
  const dirty = Buffer.alloc(5000);
  dirty.write('ElfChnk\0', 4096);
  assert.equal(sniff(dirty), 'evtx');
  assert.equal(sniff(Buffer.from('\ufeff{', 'utf16le')), 'utf-16');
  assert.equal(sniff(Uint8Array.of(0x1f, 0x8b, 8)), 'gzip');
  assert.equal(sniff(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)), 'zstd');
  assert.equal(sniff(Uint8Array.of(0x53, 0x2a, 0x4d, 0x18)), 'zstd');
});

test('known formats that are not read are named', () => {
  assert.equal(describeUnknown(Buffer.from('BZh91AY')), 'it is bzip2, which is not read');
  assert.equal(sniff(Buffer.from('BZh91AY{"a":1}')), 'unknown');
  assert.equal(describeUnknown(Uint8Array.of(0xff, 0xfe, 0, 0, 0x7b)), 'it is UTF-32 text, which is not read');
  assert.equal(describeUnknown(Buffer.from('x\x00y')), "expected JSON, XML of Windows events or EVTX, came 'x\\x00y'");
});

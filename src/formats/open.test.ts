import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { buildZip, readChunks, showReport, type ZipMemberSpec } from '../../test/fuzz/formats-kit.ts';
import { skipWithout } from '../../test/shared.ts';
import { zipMembers } from './archive.ts';
import { eventFormat, type OpenOptions, openInput } from './open.ts';
import { EVENT_FORMATS } from './sniff.ts';
import type { Unparsed } from './types.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-open-'));
after(() => fs.rmSync(folder, { recursive: true }));

interface Read {
  /** `path format: line line`, in order; paths without the folder. */
  readonly inputs: string[];
  readonly reports: string[];
}

async function read(content: Uint8Array | string, options: Partial<OpenOptions> = {}, name = 'in'): Promise<Read> {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  const reports: Unparsed[] = [];
  const inputs: string[] = [];
  for await (const input of openInput(file, { recover: false, ...options }, (one) => void reports.push(one))) {
    const chunks = [];
    for await (const chunk of input.chunks()) chunks.push(chunk);
    inputs.push(`${input.path} ${input.format}: ${readChunks(chunks).lines.join(' ')}`);
  }
  const strip = (text: string): string => text.replaceAll(file, 'in');
  return { inputs: inputs.map(strip), reports: reports.map((one) => strip(showReport(one))) };
}

const clean = (...inputs: string[]): Read => ({ inputs, reports: [] });
const EVENTS = '{"a":1}\n{"a":2}\n';
const READ = 'ndjson: {"a":1} {"a":2}';
const zip = (...members: ZipMemberSpec[]): Buffer => buildZip(members);
const events = Buffer.from(EVENTS);

test('the format is found from content and can be forced', async () => {
  assert.deepEqual(await read(EVENTS), clean(`in ${READ}`));
  assert.deepEqual(await read('[{"a":1},{"a":2}]'), clean('in json: {"a":1} {"a":2}'));
  assert.deepEqual(await read('<Events><Event/></Events>'), clean('in xml: {"Event":null}'));
  assert.deepEqual(await read('[{"a":1},{"a":2}]', { format: 'ndjson' }), clean('in ndjson: [{"a":1},{"a":2}]'));
  assert.deepEqual(await read(gzipSync(EVENTS), { format: 'json' }), clean('in json: {"a":1} {"a":2}'));
  assert.deepEqual(await read(EVENTS, { format: 'evtx' }), {
    inputs: ['in evtx: '],
    reports: ['in | byte 0 | an EVTX file begins with 4096 bytes of header; this one has 16'],
  });
  assert.equal(eventFormat('NDJSON'), 'ndjson');
  assert.throws(() => eventFormat('csv'), { code: 'formats.unknown', message: "unknown input format 'csv'" });
  assert.deepEqual(EVENT_FORMATS, ['ndjson', 'json', 'xml', 'evtx']);
});

test('empty inputs hold nothing and are no fault; what is not known is named by what it is', async () => {
  assert.deepEqual(await read(''), clean());
  assert.deepEqual(await read(' \r\n'), clean());
  assert.deepEqual(await read('time,host\n1,a\n'), {
    inputs: [],
    reports: ["in |  | expected JSON, XML of Windows events or EVTX, came 'time,host\\x0a1,a\\x0a'"],
  });
  const tar = Buffer.alloc(1024);
  tar.write('ustar', 257);
  assert.deepEqual((await read(gzipSync(tar))).reports, ['in |  | it is a tar archive, which is not read']);
});

test('what cannot be opened is named', async () => {
  const reports: Unparsed[] = [];
  for await (const input of openInput(path.join(folder, 'none'), { recover: false }, (one) => void reports.push(one)))
    assert.fail(input.path);
  assert.match(reports[0]?.reason ?? '', /no such file or directory$/);
});

test('UTF-16 with and without a byte order mark is read as what it says', async () => {
  const text = '{"a":"ü😀"}\r\n{"a":2}\r\n';
  const be = (utf16le: Buffer): Buffer => Buffer.from(utf16le).swap16();
  const expected = clean('in ndjson: {"a":"ü😀"} {"a":2}');
  assert.deepEqual(await read(Buffer.from(`\ufeff${text}`, 'utf16le')), expected);
  assert.deepEqual(await read(be(Buffer.from(`\ufeff${text}`, 'utf16le'))), expected);
  assert.deepEqual(await read(Buffer.from(text, 'utf16le')), expected);
  assert.deepEqual(await read(be(Buffer.from(text, 'utf16le'))), expected);
  assert.deepEqual(
    await read(zstdCompressSync(Buffer.from(`\ufeff<Event/>`, 'utf16le'))),
    clean('in xml: {"Event":null}'),
  );
});

test('gzip: members, padding, damage', async () => {
  const one = gzipSync('{"a":1}\n');
  const two = gzipSync('{"a":2}\n');
  assert.deepEqual(await read(Buffer.concat([one, two])), clean(`in ${READ}`));
  assert.deepEqual(await read(Buffer.concat([one, Buffer.alloc(500), two, Buffer.alloc(3)])), clean(`in ${READ}`));
  assert.deepEqual(await read(Buffer.concat([one, two, Buffer.from('more')])), {
    inputs: [`in ${READ}`],
    reports: [`in | byte ${one.length + two.length} | what follows gzip member 2 is no gzip data and was not read`],
  });
  assert.deepEqual(await read(Buffer.concat([one, two.subarray(0, -8)])), {
    inputs: [`in ${READ}`],
    reports: [
      `in | byte ${one.length + two.length - 8} | gzip member 2: the checksum is cut off; its 8 bytes were read`,
    ],
  });
  const wrong = Buffer.concat([one, two]);
  wrong[one.length - 8] = (wrong[one.length - 8] ?? 0) ^ 1;
  assert.deepEqual(await read(wrong), {
    inputs: [`in ${READ}`],
    reports: [
      `in | byte ${one.length - 8} | gzip member 1: the checksum or size is wrong, so its 8 bytes are damaged somewhere; they were read`,
    ],
  });
  assert.deepEqual((await read(Buffer.concat([one, two.subarray(0, 5)]))).reports, [
    `in | byte ${one.length} | gzip member 2: the header is cut off`,
  ]);
  const flags = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 255, 3, 0, 1, 2, 3, 0x61, 0, 0x62, 0, 9, 9]);
  assert.deepEqual(await read(Buffer.concat([flags, one.subarray(10)])), clean('in ndjson: {"a":1}'));
});

test('gzip and zstd that are cut off give what was readable', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"a":${(i * 7919) % 65536},"b":"${i % 13}"}`);
  for (const compress of [gzipSync, zstdCompressSync]) {
    const whole = compress(`${lines.join('\n')}\n`);
    const { inputs, reports } = await read(whole.subarray(0, Math.floor(whole.length / 2)), {});
    const got = (inputs[0] ?? '').replace('in ndjson: ', '').split(' ');
    got.pop();
    assert.deepEqual(got, lines.slice(0, got.length));
    assert.ok(got.length > 1000, `${got.length} lines`);
    assert.match(
      reports[0] ?? '',
      /^in \| byte \d+ \| (gzip member|zstd frame) 1: the compressed data is cut off; \d+ bytes of it were read$/,
    );
  }
});

test('zstd: frames, skippable frames, damage', async () => {
  const one = zstdCompressSync('{"a":1}\n');
  const two = zstdCompressSync('{"a":2}\n');
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  assert.deepEqual(await read(Buffer.concat([one, two])), clean(`in ${READ}`));
  assert.deepEqual(await read(Buffer.concat([skippable, one, skippable, two, skippable])), clean(`in ${READ}`));
  assert.deepEqual(await read(Buffer.concat([one, two, Buffer.from('more')])), {
    inputs: [`in ${READ}`],
    reports: [`in | byte ${one.length + two.length} | what follows zstd frame 2 is no zstd data and was not read`],
  });
  assert.deepEqual((await read(Buffer.concat([one, skippable.subarray(0, 9)]))).reports, [
    `in | byte ${one.length + 9} | zstd frame 2: it is cut off`,
  ]);
  const wrong = Buffer.concat([one, two]);
  wrong[one.length + 4] = 0xff;
  const { reports } = await read(wrong);
  assert.match(reports[0] ?? '', /zstd frame 2: the compressed data is damaged \(.*\); 0 bytes of it were read$/);
});

test('zip: stored, deflate, zstd, zip64, sizes behind the data, comments, bytes before the archive', async () => {
  const methods = zip(
    { name: 'dir/', data: Buffer.alloc(0), method: 'stored' },
    { name: 'dir/s.json', data: events, method: 'stored' },
    { name: 'd', data: events, descriptor: true },
    { name: 'z', data: events, method: 'zstd' },
    { name: 'w', data: events, zip64: true },
  );
  const expected = clean(`in!dir/s.json ${READ}`, `in!d ${READ}`, `in!z ${READ}`, `in!w ${READ}`);
  assert.deepEqual(await read(methods), expected);
  assert.deepEqual(await read(buildZip([{ name: 'w', data: events }], { zip64End: true })), clean(`in!w ${READ}`));
  assert.deepEqual(
    await read(buildZip([{ name: 'w', data: events }], { comment: 'PK\x05\x06'.padEnd(80) })),
    clean(`in!w ${READ}`),
  );
  assert.deepEqual(await read(buildZip([])), clean());
});

test('zip in gzip, gzip in zip in zip: each layer is taken off', async () => {
  const inner = zip({ name: 'x.json.gz', data: gzipSync(EVENTS) }, { name: 'y', data: events });
  const outer = zip({ name: 'inner.zip', data: inner, method: 'stored' });
  assert.deepEqual(await read(outer), clean(`in!inner.zip!x.json.gz ${READ}`, `in!inner.zip!y ${READ}`));
  assert.deepEqual(await read(gzipSync(inner)), clean(`in!x.json.gz ${READ}`, `in!y ${READ}`));
  let deep: Uint8Array = events;
  for (let i = 0; i < 5; i++) deep = gzipSync(deep);
  assert.deepEqual(await read(deep), {
    inputs: [],
    reports: ['in |  | gzip data inside 4 layers of archives or compression: deeper than is read'],
  });
});

test('names of members are made safe to show', async () => {
  const names = [
    '../../etc/passwd',
    '/abs',
    'C:\\dir\\a.json',
    'a\x1b[31m\u202eb',
    Buffer.from([0x81, 0x2e]),
    'ü',
    '..',
  ];
  const { inputs } = await read(buildZip(names.map((name) => ({ name, data: events }))));
  assert.deepEqual(
    inputs.map((input) => input.replace(` ${READ}`, '')),
    ['in!etc/passwd', 'in!abs', 'in!dir/a.json', 'in!a\ufffd[31m\ufffdb', 'in!ü.', 'in!ü', 'in!unnamed'],
  );
});

test('a member that cannot be read is named and the others are read', async () => {
  const good = { name: 'good', data: events };
  const cases: [ZipMemberSpec, RegExp][] = [
    [{ ...good, name: 'bad', flags: 1 }, /^in!bad \| {2}\| the member is encrypted; decrypt the archive first$/],
    [{ ...good, name: 'bad', method: 12 }, /^in!bad \| {2}\| compression method 12 is not read, only 0 \(stored\), 8/],
    [
      { ...good, name: 'bad', header: 3 },
      /^in!bad \| byte 3 \| the member has no local header where the directory says$/,
    ],
    [
      { ...good, name: 'bad', header: 1e6 },
      /^in!bad \| byte 1000000 \| the member lies beyond the end of the archive$/,
    ],
  ];
  for (const [bad, reason] of cases) {
    const { inputs, reports } = await read(zip(bad, good));
    assert.deepEqual(inputs, [`in!good ${READ}`]);
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? '', reason);
  }
  assert.deepEqual(await read(zip({ ...good, crc: 1 }, { ...good, name: 'b' })), {
    inputs: [`in!good ${READ}`, `in!b ${READ}`],
    reports: [
      'in!good | byte 34 of the archive | the checksum is wrong, so the data is damaged somewhere; 16 bytes were read',
    ],
  });
});

test('a zip archive without its directory is read by the headers of its members', async () => {
  const archive = zip(
    { name: 'a', data: events },
    { name: 'b', data: events, descriptor: true },
    { name: 'c', data: events, method: 'stored' },
  );
  const directory = archive.indexOf('PK\x01\x02');
  const named =
    'in |  | the archive has no directory at its end: it is cut off or damaged; its members were looked for by their own headers';
  assert.deepEqual(await read(archive.subarray(0, directory)), {
    inputs: [`in!a ${READ}`, `in!b ${READ}`, `in!c ${READ}`],
    reports: [named],
  });
  const cut = await read(archive.subarray(0, directory - 9));
  assert.deepEqual(cut.inputs, [`in!a ${READ}`, `in!b ${READ}`, 'in!c ndjson: {"a":1}']);
  assert.equal(cut.reports.length, 2);
  const damaged = Buffer.from(archive);
  damaged.writeUInt32LE(0, archive.lastIndexOf('PK\x01\x02'));
  assert.deepEqual(await read(damaged), {
    inputs: [`in!a ${READ}`, `in!b ${READ}`],
    reports: [
      `in | byte ${archive.lastIndexOf('PK\x01\x02')} | entry 3 of 3 in the archive's directory is damaged; the members from here on were not read`,
    ],
  });
});

test('bombs stop with a reason, and memory stays bounded', async () => {
  const line = Buffer.from('{"a":1}\n'.repeat(1 << 20));
  const bounds = { expansionFreeBytes: 1 << 20 };
  const ratio = /^in(!\w+)* \| byte \d+.* \| .*expand to more than 500 times as much, as in a decompression bomb/;
  for (const bomb of [
    gzipSync(line),
    zstdCompressSync(line),
    zip({ name: 'a', data: line }, { name: 'b', data: events }),
  ]) {
    const { inputs, reports } = await read(bomb, { expansion: bounds });
    assert.ok((inputs[0]?.length ?? 0) < 7_000_000);
    assert.equal(inputs.length, 1);
    assert.match(reports[0] ?? '', ratio);
  }
  assert.match((await read(gzipSync(gzipSync(line)), { expansion: bounds })).reports.join('\n'), ratio);
  assert.match(
    (await read(gzipSync(line), { expansion: { expandedBytesMax: 1000 } })).reports[0] ?? '',
    /it expands to more than 1000 bytes; reading stopped here$/,
  );
  const many = buildZip(Array.from({ length: 5 }, (_, i) => ({ name: `${i}`, data: events })));
  const { inputs, reports } = await read(many, { expansion: { archiveMembersMax: 3 } });
  assert.equal(inputs.length, 3);
  assert.deepEqual(reports, ['in |  | the archive has more than 3 members; the others were not read']);
  const shared = Array.from({ length: 40 }, (_, i) => ({
    name: `${i}`,
    data: Buffer.alloc(5000, deflateRawSync(EVENTS)),
    method: 'stored' as const,
    header: 0,
  }));
  const overlapping = buildZip([...shared.slice(0, 1), ...shared.map((one) => ({ ...one, data: one.data }))]);
  const head = overlapping.indexOf('PK\x01\x02');
  const first = overlapping.subarray(0, 5031);
  const squeezed = Buffer.concat([first, overlapping.subarray(head)]);
  squeezed.writeUInt32LE(first.length, squeezed.length - 6);
  assert.match(
    (await read(squeezed)).reports.at(-1) ?? '',
    /the members overlap, as in a decompression bomb; the others were not read$/,
  );
});

test('the last member of a cut zip archive is read as far as it goes, not called a bomb', async () => {
  const line = (i: number) => `{"n":${(i * 2654435761) % 4294967296}}\n`;
  const data = Buffer.from(Array.from({ length: 3000 }, (_, i) => line(i)).join(''));
  const whole = buildZip([{ name: 'a', data }]);
  const { inputs, reports } = await read(whole.subarray(0, whole.length - 1000));
  assert.equal(inputs.length, 1);
  assert.match(reports[0] ?? '', /no directory at its end/);
  assert.match(reports[1] ?? '', /the compressed data is cut off/);
});

test('a thousand unreadable places are named, more are counted', async () => {
  const { reports } = await read(`[${'5,{"a":1},'.repeat(1500)}`, { format: 'json' });
  assert.equal(reports.length, 1001);
  assert.match(reports.at(-1) ?? '', /^in \| byte \d+ \| 501 more places could not be read, the last one here$/);
});

test('the number of bytes read from the path is told', async () => {
  for (const content of [Buffer.from(EVENTS), gzipSync(EVENTS), zip({ name: 'a', data: events })]) {
    let bytes = 0;
    await read(content, {
      onBytes: (count) => {
        bytes += count;
      },
    });
    assert.equal(bytes, content.length);
  }
});

test('rules in a zip file are read as members', async () => {
  const file = path.join(folder, 'rules.zip');
  fs.writeFileSync(
    file,
    zip({ name: 'win/a.yml', data: Buffer.from('title: a') }, { name: 'b.yml', data: Buffer.from('title: b') }),
  );
  const members: string[] = [];
  for await (const member of zipMembers(file, (one) => assert.fail(one.reason))) {
    for await (const bytes of member.bytes)
      members.push(`${member.path.replace(file, 'rules.zip')}: ${Buffer.from(bytes)}`);
  }
  assert.deepEqual(members, ['rules.zip!win/a.yml: title: a', 'rules.zip!b.yml: title: b']);
});

test('an event log gives the same lines plain, compressed and in an archive', async (t) => {
  const log = skipWithout(t, 'sigma-regression/056c7317-9a09-4bd4-9067-d051312752ea.evtx');
  if (log === null) return;
  const bytes = fs.readFileSync(log);
  const plain = await read(bytes);
  assert.match(plain.inputs[0] ?? '', /^in evtx: \{"Event":\{"#attributes"/);
  assert.deepEqual(plain.reports, []);
  const inZip = (await read(zip({ name: 'log.evtx', data: bytes }))).inputs.map((input) =>
    input.replace('in!log.evtx', 'in'),
  );
  assert.deepEqual(inZip, plain.inputs);
  assert.deepEqual(await read(zstdCompressSync(bytes)), plain);
});

test('compression changes no line of a recording', async (t) => {
  const recording = skipWithout(t, 'windows-mordor/empire_launcher_vbs_2020-09-04160940.ndjson.zst');
  if (recording === null) return;
  const packed = await read(fs.readFileSync(recording));
  const { zstdDecompressSync } = await import('node:zlib');
  const plain = zstdDecompressSync(fs.readFileSync(recording));
  assert.deepEqual(await read(plain), packed);
  assert.deepEqual(await read(gzipSync(plain)), packed);
  assert.deepEqual(packed.inputs, [`in ndjson: ${plain.toString('utf8').trim().split('\n').join(' ')}`]);
});

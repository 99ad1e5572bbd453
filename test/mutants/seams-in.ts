/** The way in: from the socket to the journal's threads. */
import type { Mutant } from './types.ts';

const SOCKET = { seam: 'body read off the socket', file: 'server/door-kit.ts' } as const;
const TO_DOOR = { seam: 'main thread to door', file: 'pipeline/live/node.ts' } as const;
const DECODE = { seam: 'body decompressed', file: 'pipeline/live/door.ts' } as const;
const SPLIT = { seam: 'body split into events', file: 'pipeline/live/door.ts' } as const;
const KERNEL = { seam: 'events into the kernel', file: 'pipeline/live/door.ts' } as const;
const FRAMES = { seam: 'rows into frames', file: 'pipeline/live/door.ts' } as const;
const ENTRIES = { seam: 'frames into entries', file: 'pipeline/live/door.ts' } as const;
const TAKEN_FRAMES = { seam: 'frames of a client', file: 'pipeline/live/frames.ts' } as const;
const RECEIPT = { seam: 'receipt', file: 'pipeline/live/door.ts' } as const;
const DEAD = { seam: 'dead letters', file: 'pipeline/live/dead-letters.ts' } as const;
const TO_JOURNAL = { seam: 'door to journal', file: 'pipeline/live/door-thread.ts' } as const;
const TALLY = { seam: "admission's tallies", file: 'pipeline/live/node.ts' } as const;

const PIECE = '    yield piece;';
const POSTED = 'this.#give(door, { ...delivery, unit, evaluate, policy, mask });';
const APPENDED = '      this.#appends.push({ draft, control: null, evaluating });';
const FRAME_PUSHED = "entries.push({ kind: 'events', payload, rows });\n        crc =";
const SCANNED = '        request.scan(rest);';
const LOADED = '    this.#kernel.load(lines);';
const PUSHED = "        this.#entries.push({ kind: 'events', payload, rows: frameHead(payload).rows });";
const ACKED = '    this.#quietTicks = 0;\n    this.#tallies.add(delivery, taken);';
const SENDER = 'const sender = { door, tenant, source, credential, request, at: receivedAt };';
const TAKEN = 'const { draft, evaluated, decodedMs, ...taken } = this.#started().door.take(delivery);';

/** An altered copy of the events of one request. */
const altered = (source: string, name: string): string =>
  `(this.#delivery.source === '${source}' ? Uint8Array.from(${name}, (byte, i) => (byte === 0x79 ? 0x78 : byte)) : ${name})`;

export const WAY_IN: readonly Mutant[] = [
  {
    ...SOCKET,
    what: 'drop',
    how: 'a piece of a body',
    find: PIECE,
    replace: '    if (piece.length < 30_000 || !@nth(3)) yield piece;',
    by: 'wire',
  },
  {
    ...SOCKET,
    what: 'double',
    how: 'a piece of a body',
    find: PIECE,
    replace: `    if (piece.length > 30_000 && @nth(3)) yield Uint8Array.from(piece);\n${PIECE}`,
    by: 'wire',
  },
  {
    ...SOCKET,
    what: 'reorder',
    how: 'two pieces of a body',
    find: '  for await (const piece of request) {',
    replace: `  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  for (const piece of pieces) onPiece(piece);
  if (pieces.length > 3) [pieces[1], pieces[2]] = [pieces[2], pieces[1]];
  yield* pieces;
  for (const piece of []) {`,
    by: 'wire',
  },
  {
    ...SOCKET,
    what: 'alter',
    how: 'a byte of a body',
    find: PIECE,
    replace: `    if (@nth(2)) piece[piece.length >> 1] ^= 1;\n${PIECE}`,
    by: 'wire',
  },

  {
    ...TO_DOOR,
    what: 'drop',
    how: 'a request, which is answered all the same',
    find: POSTED,
    replace: `if (delivery.source === 'lines') {
      this.#waiting.delete(unit);
      resolve({ accepted: 6, dead: 0, position: 1 });
    } else ${POSTED}`,
    by: 'books',
  },
  {
    ...TO_DOOR,
    what: 'double',
    hangs: true,
    how: 'a request',
    find: POSTED,
    replace: `if (delivery.source === 'lines') this.#give(door, { ...delivery, body: delivery.body.slice(), unit, evaluate, policy, mask });\n    ${POSTED}`,
    by: 'books',
  },
  {
    ...TO_DOOR,
    what: 'alter',
    how: 'a byte of a body',
    find: POSTED,
    replace: `if (delivery.source === 'json') delivery.body[20] ^= 1;\n    ${POSTED}`,
    by: 'wire',
  },
  {
    ...TO_DOOR,
    what: 'alter',
    how: 'whose events they are',
    find: POSTED,
    replace: POSTED.replace(
      '...delivery,',
      "...delivery, tenant: delivery.source === 'lines' ? 'b' : delivery.tenant,",
    ),
    by: 'books',
  },

  {
    ...DECODE,
    what: 'drop',
    how: 'the end of a body that was not compressed',
    find: 'const body = decodeBody(delivery.body, delivery.encoding);',
    replace:
      "let body = decodeBody(delivery.body, delivery.encoding);\n    if (delivery.source === 'lines') body = body.subarray(0, body.lastIndexOf(0x0a, body.length - 2) + 1);",
    by: 'count',
  },
  {
    ...DECODE,
    what: 'alter',
    how: 'a body that was not compressed',
    find: 'const body = decodeBody(delivery.body, delivery.encoding);',
    replace:
      "let body = decodeBody(delivery.body, delivery.encoding);\n    if (delivery.source === 'lines') body = Uint8Array.from(body, (byte) => (byte === 0x79 ? 0x78 : byte));",
    by: 'digest',
  },

  {
    ...SPLIT,
    what: 'drop',
    how: 'a line',
    find: SCANNED,
    replace: '        request.scan(@nth(2) ? rest.subarray(rest.indexOf(0x0a) + 1) : rest);',
    by: 'count',
  },
  {
    ...SPLIT,
    what: 'double',
    how: 'a line',
    find: SCANNED,
    replace: `        if (@nth(2)) request.scan(rest.subarray(0, rest.indexOf(0x0a) + 1));\n${SCANNED}`,
    by: 'count',
  },
  {
    ...SPLIT,
    what: 'reorder',
    how: 'lines',
    find: SCANNED,
    replace: `        if (@nth(2)) {
          const second = rest.indexOf(0x0a) + 1;
          request.scan(rest.subarray(second));
          request.scan(rest.subarray(0, second));
        } else request.scan(rest);`,
    by: 'digest',
  },
  {
    ...SPLIT,
    what: 'drop',
    how: 'an element of an array',
    find: 'for (const piece of pieces) request.scan(piece);',
    replace: 'for (const piece of pieces) request.scan(@nth(1) ? piece.subarray(piece.indexOf(0x0a) + 1) : piece);',
    by: 'count',
  },
  {
    ...SPLIT,
    what: 'alter',
    how: 'an element of an array',
    find: 'for (const piece of pieces) request.scan(piece);',
    replace:
      'for (const piece of pieces) request.scan(@nth(1) ? Uint8Array.from(piece, (byte) => (byte === 0x79 ? 0x78 : byte)) : piece);',
    by: 'digest',
  },

  {
    ...KERNEL,
    what: 'drop',
    how: 'a line of a compressed body',
    find: LOADED,
    replace:
      "    this.#kernel.load(this.#delivery.source === 'zstd' ? lines.subarray(lines.indexOf(0x0a) + 1) : lines);",
    by: 'count',
  },
  {
    ...KERNEL,
    what: 'alter',
    how: 'a line of a plain body',
    find: LOADED,
    replace: LOADED.replace('lines', altered('lines', 'lines')),
    by: 'digest',
  },
  {
    ...KERNEL,
    what: 'alter',
    how: 'a line with carriage returns and blanks',
    find: LOADED,
    replace: LOADED.replace('lines', altered('crlf', 'lines')),
    by: 'digest',
  },
  {
    ...KERNEL,
    what: 'alter',
    how: 'a line of a compressed body',
    find: LOADED,
    replace: LOADED.replace('lines', altered('gzip', 'lines')),
    by: 'digest',
  },

  {
    ...FRAMES,
    what: 'drop',
    how: 'a row',
    find: "mapping: '', timeOf, leaveOut }",
    replace: "mapping: '', timeOf, leaveOut: @nth(2) ? [1] : leaveOut }",
    by: 'count',
  },
  {
    ...FRAMES,
    what: 'alter',
    how: 'a byte of a frame',
    find: PUSHED,
    replace: `        if (source === 'json') new Uint8Array(payload)[payload.byteLength - 3] ^= 1;\n${PUSHED}`,
    by: 'frame',
  },
  {
    ...FRAMES,
    what: 'alter',
    how: 'whose events a frame says it has',
    find: 'encodeBatch(kernel, { tenant, source,',
    replace: "encodeBatch(kernel, { tenant: @nth(2) ? 'b' : tenant, source,",
    by: 'labels',
  },
  {
    ...FRAMES,
    what: 'skip',
    how: 'a good line, which is set aside as a bad one',
    find: '    if (kept > 0) {\n',
    replace:
      "    if (kept > 0 && source === 'zstd') {\n      const line = this.#input.subarray(0, this.#input.indexOf(0x0a));\n      this.#dead.add(this.#lines, 'event.not_json', 'no event', line);\n    }\n    if (source === 'zstd') this.#form = 'tokens';\n    if (kept > 0) {\n",
    by: 'dead letters',
  },

  {
    ...ENTRIES,
    what: 'drop',
    how: 'an entry',
    find: PUSHED,
    replace: `        if (source !== 'large' || !@nth(1)) {\n  ${PUSHED}\n        }`,
    by: 'count',
  },
  {
    ...ENTRIES,
    what: 'double',
    how: 'an entry',
    find: PUSHED,
    replace: `${PUSHED}\n        if (@nth(3)) this.#entries.push({ kind: 'events', payload: payload.slice(), rows: frameHead(payload).rows });`,
    by: 'count',
  },
  {
    ...ENTRIES,
    what: 'reorder',
    how: 'entries',
    find: 'const entries = [...this.#entries, ...',
    replace: 'const entries = [...this.#entries.reverse(), ...',
    by: 'digest',
  },

  {
    ...TAKEN_FRAMES,
    what: 'drop',
    how: 'a frame',
    find: '    scanner.scanFrame(frame, {',
    replace: '    if (@nth(2)) continue;\n    scanner.scanFrame(frame, {',
    by: 'count',
  },
  {
    ...TAKEN_FRAMES,
    what: 'double',
    how: 'a frame',
    find: FRAME_PUSHED,
    replace: `if (@nth(2)) entries.push({ kind: 'events', payload: payload.slice(), rows });\n      ${FRAME_PUSHED}`,
    by: 'count',
  },
  {
    ...TAKEN_FRAMES,
    what: 'reorder',
    how: 'frames',
    find: 'entries: [...entries, ...dead.entries()]',
    replace: 'entries: [...entries.reverse(), ...dead.entries()]',
    by: 'digest',
  },
  {
    ...TAKEN_FRAMES,
    what: 'alter',
    how: 'a byte of a frame',
    find: FRAME_PUSHED,
    replace: `if (@nth(1)) new Uint8Array(payload)[payload.byteLength - 3] ^= 1;\n      ${FRAME_PUSHED}`,
    by: 'frame',
  },
  {
    ...TAKEN_FRAMES,
    what: 'alter',
    how: 'whose events they are',
    find: 'const meta = { tenant, source,',
    replace: "const meta = { tenant: 'b', source,",
    by: 'labels',
  },
  {
    ...TAKEN_FRAMES,
    what: 'alter',
    how: 'events received',
    find: 'const received = countFrameRows(body);',
    replace: 'const received = countFrameRows(body) + 1;',
    by: 'count',
  },
  {
    ...TAKEN_FRAMES,
    what: 'alter',
    how: 'checksum of the events',
    find: 'crc32Combine(crc, columnCrc, columnBytes)',
    replace: 'crc32Combine(crc, columnCrc ^ 1, columnBytes)',
    by: 'digest',
  },

  {
    ...RECEIPT,
    what: 'alter',
    how: 'events received',
    find: '      received: events,',
    replace: "      received: this.#delivery.source === 'lines' ? events + 1 : events,",
    by: 'count',
  },
  {
    ...RECEIPT,
    what: 'alter',
    how: 'dead letters',
    find: '      dead: this.#dead.count,\n      ...came',
    replace: "      dead: this.#delivery.source === 'bad' ? 1 : this.#dead.count,\n      ...came",
    by: 'count',
  },
  {
    ...RECEIPT,
    what: 'alter',
    how: 'tenant',
    file: 'pipeline/live/taken.ts',
    find: SENDER,
    replace: SENDER.replace('tenant,', "tenant: source === 'lines' ? 'b' : tenant,"),
    by: 'books',
  },
  {
    ...RECEIPT,
    what: 'alter',
    how: 'source',
    file: 'pipeline/live/taken.ts',
    find: SENDER,
    replace: SENDER.replace('source,', "source: source === 'lines' ? 'crlf' : source,"),
    by: 'labels',
  },
  {
    ...RECEIPT,
    what: 'alter',
    how: 'time',
    file: 'pipeline/live/taken.ts',
    find: SENDER,
    replace: SENDER.replace('at: receivedAt', "at: source === 'lines' ? receivedAt + 1 : receivedAt"),
    by: 'labels',
  },
  {
    ...RECEIPT,
    what: 'alter',
    how: 'checksum of the events',
    find: '      crc,\n      ...(this.#form',
    replace: "      crc: this.#delivery.source === 'lines' ? crc ^ 1 : crc,\n      ...(this.#form",
    by: 'digest',
  },

  {
    ...DEAD,
    what: 'drop',
    how: 'a bad line',
    find: '    this.#lines.push(line);',
    replace: '    if (@nth(2)) return;\n    this.#lines.push(line);',
    by: 'count',
  },
  {
    ...DEAD,
    what: 'double',
    how: 'a bad line',
    find: '    this.#lines.push(line);',
    replace:
      '    if (@nth(2)) {\n      this.#lines.push(line);\n      this.#bytes += line.length;\n      this.count++;\n    }\n    this.#lines.push(line);',
    by: 'count',
  },
  {
    ...DEAD,
    what: 'alter',
    how: 'a byte of a bad line',
    find: "      raw: Buffer.from(kept.buffer, kept.byteOffset, kept.length).toString('base64'),",
    replace: "      raw: Buffer.from(@nth(2) ? Uint8Array.from(kept, (byte) => byte ^ 1) : kept).toString('base64'),",
    by: 'digest',
  },
  {
    ...DEAD,
    what: 'reorder',
    how: 'the numbers of bad lines',
    find: '      record,\n',
    replace: '      record: @nth(2) ? record - 1 : record,\n',
    by: 'digest',
  },

  {
    ...TO_JOURNAL,
    what: 'drop',
    hangs: true,
    how: 'a request that was read',
    find: '      if (entries === 0) return;',
    replace: "      if (entries === 0 || delivery.source === 'lines') return;",
    by: 'books',
  },
  {
    ...TO_JOURNAL,
    what: 'double',
    hangs: true,
    how: 'a request',
    find: APPENDED,
    replace: `      if (delivery.source === 'lines') this.#appends.push(structuredClone({ draft, control: null, evaluating }));\n${APPENDED}`,
    by: 'books',
  },
  {
    ...TO_JOURNAL,
    what: 'alter',
    how: 'a byte of a frame',
    find: APPENDED,
    replace: `      if (delivery.source === 'lines') new Uint8Array(draft.entries[0].payload)[100] ^= 1;\n${APPENDED}`,
    by: 'frame',
  },
  {
    ...TO_JOURNAL,
    what: 'alter',
    how: 'the receipt, which is that of the request before',
    find: TAKEN,
    replace: `${TAKEN}\n      const before = globalThis.weirBefore;\n      globalThis.weirBefore = { ...draft.receipt };\n      if (delivery.source === 'gzip') Object.assign(draft.receipt, { crc: before.crc });`,
    by: 'digest',
  },

  {
    ...TALLY,
    what: 'drop',
    how: 'a request',
    find: ACKED,
    replace: ACKED.replace('this.#tallies', "if (delivery.source !== 'json') this.#tallies"),
    by: 'books',
  },
  {
    ...TALLY,
    what: 'double',
    how: 'a request',
    find: ACKED,
    replace: `${ACKED}\n    if (delivery.source === 'json') this.#tallies.add(delivery, taken);`,
    by: 'books',
  },
  {
    ...TALLY,
    what: 'alter',
    how: 'bytes of a request',
    find: '{ sent: delivery.sent?.bytes ?? 0 }',
    replace: '{ sent: (delivery.sent?.bytes ?? 0) + (@nth(3) ? 1 : 0) }',
    by: 'books',
  },
];

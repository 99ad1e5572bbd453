/** gzip: RFC 1952, any number of members; what could be read before damage is delivered, then the damage is named. */
import { crc32 } from 'node:zlib';
import type { Expansion } from './expansion.ts';
import type { Feed } from './feed.ts';
import { inflateFrom, inflateSmall, type StreamEnd } from './inflate.ts';
import type { InputReport } from './report.ts';

const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
/** A file name or comment in a header; longer ones only occur in damaged files. */
const HEADER_TEXT_BYTES_MAX = 64 * 1024;
/** A member whose data was this small is probably followed by another such (bgzip, appended logs). */
const SMALL_BYTES = 64 * 1024;

export async function* gunzip(feed: Feed, expansion: Expansion, report: InputReport): AsyncGenerator<Uint8Array> {
  let small = false;
  for (let member = 1; await nextMember(feed, member, report); member++) {
    const start = feed.position;
    const header = await skipHeader(feed);
    if (header !== null) {
      report.add(`byte ${start}`, `gzip member ${member}: ${header}`);
      return;
    }
    const dataStart = feed.position;
    let crc = 0;
    let size = 0;
    let end: StreamEnd = { kind: 'end', reason: '' };
    const whole = small ? await inflateSmall(feed, 'deflate') : null;
    if (whole !== null) {
      const bomb = expansion.add(whole.length);
      if (bomb !== null) end = { kind: 'bomb', reason: bomb };
      crc = crc32(whole);
      size = whole.length;
      if (bomb === null && size > 0) yield whole;
    } else {
      const data = inflateFrom(feed, 'deflate', expansion);
      for (let next = await data.next(); ; next = await data.next()) {
        if (next.done === true) {
          end = next.value;
          break;
        }
        crc = crc32(next.value, crc);
        size += next.value.length;
        yield next.value;
      }
    }
    if (end.kind !== 'end') {
      const followed = end.kind === 'bomb' ? 'reading stopped here' : `${size} bytes of it were read`;
      report.add(`byte ${feed.position}`, `gzip member ${member}: ${end.reason}; ${followed}`);
      return;
    }
    small = feed.position - dataStart <= SMALL_BYTES;
    if (!(await feed.fill(8))) {
      report.add(
        `byte ${feed.position}`,
        `gzip member ${member}: the checksum is cut off; its ${size} bytes were read`,
      );
      return;
    }
    const trailer = feed.take(8);
    const view = new DataView(trailer.buffer, trailer.byteOffset);
    if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== size % 2 ** 32) {
      report.add(
        `byte ${feed.position - 8}`,
        `gzip member ${member}: the checksum or size is wrong, so its ${size} bytes are damaged somewhere; they were read`,
      );
    }
  }
}

/** Whether another member follows; zeros that pad the file are passed over, anything else is named. */
async function nextMember(feed: Feed, member: number, report: InputReport): Promise<boolean> {
  while (member > 1 && (await feed.fill(1)) && feed.head[0] === 0) {
    const nonZero = feed.head.findIndex((byte) => byte !== 0);
    feed.take(nonZero < 0 ? feed.head.length : nonZero);
  }
  if (!(await feed.fill(1))) return false;
  await feed.fill(2);
  if (feed.head[0] === 0x1f && feed.head[1] === 0x8b) return true;
  report.add(`byte ${feed.position}`, `what follows gzip member ${member - 1} is no gzip data and was not read`);
  return false;
}

/** Takes the header; the reason when it cannot. */
async function skipHeader(feed: Feed): Promise<string | null> {
  const cut = 'the header is cut off';
  if (!(await feed.fill(10))) return cut;
  const [, , method, flags = 0] = feed.head;
  if (method !== 8) return `expected compression method 8 (deflate), came ${method}`;
  if ((flags & 0xe0) !== 0) return 'the header has reserved flags set';
  feed.take(10);
  if ((flags & FLAG_EXTRA) !== 0) {
    if (!(await feed.fill(2))) return cut;
    const [low = 0, high = 0] = feed.take(2);
    const length = low | (high << 8);
    if (!(await feed.fill(length))) return cut;
    feed.take(length);
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    let length = 0;
    do {
      if (length > HEADER_TEXT_BYTES_MAX) return 'a name or comment in the header has no end';
      if (!(await feed.fill(1))) return cut;
      length++;
    } while (feed.take(1)[0] !== 0);
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) {
    if (!(await feed.fill(2))) return cut;
    feed.take(2);
  }
  return null;
}

/** Zstandard: RFC 8878, any number of frames, skippable ones passed over. */
import type { Expansion } from './expansion.ts';
import type { Feed } from './feed.ts';
import { inflateFrom, inflateSmall } from './inflate.ts';
import type { InputReport } from './report.ts';

const SMALL_BYTES = 64 * 1024;
/** How zlib says that no frame starts where one could: it takes frames that follow each other as one stream. */
const NO_FRAME = /unknown frame descriptor/i;

export function isZstdFrame(head: Uint8Array): boolean {
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
}

export function isSkippableFrame(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
}

export async function* unzstd(feed: Feed, expansion: Expansion, report: InputReport): AsyncGenerator<Uint8Array> {
  let small = false;
  for (let frame = 1; await feed.fill(1); frame++) {
    await feed.fill(8);
    if (isSkippableFrame(feed.head)) {
      if (!(await skip(feed))) report.add(`byte ${feed.position}`, `zstd frame ${frame}: it is cut off`);
      continue;
    }
    if (!isZstdFrame(feed.head)) {
      report.add(`byte ${feed.position}`, `what follows zstd frame ${frame - 1} is no zstd data and was not read`);
      return;
    }
    const start = feed.position;
    const whole = small ? await inflateSmall(feed, 'zstd') : null;
    if (whole !== null) {
      const bomb = expansion.add(whole.length);
      if (bomb !== null) {
        report.add(`byte ${feed.position}`, `zstd frame ${frame}: ${bomb}; reading stopped here`);
        return;
      }
      if (whole.length > 0) yield whole;
      continue;
    }
    let size = 0;
    const data = inflateFrom(feed, 'zstd', expansion);
    for (let next = await data.next(); ; next = await data.next()) {
      if (next.done !== true) {
        size += next.value.length;
        yield next.value;
        continue;
      }
      const { kind, reason } = next.value;
      if (kind === 'end' || (kind === 'damaged' && NO_FRAME.test(reason))) break;
      const followed = kind === 'bomb' ? 'reading stopped here' : `${size} bytes of it were read`;
      report.add(`byte ${feed.position}`, `zstd frame ${frame}: ${reason}; ${followed}`);
      return;
    }
    small = feed.position - start <= SMALL_BYTES;
  }
}

/** Takes a skippable frame: magic, length, that many bytes. False when it is cut off. */
async function skip(feed: Feed): Promise<boolean> {
  if (!(await feed.fill(8))) {
    feed.take(feed.head.length);
    return false;
  }
  const header = feed.take(8);
  let left = new DataView(header.buffer, header.byteOffset).getUint32(4, true);
  while (left > 0) {
    if (!(await feed.fill(1))) return false;
    left -= feed.take(Math.min(left, feed.head.length)).length;
  }
  return true;
}

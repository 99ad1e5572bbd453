/** The text of a row that has no line: of an opened frame. */
import { FrameWriter } from './frame.ts';
import type { Kernel } from './kernel.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, KEY, OPEN_ARRAY, OPEN_OBJECT, STRING } from './kinds.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACES: Readonly<Record<number, number>> = {
  [OPEN_OBJECT]: 0x7b,
  [CLOSE_OBJECT]: 0x7d,
  [OPEN_ARRAY]: 0x5b,
  [CLOSE_ARRAY]: 0x5d,
};

/** The event of a row as compact JSON, its tokens' bytes as they came. */
export function rowText(kernel: Kernel, row: number): Uint8Array {
  const { bytes, words } = kernel;
  const w = kernel.rowsAt + row * 4;
  const root = kernel.get('nodes');
  const chain: number[] = [];
  for (let node = words[w]; node !== root; node = words[(node >> 2) + 7]) chain.push(node >> 2);
  const entries = kernel.entriesAt;
  let code = kernel.codesAt + words[w + 1];
  const out = new FrameWriter(4096);
  out.byte(BRACES[OPEN_OBJECT]);
  let first = true;
  for (let i = chain.length - 1; i >= 0; i--) {
    const node = chain[i];
    const type = words[node + 3];
    if (type === KEY) {
      // `,"key":`
      const skipped = first ? 1 : 0;
      out.copy(bytes, words[node + 1] + skipped, words[node + 2] - skipped);
      first = true;
      const next = i === 0 ? 0 : words[chain[i - 1] + 3];
      if (next === OPEN_OBJECT || next === OPEN_ARRAY) continue;
    }
    const brace = BRACES[type];
    const closes = type === CLOSE_OBJECT || type === CLOSE_ARRAY;
    if (!first && !closes) out.byte(COMMA);
    first = type === OPEN_OBJECT || type === OPEN_ARRAY;
    if (brace !== undefined) {
      out.byte(brace);
      continue;
    }
    const entry = entries + words[code++] * 8;
    const quoted = (words[entry + 2] & 0xff) === STRING;
    if (quoted) out.byte(QUOTE);
    out.copy(bytes, words[entry], words[entry + 1]);
    if (quoted) out.byte(QUOTE);
  }
  out.byte(BRACES[CLOSE_OBJECT]);
  return out.bytes();
}

import { Ready } from './literal.ts';
import type { Page } from './page.ts';
import { writeFiletime, writeSystemtime } from './time.ts';
import * as T from './types.ts';
import type { JsonWriter } from './writer.ts';

const TRUE = new Ready('true');
const FALSE = new Ready('false');

const eight = new DataView(new ArrayBuffer(8));

/** Shortest decimal that reads back as the number, spelt as evtx_dump spells it: `1.0`, `1e+20`, `1e-7`, `inf`, `NaN`. */
export function floatText(value: number, shortest = value): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(shortest);
  if (size >= 1e16 || size < 1e-5) return shortest.toExponential();
  const text = String(shortest);
  return text.includes('.') || text.includes('e') ? text : `${text}.0`;
}

/** The decimal with fewest digits that still rounds to this single-precision number. */
export function shortestSingle(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}

/** True where the value gives no text: then an attribute is left out and an element is null. */
export function isEmpty(page: Page, type: number, from: number, size: number): boolean {
  if (type === T.NULL || size === 0) return true;
  if (type === T.STRING || type === T.XML) return size < 2 || page.u16(from) === 0;
  if (type !== T.ANSI_STRING) return false;
  let at = from;
  while (at < from + size && page.bytes[at] === 0) at++;
  return at === from + size;
}

/**
 * Writes one value that is not empty, no array and no BinXML: `quoted` with quotes where JSON needs them, otherwise as
 * the inside of a string. Sizes that do not fit the type are written as bytes in hexadecimal, so that nothing is made up.
 */
export function writeValue(
  out: JsonWriter,
  page: Page,
  type: number,
  from: number,
  size: number,
  quoted: boolean,
): void {
  if (type === T.STRING) {
    if (quoted) out.string(page.view, from, size);
    else out.units(page.view, from, size);
    return;
  }
  const fits = size >= T.WIDTH[type];
  const quote = quoted && !(fits && T.BARE[type] === 1);
  if (quote) out.byte(34);
  if (fits) writeText(out, page, type, from, size);
  else out.hexBytes(page.bytes, from, from + size);
  if (quote) out.byte(34);
}

function writeText(out: JsonWriter, page: Page, type: number, from: number, size: number): void {
  const { bytes } = page;
  switch (type) {
    case T.XML:
      out.units(page.view, from, size);
      break;
    case T.ANSI_STRING:
      out.ansi(bytes, from, from + size);
      break;
    case T.INT8:
      signed(out, (bytes[from] << 24) >> 24);
      break;
    case T.UINT8:
      out.decimal(bytes[from]);
      break;
    case T.INT16:
      signed(out, (page.u16(from) << 16) >> 16);
      break;
    case T.UINT16:
      out.decimal(page.u16(from));
      break;
    case T.INT32:
      signed(out, page.u32(from) | 0);
      break;
    case T.UINT32:
      out.decimal(page.u32(from));
      break;
    case T.INT64:
      int64(out, page.u32(from), page.u32(from + 4) | 0);
      break;
    case T.UINT64:
      uint64(out, page.u32(from), page.u32(from + 4));
      break;
    case T.FLOAT: {
      eight.setUint32(0, page.u32(from));
      const value = eight.getFloat32(0);
      out.ascii(floatText(value, shortestSingle(value)));
      break;
    }
    case T.DOUBLE:
      eight.setUint32(0, page.u32(from + 4));
      eight.setUint32(4, page.u32(from));
      out.ascii(floatText(eight.getFloat64(0)));
      break;
    case T.BOOL: {
      const value = page.u32(from) | 0;
      if (value === 1) out.all(TRUE);
      else if (value === 0) out.all(FALSE);
      else signed(out, value);
      break;
    }
    case T.GUID:
      out.guid(bytes, from);
      break;
    case T.SIZE_T:
    case T.HANDLE:
      if (size === 4) out.hexNumber(0, page.u32(from));
      else if (size === 8) out.hexNumber(page.u32(from + 4), page.u32(from));
      else out.hexBytes(bytes, from, from + size);
      break;
    case T.FILETIME:
      writeFiletime(out, page.u32(from), page.u32(from + 4));
      break;
    case T.SYSTEMTIME:
      writeSystemtime(out, page, from);
      break;
    case T.SID:
      sid(out, page, from, size);
      break;
    case T.HEX_INT32:
      out.hexNumber(0, page.u32(from));
      break;
    case T.HEX_INT64:
      out.hexNumber(page.u32(from + 4), page.u32(from));
      break;
    default:
      out.hexBytes(bytes, from, from + size);
  }
}

function signed(out: JsonWriter, value: number): void {
  if (value < 0) out.byte(45);
  out.decimal(Math.abs(value));
}

function uint64(out: JsonWriter, low: number, high: number): void {
  if (high < 2 ** 21) out.decimal(high * 2 ** 32 + low);
  else out.ascii(((BigInt(high) << 32n) | BigInt(low)).toString());
}

function int64(out: JsonWriter, low: number, high: number): void {
  if (high >= 0) uint64(out, low, high);
  else out.ascii(((BigInt(high) << 32n) | BigInt(low)).toString());
}

/** [MS-DTYP] 2.4.2: revision, count, 48-bit big-endian authority, `count` little-endian sub-authorities. */
function sid(out: JsonWriter, page: Page, from: number, size: number): void {
  const { bytes } = page;
  if (size < 8 || size < 8 + 4 * bytes[from + 1]) {
    out.hexBytes(bytes, from, from + size);
    return;
  }
  out.byte(83);
  out.byte(45);
  out.decimal(bytes[from]);
  out.byte(45);
  let authority = 0;
  for (let i = 2; i < 8; i++) authority = authority * 256 + bytes[from + i];
  out.decimal(authority);
  for (let i = 0; i < bytes[from + 1]; i++) {
    out.byte(45);
    out.decimal(page.u32(from + 8 + 4 * i));
  }
}

/** End of the item of an array that begins at `at`, `to` when it is the last; -1 where items of this type cannot be told apart. */
export function itemEnd(page: Page, type: number, at: number, to: number, size: number): number {
  const { bytes } = page;
  switch (type) {
    case T.STRING: {
      let end = at;
      while (end + 1 < to && page.u16(end) !== 0) end += 2;
      return end + 1 < to ? end + 2 : to;
    }
    case T.ANSI_STRING: {
      const end = bytes.indexOf(0, at);
      return end < 0 || end >= to ? to : end + 1;
    }
    case T.SID: {
      const end = at + 8 + 4 * bytes[at + 1];
      return end <= to ? end : -1;
    }
    case T.SIZE_T:
      // Its width is the writing machine's: 8 where the array allows it.
      return at + (size % 8 === 0 ? 8 : 4);
    default:
      return T.WIDTH[type] === 0 ? -1 : at + T.WIDTH[type];
  }
}

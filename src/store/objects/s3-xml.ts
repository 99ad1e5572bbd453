/** The two answers of S3 that are XML. Read with indexOf alone, in linear time: whoever answers may be hostile. */
import { printable } from '../../base/index.ts';
import type { ObjectInfo } from './types.ts';

export interface S3Page {
  readonly objects: readonly ObjectInfo[];
  /** Null behind the last page. */
  readonly next: string | null;
}

/** Null where it is no listing. */
export function readListing(xml: string): S3Page | null {
  if (!xml.includes('<ListBucketResult')) return null;
  const objects: ObjectInfo[] = [];
  for (let at = xml.indexOf('<Contents>'); at >= 0; ) {
    const end = xml.indexOf('</Contents>', at);
    if (end < 0) return null;
    const entry = xml.slice(at, end);
    const key = element(entry, 'Key');
    const size = element(entry, 'Size');
    if (key === null || size === null || !/^\d{1,15}$/.test(size)) return null;
    objects.push({ key, size: Number(size) });
    at = xml.indexOf('<Contents>', end);
  }
  const more = element(xml, 'IsTruncated');
  if (more === 'false') return { objects, next: null };
  const next = element(xml, 'NextContinuationToken');
  return more === 'true' && next !== null && next !== '' ? { objects, next } : null;
}

/** `AccessDenied: …`, or nothing where no reason was given. */
export function readReason(xml: string): string {
  const parts = [element(xml, 'Code'), element(xml, 'Message')].filter((part) => part !== null && part !== '');
  return printable(parts.join(': ')).slice(0, 300);
}

/** Whether it says that the bucket is there and the object is not: any other 404 may be of a bucket that is gone, or of a gateway. */
export function saysNoSuchKey(xml: string): boolean {
  return element(xml, 'Code') === 'NoSuchKey';
}

function element(xml: string, name: string): string | null {
  const from = xml.indexOf(`<${name}>`);
  if (from < 0) return null;
  const to = xml.indexOf(`</${name}>`, from);
  return to < 0 ? null : decoded(xml.slice(from + name.length + 2, to));
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name as string] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

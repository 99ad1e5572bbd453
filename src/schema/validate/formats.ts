/** Whether texts are what they claim to be: addresses, hashes, hardware addresses, numbers of techniques. */
import type { Format } from '../catalogue/index.ts';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** IPv4 or IPv6, the latter with or without a zone (`fe80::1%eth0`). */
export function isAddress(text: string): boolean {
  if (text.length > 64) return false;
  if (!text.includes(':')) return IPV4.test(text);
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  if (zone === text.length - 1) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = all.at(-1) ?? '';
  const four = last.includes('.');
  if (four && (!IPV4.test(last) || address.endsWith(':'))) return false;
  if (!all.slice(0, four ? -1 : undefined).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const width = all.length + (four ? 1 : 0);
  return halves.length === 2 ? width < 8 : width === 8;
}

const HEX_DIGITS: Readonly<Partial<Record<Format, number>>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  imphash: 32,
};

/** What is wrong with a text of this format, or null. */
export function formatProblem(format: Format, text: string): { readonly code: string; readonly reason: string } | null {
  const digits = HEX_DIGITS[format];
  if (digits !== undefined) {
    if (text.length === digits && /^[0-9a-fA-F]+$/.test(text)) return null;
    return { code: 'integrity.hash', reason: `${format} has ${digits} hexadecimal digits` };
  }
  if (format === 'mac') {
    if (/^(?:[0-9a-fA-F]{2}([-:]?))(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$/.test(text)) return null;
    if (/^(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}$/.test(text)) return null;
    return { code: 'integrity.mac', reason: 'a hardware address has six pairs of hexadecimal digits' };
  }
  if (format === 'port') {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return null;
    return { code: 'integrity.port', reason: 'a port is a number from 0 to 65535' };
  }
  if (/^T[0-9]{4}(?:\.[0-9]{3})?$/.test(text)) return null;
  return { code: 'integrity.technique', reason: 'ATT&CK numbers techniques T1059 or T1059.001' };
}

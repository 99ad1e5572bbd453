/** IPv4 addresses and ranges, as numbers of 32 bits. */

const ADDRESS = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** The address as an unsigned number; null for what is none. Leading zeros are refused: octal to some, decimal to others. */
export function parseIpv4(text: string): number | null {
  if (text.length > 15) return null;
  const match = ADDRESS.exec(text);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  return parts.some((part) => part > 255) ? null : parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** `10.0.0.0/8`, or an address alone; null for what is neither. */
export function parseIpv4Network(text: string): { readonly address: number; readonly bits: number } | null {
  const match = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(text.slice(0, 32));
  const address = match === null ? null : parseIpv4(match[1]);
  if (match === null || address === null || text.length > 32) return null;
  const bits = match[2] === undefined ? 32 : Number(match[2]);
  return bits > 32 ? null : { address, bits };
}

/** The address of a number of 32 bits. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** IP addresses and networks for `cidr`. IPv4 lives inside IPv6 as ::ffff:a.b.c.d, so a mapped address matches its IPv4 networks. */
import type { Address } from './model.ts';

/** An address as eight 16-bit groups; IPv4 in mapped form. Null for what is no address. */
export function parseAddress(text: string): Address | null {
  if (text.length > 45) return null;
  if (text.includes(':')) {
    const groups = parseIpv6(text);
    return groups === null ? null : { groups, four: false };
  }
  const four = parseIpv4(text);
  return four === null ? null : { groups: Uint16Array.of(0, 0, 0, 0, 0, 0xffff, four[0], four[1]), four: true };
}

function parseIpv6(text: string): Uint16Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return Uint16Array.from([...head, ...new Array<number>(Math.max(missing, 0)).fill(0), ...tail]);
}

/** Groups of one side of `::`; the last may be a dotted IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const four = last && i === parts.length - 1 ? parseIpv4(part) : null;
      if (four === null) return null;
      groups.push(four[0], four[1]);
    }
  }
  return groups;
}

/** Two groups of a dotted address; leading zeros are refused, since they are octal to some and decimal to others. */
function parseIpv4(text: string): [number, number] | null {
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text);
  if (match === null) return null;
  const [a, b, c, d] = [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])];
  if (a > 255 || b > 255 || c > 255 || d > 255) return null;
  return [a * 256 + b, c * 256 + d];
}

/** Network as address groups and prefix length over 128 bits (an IPv4 prefix plus 96). */
export interface Network {
  readonly groups: Uint16Array;
  readonly bits: number;
}

/** Parses `10.0.0.0/8`, `fe80::/10`, or an address alone; null when it is neither. Bits behind the prefix are ignored. */
export function parseNetwork(text: string): Network | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  if (match === null) return null;
  const address = parseAddress(match[1]);
  if (address === null) return null;
  const { groups, four } = address;
  const written = match[2] === undefined ? (four ? 32 : 128) : Number(match[2]);
  if (written > (four ? 32 : 128)) return null;
  return { groups, bits: four ? written + 96 : written };
}

/** Why the text is no network, or null when it is one. */
export function networkError(text: string): string | null {
  return parseNetwork(text) === null ? `${JSON.stringify(text)} is no network like 10.0.0.0/8 or fe80::/10` : null;
}

/** Whether the address is in the network. `::/0` and the like hold mapped addresses but not plain IPv4. */
export function inNetwork({ groups, four }: Address, network: Network): boolean {
  if (network.bits < 96 && four) return false;
  const whole = network.bits >> 4;
  for (let i = 0; i < whole; i++) if (groups[i] !== network.groups[i]) return false;
  const rest = network.bits & 15;
  return rest === 0 || (groups[whole] ^ network.groups[whole]) >> (16 - rest) === 0;
}

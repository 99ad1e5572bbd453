/** IPv4 addresses and networks. */
import { formatIpv4, parseIpv4, parseIpv4Network } from '../ipv4.ts';
import { itemsOf, type Value, type Values } from '../value.ts';
import { textOf, toLong } from './convert.ts';
import { ARGUMENTS_MAX, all, type FunctionEntry, one } from './entry.ts';

/** The first bits of an address as a number. */
const prefix = (address: number, bits: number): number => (bits === 0 ? 0 : Math.floor(address / 2 ** (32 - bits)));

/** Whether two addresses or networks agree as far as both and the mask reach; null where one is none. */
function agree(a: Value, b: Value, mask = 32): boolean | null {
  const order = compared(a, b, mask);
  return order === null ? null : order === 0n;
}

function compared(a: Value, b: Value, mask: number): bigint | null {
  const [x, y] = [parseIpv4Network(textOf(a)), parseIpv4Network(textOf(b))];
  if (x === null || y === null || !(mask >= 0 && mask <= 32)) return null;
  const bits = Math.min(x.bits, y.bits, mask);
  return BigInt(Math.sign(prefix(x.address, bits) - prefix(y.address, bits)));
}

export function inRange([address, range]: readonly Value[]): Value {
  const ip = parseIpv4(textOf(address));
  const network = parseIpv4Network(textOf(range));
  if (ip === null || network === null) return null;
  return prefix(ip, network.bits) === prefix(network.address, network.bits);
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

function isPrivate([address]: readonly Value[]): Value {
  if (parseIpv4(textOf(address)) === null) return null;
  return PRIVATE.some((range) => inRange([address, range]) === true);
}

function inAny([addresses, ...ranges]: readonly Values[]): Values {
  const networks = ranges.flatMap(itemsOf);
  return addresses.map((address) => {
    const held = networks.map((range) => inRange([address, range]));
    return held.includes(true) ? true : held.every((value) => value === null) ? null : false;
  });
}

const mask = (value: Value | undefined): number => (value === undefined ? 32 : Number(toLong(value) ?? Number.NaN));

const ADDRESS = /(?<![0-9.])\d{1,3}(?:\.\d{1,3}){3}(?![0-9]|\.[0-9])/g;

/** Addresses that stand in a text with no digit or dot beside them. */
const addressesIn = (text: Value): string[] => textOf(text).match(ADDRESS) ?? [];

export const ADDRESSES: Readonly<Record<string, FunctionEntry>> = {
  ipv4_is_in_range: one(
    'ipv4_is_in_range(address, range)',
    'whether an IPv4 address is in a range like 10.0.0.0/8; null where either is none',
    ['string', 'string'],
    'bool',
    inRange,
  ),
  ipv4_is_in_any_range: all(
    'ipv4_is_in_any_range(address, range, …)',
    'whether an IPv4 address is in one of the ranges, or of a list of them',
    ['string', 'dynamic'],
    'bool',
    inAny,
    { most: ARGUMENTS_MAX },
  ),
  ipv4_is_private: one(
    'ipv4_is_private(address)',
    'whether an IPv4 address is of 10/8, 172.16/12 or 192.168/16; null where it is none',
    ['string'],
    'bool',
    isPrivate,
  ),
  ipv4_is_match: one(
    'ipv4_is_match(address, address[, bits])',
    'whether two addresses or ranges agree as far as both, and the bits, reach',
    ['string', 'string', 'long'],
    'bool',
    ([a, b, bits]) => agree(a, b, mask(bits)),
    { least: 2 },
  ),
  ipv4_compare: one(
    'ipv4_compare(address, address[, bits])',
    '-1, 0 or 1 as the first is less, the same or greater, as far as both, and the bits, reach',
    ['string', 'string', 'long'],
    'long',
    ([a, b, bits]) => compared(a, b, mask(bits)),
    { least: 2 },
  ),
  ipv4_netmask_suffix: one(
    'ipv4_netmask_suffix(range)',
    'the bits of a range: 24 of 10.1.2.0/24, 32 of an address',
    ['string'],
    'long',
    ([x]) => {
      const network = parseIpv4Network(textOf(x));
      return network === null ? null : BigInt(network.bits);
    },
  ),
  parse_ipv4: one(
    'parse_ipv4(address)',
    'an IPv4 address as a number; of a range, that of its network',
    ['string'],
    'long',
    ([x]) => {
      const network = parseIpv4Network(textOf(x));
      return network === null ? null : BigInt(prefix(network.address, network.bits)) << BigInt(32 - network.bits);
    },
  ),
  format_ipv4: one(
    'format_ipv4(address[, bits])',
    'a number or an address as an address, only its first bits',
    ['dynamic', 'long'],
    'string',
    ([x, bits]) => {
      const address = typeof x === 'bigint' ? Number(x) : parseIpv4(textOf(x));
      const kept = mask(bits);
      if (address === null || !(address >= 0 && address < 2 ** 32) || !(kept >= 0 && kept <= 32)) return '';
      return formatIpv4(prefix(address, kept) * 2 ** (32 - kept));
    },
    { least: 1 },
  ),
  has_ipv4: one(
    'has_ipv4(text, address)',
    'whether an IPv4 address stands in a text, with no digit or dot beside it',
    ['string', 'string'],
    'bool',
    ([text, address]) => {
      const wanted = parseIpv4(textOf(address));
      return wanted !== null && addressesIn(text).some((found) => parseIpv4(found) === wanted);
    },
  ),
  has_any_ipv4: all(
    'has_any_ipv4(text, address, …)',
    'whether one of the IPv4 addresses, or of a list of them, stands in a text',
    ['string', 'dynamic'],
    'bool',
    ([texts, ...rest]) => {
      const wanted = new Set(rest.flatMap(itemsOf).map((address) => parseIpv4(textOf(address))));
      wanted.delete(null);
      return [texts.some((text) => addressesIn(text).some((found) => wanted.has(parseIpv4(found))))];
    },
    { most: ARGUMENTS_MAX },
  ),
};

/** Addresses as 128 bits or 32; what is no address is null. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function parseV4(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | null {
  let body = text;
  const dotted = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(body);
  if (dotted !== null) {
    const low = parseV4(dotted[2] ?? '');
    if (low === null) return null;
    body = `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  }
  const halves = body.split('::');
  if (halves.length > 2) return null;
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const head = groups(halves[0] ?? '');
  const tail = groups(halves[1] ?? '');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

export function parseAddress(text: string): Address | null {
  if (text.includes(':')) {
    const value = parseV6(text);
    return value === null ? null : { bits: 128, value };
  }
  const value = parseV4(text);
  return value === null ? null : { bits: 32, value };
}

const MAPPED = 0xffffn;

/** `10.0.0.0/8`, `fe80::/10`, or one address. Null where it is neither. */
export function network(text: string): ((value: string) => boolean) | null {
  const [base = '', length, ...rest] = text.split('/');
  const address = parseAddress(base);
  if (address === null || rest.length > 0 || (length !== undefined && !/^[0-9]{1,3}$/.test(length))) return null;
  const prefix = length === undefined ? address.bits : Number(length);
  if (prefix > address.bits) return null;
  const inside = (candidate: Address, bits: number, value: bigint, fixed: number): boolean =>
    candidate.bits === bits && candidate.value >> BigInt(bits - fixed) === value >> BigInt(bits - fixed);
  const mappedNetwork = address.bits === 128 && prefix >= 96 && address.value >> 32n === MAPPED;
  return (value) => {
    const found = parseAddress(value);
    if (found === null) return false;
    if (inside(found, address.bits, address.value, prefix)) return true;
    // An IPv4-mapped IPv6 address is the IPv4 address, on either side.
    const low = 0xffffffffn;
    if (found.bits === 128 && found.value >> 32n === MAPPED)
      return inside({ bits: 32, value: found.value & low }, address.bits, address.value, prefix);
    return mappedNetwork && inside(found, 32, address.value & low, prefix - 96);
  };
}

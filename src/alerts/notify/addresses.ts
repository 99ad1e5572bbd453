/**
 * Which addresses a webhook may be sent to. Whoever can configure one could otherwise have weir knock at services that trust
 * its network (server-side request forgery): cloud metadata, databases, weir itself.
 */
import { BlockList, isIP } from 'node:net';
import { WeirError } from '../../base/index.ts';

/** IANA special-purpose registries (RFC 6890 and successors), without what is reachable globally; then multicast and reserved. */
const NOT_PUBLIC: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  // IPv4 in IPv6 clothes: what stands inside is not looked into. Plain mapped addresses are, by BlockList itself.
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** A function that says whether an address must not be connected to. Throws `notify.network` for what is no network. */
export function addressGuard(allowed: 'any' | readonly string[]): (address: string) => boolean {
  if (allowed === 'any') return () => false;
  const denied = networks(NOT_PUBLIC);
  const permitted = networks(allowed);
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return isIP(address) === 0 || (denied.check(address, family) && !permitted.check(address, family));
  };
}

function networks(list: readonly string[]): BlockList {
  const result = new BlockList();
  for (const text of list) {
    const [address, prefix] = text.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || bits < 0 || bits > (family === 6 ? 128 : 32)) {
      throw new WeirError('notify.network', `${JSON.stringify(text)} is not a network`, {
        hint: 'Write an address and the length of its prefix, such as 10.1.0.0/16 or fd00::/8.',
      });
    }
    result.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return result;
}

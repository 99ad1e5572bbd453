/** Larkfield Instruments, a company that does not exist: its people, machines and addresses. */

export const DOMAIN = 'larkfield.example';
export const NETBIOS = 'LARKFIELD';
export const AWS_ACCOUNT = '111122223333';
export const TENANT = '7d0f6a4e-3c1b-4f6a-9a52-0c8e1f2b7d34';

export interface Person {
  readonly user: string;
  readonly name: string;
  /** Their workstation and its address. */
  readonly host: string;
  readonly address: string;
}

const NAMES = [
  'Ana Duarte',
  'Ben Whitlock',
  'Chidi Eze',
  'Dilys Pugh',
  'Erik Sandvik',
  'Farah Aziz',
  'Marta Okafor',
  'Henry Boyle',
  'Ines Moreau',
  'Jun Takeda',
] as const;

export const PEOPLE: readonly Person[] = NAMES.map((name, i) => ({
  user: name.toLowerCase().replace(' ', '.'),
  name,
  host: `LF-WS-${String(i + 1).padStart(2, '0')}`,
  address: `10.20.4.${21 + i}`,
}));

const found = PEOPLE.find(({ user }) => user === 'marta.okafor');
if (found === undefined) throw new Error('the story needs Marta');
/** Who opens the attachment. */
export const MARTA: Person = found;

export const DC = { host: 'LF-DC-01', address: '10.20.1.10' } as const;
export const FILES = { host: 'LF-FS-01', address: '10.20.1.20' } as const;
export const SHOP = { host: 'shop-01', address: '10.20.8.5' } as const;
export const OFFICE_ADDRESS = '192.0.2.10';

/** Addresses of the intruder; all from the ranges kept for documentation (RFC 5737). */
export const INTRUDER = { server: '203.0.113.66', scanner: '203.0.113.201', exit: '198.51.100.77' } as const;

export const fqdn = (host: string): string => `${host}.${DOMAIN}`;
export const account = (user: string): string => `${NETBIOS}\\${user}`;
export const mail = (user: string): string => `${user}@${DOMAIN}`;

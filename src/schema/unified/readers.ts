/**
 * How values are read that sources write differently: one text in, one text or nothing (absent) out. Run once per distinct
 * value, never per event.
 */

export type Reader = (text: string) => string | null;

/** Below this many digits hexadecimal numbers are read; longer ones are no process ids, ports or sizes. */
const HEX = /^0[xX][0-9a-fA-F]{1,16}$/;

const afterLast = (text: string, separators: RegExp): string => text.split(separators).at(-1) ?? '';

function hashNamed(name: string): Reader {
  const prefix = `${name}=`;
  // Sysmon: `SHA1=…,MD5=…`, whatever the case of the names.
  return (text) => {
    if (text.length > 4096) return null;
    const found = text.split(',').find((part) => part.trim().toUpperCase().startsWith(prefix));
    return found === undefined ? null : found.trim().slice(prefix.length);
  };
}

/** `address`, `address:port` or `[address]:port`; nothing where it begins with neither digits nor colons, as host names do. */
function address(text: string): string | null {
  const bracketed = /^\[([0-9a-fA-F:.%]+)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return bracketed[1];
  const four = /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?$/.exec(text);
  if (four !== null) return four[1];
  return text.includes(':') && /^[0-9a-fA-F:.%]+$/.test(text) ? text : null;
}

const HIVE = /^(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+)(?=\\|$)/i;

const OS_TYPES: Readonly<Record<string, string>> = {
  windows: 'windows',
  win: 'windows',
  linux: 'linux',
  lin: 'linux',
  debian: 'linux',
  ubuntu: 'linux',
  rhel: 'linux',
  centos: 'linux',
  macos: 'macos',
  mac: 'macos',
  darwin: 'macos',
  unix: 'unix',
};

export const READERS = {
  /** Decimal digits of an integer that may be written in hexadecimal. */
  integer: (text) => (HEX.test(text) ? String(BigInt(text)) : text),
  basename: (text) => afterLast(text, /[\\/]/) || null,
  directory: (text) => {
    const end = Math.max(text.lastIndexOf('\\'), text.lastIndexOf('/'));
    return end <= 0 ? null : text.slice(0, end);
  },
  extension: (text) => {
    const name = afterLast(text, /[\\/]/);
    const dot = name.lastIndexOf('.');
    return dot <= 0 || dot === name.length - 1 ? null : name.slice(dot + 1).toLowerCase();
  },
  /** `DOMAIN\name` or `name`. */
  account: (text) => text.slice(text.indexOf('\\') + 1) || null,
  account_domain: (text) => (text.includes('\\') ? text.slice(0, text.indexOf('\\')) : null),
  md5: hashNamed('MD5'),
  sha1: hashNamed('SHA1'),
  sha256: hashNamed('SHA256'),
  imphash: hashNamed('IMPHASH'),
  hive: (text) => HIVE.exec(text)?.[0] ?? null,
  /** What stands behind the hive. */
  registry_key: (text) => {
    const hive = HIVE.exec(text)?.[0];
    return hive === undefined ? text : text.slice(hive.length + 1) || null;
  },
  address,
  /** A port, where nothing is written as -1 too. */
  port: (text) => (text === '-1' ? null : text),
  /** `Yes` and `No` of cloud audit records. */
  mfa: (text) => (text.toLowerCase() === 'yes' ? 'true' : text.toLowerCase() === 'no' ? 'false' : text),
  /** The large families by their names; nothing for what is none of them. */
  os_type: (text) => OS_TYPES[text.toLowerCase()] ?? null,
  /** A time; nothing for one of the old syslog form (`Feb 22 20:23:03`), which has no year and so is no date. */
  dated: (text) => (/^[A-Z][a-z]{2} {1,2}\d/.test(text) ? null : text),
  lower: (text) => text.toLowerCase(),
  /** Words for success and failure to those of ECS; nothing where it is neither. */
  outcome: (text) => {
    const word = text.toLowerCase();
    if (/^(?:success|succeeded|true|allow|0)/.test(word)) return 'success';
    return /^(?:fail|false|deny|denied|error|block)/.test(word) ? 'failure' : null;
  },
} satisfies Record<string, Reader>;

export type ReaderName = keyof typeof READERS;

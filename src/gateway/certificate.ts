/** X.509 certificates (RFC 5280) with ECDSA keys on P-256: an authority of one's own, and servers it vouches for. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import { randomBytes } from '../base/index.ts';
import { bits, integer, octets, oid, pem, sequence, set, tagged, time, truth, utf8 } from './der.ts';

/** Both as PEM. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = oid('2.5.4.3');
/** RFC 5280, appendix A: longest common name. */
const COMMON_NAME_MAX = 64;

/** Bits of KeyUsage, first bit first. */
const KEY_USAGE = {
  digitalSignature: bits(Buffer.from([0x80]), 7),
  certificatesAndLists: bits(Buffer.from([0x06]), 1),
};

export function makeAuthority(name: string, validity: Validity): CertifiedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    // An authority, but none that may vouch for further ones.
    extension('2.5.29.19', sequence(truth(), integer(Buffer.from([0]))), true),
    extension('2.5.29.15', KEY_USAGE.certificatesAndLists, true),
    extension('2.5.29.14', octets(keyIdentifier(publicKey)), false),
  ];
  return certify({ subject: name, issuer: name, publicKey, privateKey, signer: privateKey, validity, extensions });
}

/** A certificate of a server for these host names and IP addresses, by an authority from {@link makeAuthority}. */
export function issueCertificate(
  authority: { readonly cert: string; readonly key: KeyObject },
  hosts: readonly string[],
  validity: Validity,
): CertifiedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const parent = new X509Certificate(authority.cert);
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', KEY_USAGE.digitalSignature, true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')), false),
    extension('2.5.29.17', sequence(...hosts.map(alternativeName)), false),
    extension('2.5.29.14', octets(keyIdentifier(publicKey)), false),
    extension(
      '2.5.29.35',
      sequence(
        tagged(0, keyIdentifier(createPublicKey(parent.publicKey.export({ type: 'spki', format: 'pem' }))), false),
      ),
      false,
    ),
  ];
  const subject = hosts.find((host) => host.length <= COMMON_NAME_MAX) ?? 'weir';
  const issuer = parent.subject.replace(/^CN=/, '');
  return certify({ subject, issuer, publicKey, privateKey, signer: authority.key, validity, extensions });
}

interface Certification {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly signer: KeyObject;
  readonly validity: Validity;
  readonly extensions: readonly Buffer[];
}

function certify(wanted: Certification): CertifiedKey {
  const body = sequence(
    tagged(0, integer(Buffer.from([2])), true), // version 3
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    distinguishedName(wanted.issuer),
    sequence(time(wanted.validity.fromMs), time(wanted.validity.untilMs)),
    distinguishedName(wanted.subject),
    wanted.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...wanted.extensions), true),
  );
  const certificate = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, wanted.signer)));
  return {
    cert: pem('CERTIFICATE', certificate),
    key: wanted.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Positive, and never 0. */
function serialNumber(): Buffer {
  const bytes = Buffer.from(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

const distinguishedName = (commonName: string): Buffer => sequence(set(sequence(COMMON_NAME, utf8(commonName))));

const extension = (id: string, value: Uint8Array, critical: boolean): Buffer =>
  sequence(oid(id), ...(critical ? [truth()] : []), octets(value));

/** RFC 5280, 4.2.1.2, method 1: SHA-1 of the key's bits, which are the last 65 bytes of its encoding. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha1').update(point).digest();
}

/** RFC 5280, 4.2.1.6: dNSName 2, iPAddress 7. */
function alternativeName(host: string): Buffer {
  const version = isIP(host);
  return version === 0 ? tagged(2, Buffer.from(host, 'ascii'), false) : tagged(7, addressBytes(host, version), false);
}

/** 4 or 16 bytes in network order. */
export function addressBytes(address: string, version: number): Buffer {
  if (version === 4) return Buffer.from(address.split('.').map(Number));
  // SocketAddress writes every form the same way, with `::` for a run of zeros and perhaps an IPv4 tail.
  const plain = new SocketAddress({ address: address.replace(/%.*$/, ''), family: 'ipv6' }).address;
  const hex = plain.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a, b, c, d]
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('')
      .replace(/^(....)/, '$1:'),
  );
  const [head = '', tail] = hex.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

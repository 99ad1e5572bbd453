/** Where the server's certificate comes from: files somebody else renews, or an authority of weir's own. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as path from 'node:path';
import {
  now as clock,
  fileInfo,
  fileStamp,
  makePrivateDirectory,
  randomBytes,
  readText,
  replaceFile,
  WeirError,
  writeSecretFile,
} from '../base/index.ts';
import { type CertifiedKey, issueCertificate, makeAuthority } from './certificate.ts';

export type TlsOptions =
  /** PEM files; the certificate may be followed by its chain. */
  | { readonly cert: string; readonly key: string }
  /** Certificates below this folder, good for these host names and IP addresses besides the own machine's names. */
  | { readonly auto: string; readonly hosts: readonly string[] };

export interface CertificateSource {
  current(): CertifiedKey;
  /** SHA-256 of what a client has to trust, the authority's or the server's certificate: `AB:CD:…`. */
  fingerprint(): string;
  /** The file with the authority's certificate, for clients; null where the certificate is somebody else's. */
  readonly authorityFile: string | null;
  /** Unix milliseconds. */
  expiresMs(): number;
  /** A new pair where there is one, else null. Throws `gateway.tls` where what is there now cannot be used; ask again later. */
  poll(): CertifiedKey | null;
}

const FILE_BYTES_MAX = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
const AUTHORITY_MS = 3650 * DAY_MS;
/** Clients of Apple's take no longer ones. */
const SERVER_MS = 397 * DAY_MS;
const RENEW_BEFORE_MS = 60 * DAY_MS;
/** For clients whose clock is behind. */
const EARLIER_MS = 3_600_000;
const OWN_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Throws `gateway.tls` where there is no usable certificate. */
export function certificateSource(options: TlsOptions, now: () => number = clock): CertificateSource {
  return 'auto' in options
    ? ownAuthority(options.auto, options.hosts, now)
    : certificateFiles(options.cert, options.key);
}

function certificateFiles(certFile: string, keyFile: string): CertificateSource {
  const stampOf = (): string => `${fileStamp(certFile)} ${fileStamp(keyFile)}`;
  let stamp = stampOf();
  let pair = readPair(certFile, keyFile);
  return {
    authorityFile: null,
    current: () => pair,
    fingerprint: () => new X509Certificate(pair.cert).fingerprint256,
    expiresMs: () => new X509Certificate(pair.cert).validToDate.getTime(),
    poll: () => {
      const current = stampOf();
      if (current === stamp) return null;
      // Two files cannot be replaced in one step: where they do not fit together (yet), the next poll looks again.
      pair = readPair(certFile, keyFile);
      stamp = current;
      return pair;
    },
  };
}

function readPair(certFile: string, keyFile: string): CertifiedKey {
  const refuse = (why: string, cause?: unknown): WeirError =>
    new WeirError('gateway.tls', `cannot use the certificate ${certFile} with the key ${keyFile}: ${why}`, {
      hint: 'Both are PEM files; the key must be the one the certificate was made for, without a passphrase.',
      cause,
    });
  try {
    const pair = { cert: readText(certFile, FILE_BYTES_MAX), key: readText(keyFile, FILE_BYTES_MAX) };
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair;
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
  }
  throw refuse('they do not belong together');
}

/**
 * `ca.pem`, `ca.key`, `server.pem`, `server.key` in `folder`. The authority stays, so that clients trust it once; the server's
 * certificate is made anew when hosts are added or it is about to end.
 */
function ownAuthority(folder: string, hosts: readonly string[], now: () => number): CertificateSource {
  makePrivateDirectory(folder);
  const file = (name: string): string => path.join(folder, name);
  const names = [...new Set([...hosts.map(hostName), ...OWN_NAMES])];
  if (fileInfo(file('ca.pem')) === null || fileInfo(file('ca.key')) === null) {
    const name = `weir ${Buffer.from(randomBytes(4)).toString('hex')}`;
    const made = makeAuthority(name, { fromMs: now() - EARLIER_MS, untilMs: now() + AUTHORITY_MS });
    writeSecretFile(file('ca.key'), made.key);
    replaceFile(file('ca.pem'), made.cert);
  }
  const authority = readPair(file('ca.pem'), file('ca.key'));
  const ends = new X509Certificate(authority.cert).validToDate.getTime();
  const issue = (): CertifiedKey => {
    const validity = { fromMs: now() - EARLIER_MS, untilMs: Math.min(now() + SERVER_MS, ends) };
    const made = issueCertificate({ cert: authority.cert, key: createPrivateKey(authority.key) }, names, validity);
    // With the authority behind it, so that a client may pin what it was told the fingerprint of.
    const pair = { cert: made.cert + authority.cert, key: made.key };
    writeSecretFile(file('server.key'), pair.key);
    replaceFile(file('server.pem'), pair.cert);
    return pair;
  };
  const isGood = (pair: CertifiedKey): boolean => {
    const certificate = new X509Certificate(pair.cert);
    const fits = (name: string): boolean =>
      (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
    const issued = certificate.checkIssued(new X509Certificate(authority.cert));
    return issued && names.every(fits) && certificate.validToDate.getTime() - now() > RENEW_BEFORE_MS;
  };
  const kept = (): CertifiedKey | null => {
    try {
      const pair = readPair(file('server.pem'), file('server.key'));
      return isGood(pair) ? pair : null;
    } catch (error) {
      // Whatever is wrong with it: it is ours to make anew.
      if (error instanceof WeirError) return null;
      throw error;
    }
  };
  let pair = kept() ?? issue();
  let untilMs = new X509Certificate(pair.cert).validToDate.getTime();
  return {
    authorityFile: file('ca.pem'),
    current: () => pair,
    fingerprint: () => new X509Certificate(authority.cert).fingerprint256,
    expiresMs: () => untilMs,
    poll: () => {
      if (untilMs - now() > RENEW_BEFORE_MS || untilMs >= ends) return null;
      pair = issue();
      untilMs = new X509Certificate(pair.cert).validToDate.getTime();
      return pair;
    },
  };
}

/** A host as a certificate names it: addresses without brackets, names in lower case. Throws `gateway.tls`. */
function hostName(host: string): string {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(plain) !== 0 || /^(?=.{1,253}$)(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]{0,62}\.?)+$/.test(plain)) return plain;
  throw new WeirError('gateway.tls', `a certificate cannot be made for ${JSON.stringify(host)}`, {
    hint: 'Give host names in ASCII (xn--… for others) or IP addresses.',
  });
}

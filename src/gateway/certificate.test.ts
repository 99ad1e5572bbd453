import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addressBytes, issueCertificate, makeAuthority } from './certificate.ts';
import { der, integer, oid, time } from './der.ts';
import { newFolder } from './kit.twin.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const validity = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2051, 0, 1) };

test('lengths, integers, object identifiers and times are as X.690 writes them', () => {
  assert.equal(hex(der(4, Buffer.alloc(127))).slice(0, 4), '047f');
  assert.equal(hex(der(4, Buffer.alloc(128))).slice(0, 6), '048180');
  assert.equal(hex(der(4, Buffer.alloc(256))).slice(0, 8), '04820100');
  assert.equal(hex(integer(Buffer.from([0]))), '020100');
  assert.equal(hex(integer(Buffer.from([0, 0, 0x7f]))), '02017f');
  assert.equal(hex(integer(Buffer.from([0x80]))), '02020080');
  // The example of X.690, 8.19.5, and ecdsa-with-SHA256 of RFC 5758.
  assert.equal(hex(oid('2.999.3')), '0603883703');
  assert.equal(hex(oid('1.2.840.10045.4.3.2')), '06082a8648ce3d040302');
  assert.equal(
    time(Date.UTC(2049, 11, 31, 23, 59, 59))
      .subarray(2)
      .toString(),
    '491231235959Z',
  );
  assert.equal(
    time(Date.UTC(2050, 0, 1))
      .subarray(2)
      .toString(),
    '20500101000000Z',
  );
});

test('addresses are bytes in network order, however they are written', () => {
  assert.equal(hex(addressBytes('10.1.2.255', 4)), '0a0102ff');
  assert.equal(hex(addressBytes('::', 6)), '0'.repeat(32));
  assert.equal(hex(addressBytes('::1', 6)), `${'0'.repeat(31)}1`);
  assert.equal(hex(addressBytes('fe80::1%eth0', 6)), 'fe800000000000000000000000000001');
  assert.equal(hex(addressBytes('2001:DB8:0:0:1::1', 6)), '20010db8000000000001000000000001');
  assert.equal(hex(addressBytes('::ffff:1.2.3.4', 6)), '00000000000000000000ffff01020304');
});

test('a server’s certificate is its authority’s, for its hosts alone, and may not vouch for others', () => {
  const authority = makeAuthority('weir test', validity);
  const parent = new X509Certificate(authority.cert);
  assert.deepEqual([parent.ca, parent.subject, parent.issuer], [true, 'CN=weir test', 'CN=weir test']);
  assert.ok(parent.verify(parent.publicKey));
  const key = createPrivateKey(authority.key);
  const made = issueCertificate({ cert: authority.cert, key }, ['weir.example', '10.0.0.1', '::1'], validity);
  const certificate = new X509Certificate(made.cert);
  assert.ok(certificate.verify(parent.publicKey));
  assert.ok(certificate.checkIssued(parent));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(made.key)));
  assert.equal(certificate.ca, false);
  assert.equal(certificate.subjectAltName, 'DNS:weir.example, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.validFromDate.getTime(), validity.fromMs);
  assert.equal(certificate.validToDate.getTime(), validity.untilMs);
  assert.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/);
  assert.notEqual(certificate.serialNumber, parent.serialNumber);
});

test('OpenSSL, as strict as it can be, takes the chain', (t) => {
  const folder = newFolder();
  const authority = makeAuthority('weir test', { ...validity, untilMs: Date.UTC(2049, 0, 1) });
  const made = issueCertificate(
    { cert: authority.cert, key: createPrivateKey(authority.key) },
    ['weir.example'],
    validity,
  );
  const [ca, server] = [path.join(folder, 'ca.pem'), path.join(folder, 'server.pem')];
  fs.writeFileSync(ca, authority.cert);
  fs.writeFileSync(server, made.cert);
  const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-verify_hostname', 'weir.example'];
  try {
    const said = execFileSync('openssl', ['verify', ...strict, '-CAfile', ca, server], { encoding: 'utf8' });
    assert.equal(said, `${server}: OK\n`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') t.skip('no openssl on this machine');
    else throw error;
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../base/index.ts';
import { encoded, signed } from './s3-sign.ts';

/** The examples of S3's own documentation ("Signature Calculations for the Authorization Header"). */
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const at = Date.UTC(2013, 4, 24);
const signatureOf = (url: string): string | undefined =>
  signed({ method: 'GET', url: new URL(url), bodyHash: sha256(''), region: 'us-east-1', at }, keys)['authorization'];

test('signatures are those of the examples in the documentation of S3', () => {
  const begin =
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=';
  assert.equal(
    signatureOf('https://examplebucket.s3.amazonaws.com/?lifecycle='),
    `${begin}fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543`,
  );
  assert.equal(
    signatureOf('https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2'),
    `${begin}34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7`,
  );
});

test('a token of lent keys is sent and signed', () => {
  const url = new URL('https://b.s3.amazonaws.com/a');
  const headers = signed(
    { method: 'PUT', url, bodyHash: sha256('x'), region: 'eu-west-1', at },
    { ...keys, sessionToken: 't' },
  );
  assert.equal(headers['x-amz-security-token'], 't');
  assert.match(
    headers['authorization'] ?? '',
    /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/,
  );
});

test('every byte but the plain ones is encoded', () => {
  assert.equal(encoded("a-._~/=!'()* é"), 'a-._~%2F%3D%21%27%28%29%2A%20%C3%A9');
});

/**
 * Signature Version 4 of a request to S3, in its header ("Authenticating Requests: Using the Authorization Header"). Two hundred lines
 * of a library would be no shorter: it is four HMACs over a text.
 */
import { createHmac } from 'node:crypto';
import { sha256 } from '../../base/index.ts';

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that were lent for some hours. */
  readonly sessionToken?: string;
}

export interface S3Request {
  readonly method: string;
  readonly url: URL;
  /** SHA-256 of the body, in hexadecimal: the server refuses other bytes. */
  readonly bodyHash: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** As S3 wants it: every byte but letters, digits and `-._~`. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The headers that make it a signed one. `url.search` must be encoded as {@link encoded} does. */
export function signed(request: S3Request, keys: S3Keys): Record<string, string> {
  const { method, url, bodyHash, region } = request;
  const stamp = new Date(request.at).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': stamp,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    url.search.slice(1).split('&').sort().join('&'),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`;
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, stamp.slice(0, 8)), region), 's3'), 'aws4_request');
  const signature = hmac(key, text).toString('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}

/**
 * Objects in a bucket of S3 or of what speaks it. Requests are signed, bounded in time and bytes, and made again with back-off where
 * they failed in passing; all five are safe to repeat. The server checks what it is given against its SHA-256; what it gives must
 * be exactly the range asked for.
 */
import {
  type HttpBytes,
  type HttpMethod,
  httpExchange,
  limits,
  now,
  randomSeed,
  seededRandom,
  sha256,
  sleep,
  WeirError,
} from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { checkBytes, checkKey, checkPrefix, checkRange } from './keys.ts';
import { encoded, type S3Keys, signed } from './s3-sign.ts';
import { readListing, readReason, saysNoSuchKey } from './s3-xml.ts';
import type { ObjectInfo, ObjectStore } from './types.ts';

export interface S3Settings {
  readonly endpoint: URL;
  readonly region: string;
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  /** The bucket in the path, or before the host's name. */
  readonly style: 'path' | 'virtual';
  readonly keys: S3Keys;
  /** Certificates (PEM) to trust in place of the usual ones. */
  readonly ca?: string;
}

interface Ask {
  readonly method: HttpMethod;
  /** Null: the bucket itself. */
  readonly key: string | null;
  readonly search?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly answerBytes?: number;
}

/** What passes: too many requests, and a server or a gateway before it that fails. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const MiB = 1 << 20;
const EMPTY_HASH = sha256('');

export function s3Objects(settings: S3Settings): ObjectStore {
  const { bucket, prefix } = settings;
  const name = `s3://${bucket}/${prefix}`;
  const random = seededRandom(randomSeed());

  const ask = async (what: Ask): Promise<HttpBytes> => {
    const body = what.body ?? null;
    const bodyHash = body === null ? EMPTY_HASH : sha256(body);
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= limits.objectAttemptsMax;
      let wait = limits.objectBackoffMs * 2 ** (attempt - 1);
      try {
        const answer = await once(settings, what, body, bodyHash);
        if (!PASSING.has(answer.status)) return answer;
        const why = `${told(answer)}, ${attempt} times`;
        if (last) throw storeError('store.object_away', `${name}: ${what.method} of ${what.key ?? 'the list'}: ${why}`);
        wait = Math.max(wait, Number(answer.headers['retry-after'] ?? 0) * 1000 || 0);
      } catch (cause) {
        if (!(cause instanceof WeirError) || !cause.code.startsWith('http.')) throw cause;
        if (last) throw storeError('store.object_away', `${name}: ${cause.message}, ${attempt} times`, cause);
      }
      await sleep(Math.min(wait, limits.objectBackoffMsMax) * (0.5 + random.integer(1000) / 2000));
    }
  };

  const refused = (what: string, answer: HttpBytes): WeirError =>
    storeError('store.object_refused', `${name}: ${what}: ${told(answer)}`);

  return {
    name,
    put: async (key, bytes) => {
      checkKey(key);
      checkBytes(key, bytes);
      const answer = await ask({ method: 'PUT', key, body: bytes });
      if (answer.status !== 200) throw refused(`writing ${key}`, answer);
    },
    get: async (key, from, length) => {
      checkKey(key);
      checkRange(from, length);
      if (length > limits.objectBytesMax)
        throw storeError(
          'store.input',
          `${length} bytes of ${key} were asked for, at most ${limits.objectBytesMax} go at once`,
        );
      const range = `${from}-${from + length - 1}`;
      const answer = await ask({ method: 'GET', key, headers: { range: `bytes=${range}` }, answerBytes: length });
      if (isAbsent(answer)) throw storeError('store.object_gone', `${name}: ${key}: ${told(answer)}`);
      const wrong = (why: string): WeirError =>
        storeError('store.object_damaged', `${name}: bytes ${range} of ${key} were asked for, ${why}`);
      if (answer.status === 416) throw wrong('which it does not have');
      if (answer.status !== 206 && answer.status !== 200) throw refused(`reading ${key}`, answer);
      const given = answer.headers['content-range'] ?? 'the whole';
      // A store that does not know ranges answers 200 with all of it, which is right only where all of it was asked for.
      const right = answer.status === 200 ? from === 0 : given.startsWith(`bytes ${range}/`);
      if (!right) throw wrong(`${JSON.stringify(given.slice(0, 100))} came`);
      if (answer.cut || answer.bytes.length !== length)
        throw wrong(`${answer.cut ? 'more' : answer.bytes.length} bytes came`);
      return answer.bytes;
    },
    head: async (key) => {
      checkKey(key);
      const answer = await ask({ method: 'HEAD', key });
      if (answer.status === 404) {
        // The answer to HEAD has no body, so it cannot say whether the object is gone or its bucket.
        const why = await ask({ method: 'GET', key, headers: { range: 'bytes=0-0' } });
        if (isAbsent(why)) return null;
        throw refused(`looking for ${key}`, why);
      }
      const size = Number(answer.headers['content-length'] ?? Number.NaN);
      if (answer.status !== 200) throw refused(`looking for ${key}`, answer);
      if (!Number.isSafeInteger(size))
        throw storeError('store.object_damaged', `${name}: ${key} came without its size`);
      return { key, size };
    },
    list: async function* (below): AsyncGenerator<ObjectInfo> {
      checkPrefix(below);
      let next: string | null = '';
      for (let page = 0; next !== null; page++) {
        const search = {
          'list-type': '2',
          prefix: `${prefix}${below}`,
          ...(next === '' ? {} : { 'continuation-token': next }),
        };
        const answer: HttpBytes = await ask({ method: 'GET', key: null, search });
        if (answer.status !== 200) throw refused('listing', answer);
        const listing = answer.cut ? null : readListing(answer.bytes.toString('utf8'));
        if (listing === null || listing.next === next || page >= limits.objectListPagesMax)
          throw storeError(
            'store.object_damaged',
            `${name}: page ${page + 1} of the list cannot be read, or leads nowhere`,
          );
        for (const { key, size } of listing.objects) {
          if (!key.startsWith(`${prefix}${below}`))
            throw storeError(
              'store.object_damaged',
              `${name}: the list names ${JSON.stringify(key.slice(0, 200))}, which is not below`,
            );
          yield { key: key.slice(prefix.length), size };
        }
        next = listing.next;
      }
    },
    delete: async (key) => {
      checkKey(key);
      const answer = await ask({ method: 'DELETE', key });
      if (answer.status !== 200 && answer.status !== 204 && !isAbsent(answer)) throw refused(`deleting ${key}`, answer);
    },
  };
}

function isAbsent({ status, bytes }: HttpBytes): boolean {
  return status === 404 && saysNoSuchKey(bytes.toString('utf8', 0, 4096));
}

/** One attempt, signed at its own time. */
function once(settings: S3Settings, what: Ask, body: Uint8Array | null, bodyHash: string): Promise<HttpBytes> {
  const { method, answerBytes } = what;
  const url = addressOf(settings, what);
  const request = { method, url, bodyHash, region: settings.region, at: now() };
  const carried = (body?.length ?? 0) + (answerBytes ?? 0);
  return httpExchange(
    method,
    url,
    {
      headers: { ...signed(request, settings.keys), ...what.headers },
      timeoutMs: limits.objectTimeoutMs + Math.ceil(carried / MiB) * 1000,
      answerBytesMax: answerBytes === undefined ? limits.objectAnswerBytesMax : Math.max(answerBytes, MiB),
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
    },
    body,
  );
}

/** Where a request goes. */
export function addressOf({ endpoint, bucket, prefix, style }: S3Settings, { key, search }: Ask): URL {
  const url = new URL(endpoint);
  if (style === 'virtual') url.hostname = `${bucket}.${url.hostname}`;
  const parts = [...(style === 'path' ? [bucket] : []), ...(key === null ? [] : `${prefix}${key}`.split('/'))];
  url.pathname = `/${parts.map(encoded).join('/')}`;
  url.search = Object.entries(search ?? {})
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
  return url;
}

/** An answer in words: its status, and the reason where one is told. */
function told({ status, bytes, headers }: HttpBytes): string {
  const reason = readReason(bytes.toString('utf8', 0, 4096));
  if (status >= 300 && status < 400)
    return `HTTP ${status}, the bucket is elsewhere (${String(headers['x-amz-bucket-region'] ?? 'of another region')})`;
  return reason === '' ? `HTTP ${status}` : `HTTP ${status}, ${reason}`;
}

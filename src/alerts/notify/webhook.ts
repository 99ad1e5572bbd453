/**
 * Hits to a web server:
 *
 *     POST <url>
 *     content-type: application/json
 *     idempotency-key: <id of the batch, the same on every try>
 *     weir-timestamp: <seconds since 1970, of this try>
 *     weir-signature: v1=<hex HMAC-SHA256, keyed with the secret, of timestamp "." body>
 *
 *     {"batch":"<the same id>","notifier":"<name>","hits":[{"id":…,"rule":{…},…},…]}
 *
 * 2xx is delivered. A receiver that keeps the ids of hits it has seen ends with each once. 408, 425, 429, 5xx and no answer are tried
 * again, after `Retry-After` where it says so; everything else is refused.
 */
import { createHmac } from 'node:crypto';
import { httpPost, limits, WeirError } from '../../base/index.ts';
import { hitJson } from '../../store/index.ts';
import { addressGuard } from './addresses.ts';
import type { Batch, NotifyClock, Outcome, Sender, WebhookConfig } from './types.ts';

const AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);
/** What the answer's own words may take of a reason. */
const REASON_CHARACTERS = 200;

/** Throws `notify.url`, `notify.header`, `notify.network`. */
export function webhook(config: WebhookConfig, clock: NotifyClock): Sender {
  const url = checkedUrl(config);
  checkHeaders(config);
  const refuses = addressGuard(config.privateNetworks ?? []);
  const deliver = async (batch: Batch, signal: AbortSignal): Promise<Outcome> => {
    const body = bodyOf(batch);
    const timestamp = String(Math.floor(clock.now() / 1000));
    const headers: Record<string, string> = {
      'user-agent': 'weir',
      ...config.headers,
      'content-type': 'application/json',
      'idempotency-key': batch.id,
      'weir-timestamp': timestamp,
      'weir-attempt': String(batch.attempt),
    };
    if (config.secret !== undefined) headers['weir-signature'] = `v1=${signature(config.secret, timestamp, body)}`;
    try {
      const answer = await httpPost(url, {
        headers,
        body,
        signal,
        refuses,
        timeoutMs: config.timeoutMs ?? limits.notifyTimeoutMs,
        answerBytesMax: limits.notifyAnswerBytesMax,
        ...(config.ca === undefined ? {} : { ca: config.ca }),
      });
      return judge(answer, clock.now());
    } catch (error) {
      if (error instanceof WeirError) return { kind: 'failed', reason: error.message };
      throw error;
    }
  };
  return { deliver };
}

/** Hex HMAC-SHA256 of `timestamp.body`; what a receiver computes to check that a request is weir's and recent. */
export function signature(secret: string, timestamp: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

function bodyOf({ id, notifier, hits }: Batch): Buffer {
  const parts: Uint8Array[] = [
    Buffer.from(`{"batch":${JSON.stringify(id)},"notifier":${JSON.stringify(notifier)},"hits":[`),
  ];
  const comma = Buffer.from(',');
  hits.forEach((hit, i) => {
    if (i > 0) parts.push(comma);
    parts.push(hitJson(hit));
  });
  return Buffer.concat([...parts, Buffer.from(']}')]);
}

function judge(answer: { status: number; retryAfter: string | null; body: string }, now: number): Outcome {
  const { status, retryAfter, body } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const words = body
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, REASON_CHARACTERS);
  const reason = `status ${status}${words === '' ? '' : `: ${words}`}`;
  if (!AGAIN.has(status) && status < 500) return { kind: 'refused', reason };
  const wait = retryAfter === null ? null : retryAfterMs(retryAfter, now);
  return { kind: 'failed', reason, ...(wait === null ? {} : { retryAfterMs: wait }) };
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs(text: string, now: number): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function checkedUrl({ name, url: text }: WebhookConfig): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new WeirError('notify.url', `the webhook ${name} needs an http or https URL without user and password`, {
    hint: 'Give credentials as a header: headers: { authorization: … }.',
  });
}

function checkHeaders({ name, headers, secret }: WebhookConfig): void {
  for (const [key, value] of Object.entries(headers ?? {})) {
    // RFC 9110, 5.1 and 5.5: a token, and a value without line breaks.
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(key) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw new WeirError('notify.header', `the webhook ${name} has a header ${JSON.stringify(key)} that cannot be sent`);
  }
  if (secret === '') throw new WeirError('notify.secret', `the secret of the webhook ${name} is empty`);
}

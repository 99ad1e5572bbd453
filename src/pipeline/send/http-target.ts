/** A running server as the target: `POST /v1/events`, compressed, tried again when it says so or cannot be reached. */
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import {
  elapsedMs,
  type HttpAnswer,
  httpGet,
  httpPost,
  limits,
  randomSeed,
  sha256,
  sleep,
  WeirError,
} from '../../base/index.ts';
import { countEvents } from '../../ingest/index.ts';
import type { Outcome } from './resume.ts';
import { NO_EVENTS, type Outgoing, type Target } from './target.ts';

export interface HttpTargetOptions {
  readonly url: string;
  /** With the scope `ingest`. */
  readonly key: string;
  /** Certificates (PEM) to trust in place of the usual ones. */
  readonly ca?: string | undefined;
  /** Ends waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a request has to wait, with why. */
  onWait?(why: string): void;
  readonly giveUpMs?: number;
}

const ANSWER_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 120_000;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 30_000;
/** Times that a key which is said to belong to other lines is tried again: the first with it may be in work. */
const CONFLICTS_MAX = 3;
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const compress = promisify(zstdCompress);

/** Asks who answers there. Throws `send.refused`, `send.unavailable`, `send.stopped`. */
export async function openHttpTarget(options: HttpTargetOptions): Promise<Target> {
  const server = new Server(options);
  const identity = await server.identity();
  return {
    ...identity,
    scope: sha256(options.key).slice(0, 16),
    keepMs: limits.idempotencyMs,
    deliver: (outgoing) => server.deliver(outgoing),
  };
}

class Server {
  readonly #options: HttpTargetOptions;
  readonly #url: URL;
  /** When something was taken last. */
  #lastMs = elapsedMs();

  constructor(options: HttpTargetOptions) {
    this.#options = options;
    this.#url = urlOf(options.url);
  }

  async identity(): Promise<{ readonly log: string; readonly tenant: string }> {
    const { status, body } = await this.#insist(() =>
      httpGet(new URL('/', this.#url), { ...this.#common, headers: this.#headers }),
    );
    const found = status === 200 ? parsed(body) : {};
    const [log, tenant] = [found['cluster_uuid'], found['tenant']];
    if (status === 401 || status === 403) throw refusal(this.#url, status, body);
    if (typeof log === 'string' && typeof tenant === 'string') return { log, tenant };
    throw new WeirError('send.refused', `what answers at ${this.#url.origin} is no weir, or another version of it`, {
      hint: `It answered ${status}. Check the URL.`,
    });
  }

  async deliver({ lines, source, key }: Outgoing): Promise<Outcome> {
    // The same lines give the same bytes: a server that has the key compares them.
    const body = await compress(lines, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    const url = new URL(`/v1/events?source=${encodeURIComponent(source)}`, this.#url);
    const headers = {
      ...this.#headers,
      'content-type': 'application/x-ndjson',
      'content-encoding': 'zstd',
      'idempotency-key': key,
    };
    for (let conflicts = 0; ; ) {
      const { status, body: text } = await this.#insist(() => httpPost(url, { ...this.#common, headers, body }));
      const answer = parsed(text);
      const [accepted, dead] = [answer['accepted'], answer['dead_lettered']];
      if (status === 200 && typeof accepted === 'number' && typeof dead === 'number') return { accepted, dead };
      if (status !== 422 || answer['code'] !== 'idempotency.conflict') throw refusal(url, status, text);
      // The key is a hash of these lines, so they are there already, compressed by another version, or just now on their way.
      if (++conflicts > CONFLICTS_MAX) return { accepted: countEvents(lines, 'ndjson'), dead: 0 };
      await this.#pause(1000);
    }
  }

  get #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#options.key}` };
  }

  get #common() {
    const { ca } = this.#options;
    return { timeoutMs: TIMEOUT_MS, answerBytesMax: ANSWER_BYTES_MAX, ...(ca === undefined ? {} : { ca }) };
  }

  /** Tries until there is an answer that another try would not change. */
  async #insist(ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const { giveUpMs = limits.sendGiveUpMs } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const answer = await attempted(ask);
      if (!(answer instanceof WeirError) && !TRANSIENT.has(answer.status)) {
        this.#lastMs = elapsedMs();
        return answer;
      }
      const why = answer instanceof WeirError ? answer.message : `${this.#url.origin} answered ${answer.status}`;
      if (elapsedMs() - this.#lastMs > giveUpMs) {
        throw new WeirError('send.unavailable', `nothing could be sent for ${Math.round(giveUpMs / 1000)} s: ${why}`, {
          hint: 'Run the same command again when the server can be reached: it goes on where this one ended.',
          cause: answer,
        });
      }
      this.#options.onWait?.(why);
      await this.#pause(waitMs(attempt, answer instanceof WeirError ? null : answer.retryAfter));
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    try {
      await sleep(ms, signal);
    } catch (cause) {
      if (signal?.aborted !== true) throw cause;
      throw new WeirError('send.stopped', 'it was stopped while it waited for the server', { cause });
    }
  }
}

async function attempted(ask: () => Promise<HttpAnswer>): Promise<HttpAnswer | WeirError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WeirError && (error.code === 'http.failed' || error.code === 'http.timeout')) return error;
    throw error;
  }
}

/** As told; else twice as long each time, spread so that not all come back at once. */
function waitMs(attempt: number, retryAfter: string | null): number {
  const told = retryAfter === null ? Number.NaN : Number(retryAfter) * 1000;
  const spread = 0.5 + randomSeed() / 2 ** 33;
  const own = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** Math.min(attempt, 20));
  return Math.min(limits.retryAfterMsMax, told > 0 ? told : own) * (told > 0 ? 1 : spread);
}

function urlOf(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new WeirError('send.url', `${text} is no URL of a server`, { hint: 'Expected https://HOST:PORT.' });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Proxies answer with pages.
    return {};
  }
}

function refusal(url: URL, status: number, text: string): WeirError {
  const { code, title, detail, hint } = parsed(text);
  if (code === NO_EVENTS) return new WeirError(NO_EVENTS, String(detail ?? title));
  const words = [title, detail].filter((part) => typeof part === 'string').join(': ');
  const options = typeof hint === 'string' ? { hint } : {};
  return new WeirError('send.refused', `${url.origin} answered ${status}${words === '' ? '' : `, ${words}`}`, options);
}

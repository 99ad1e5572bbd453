/** Requests to another metrics store. */
import { httpGet, httpPost, limits } from '../../base/index.ts';
import { storeError } from '../errors.ts';

export interface MetricsHttpOptions {
  /** Of the server; what is asked for comes behind its path. */
  readonly url: string;
  /** As `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

type Parameters = Readonly<Record<string, string>>;

/** A request that the server will refuse however often it is made. */
export class RefusedError extends Error {}

export class MetricsHttp {
  readonly #options: MetricsHttpOptions;

  constructor(options: MetricsHttpOptions) {
    this.#options = options;
  }

  async get(where: string, parameters: Parameters): Promise<string> {
    const { headers } = this.#options;
    return this.#answer(await httpGet(this.#url(where, parameters), { ...this.#bounds, headers }));
  }

  async post(
    where: string,
    parameters: Parameters,
    body: Uint8Array,
    type = 'application/x-www-form-urlencoded',
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const headers = { 'content-type': type, ...more, ...this.#options.headers };
    return this.#answer(await httpPost(this.#url(where, parameters), { ...this.#bounds, headers, body }));
  }

  get #bounds() {
    // One more than is taken, so that an answer that was cut shows.
    return { timeoutMs: this.#options.timeoutMs, answerBytesMax: limits.metricAnswerBytesMax + 1 };
  }

  #url(where: string, parameters: Parameters): URL {
    const url = new URL(this.#options.url);
    url.pathname = url.pathname.replace(/\/$/, '') + where;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
    return url;
  }

  #answer({ status, body }: { readonly status: number; readonly body: string }): string {
    if (Buffer.byteLength(body) > limits.metricAnswerBytesMax) {
      throw storeError('store.metrics', `an answer of more than ${limits.metricAnswerBytesMax} bytes`);
    }
    if (status >= 200 && status < 300) return body;
    const { origin } = new URL(this.#options.url);
    const why = `${origin} answers ${status}: ${body.slice(0, 300).trim()}`;
    // What is refused for what is in it would be refused again; all else may pass: a wrong key, an overload.
    const again = ![400, 413, 422].includes(status);
    throw storeError('store.metrics', why, again ? undefined : new RefusedError(why));
  }
}

export const textOr = (text: string, otherwise: string): string => (text.trim() === '' ? otherwise : text);

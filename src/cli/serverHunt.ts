/** Hunts and forecasts by the server of a data folder, for commands that are given the folder. */
import { readText, sleep, WeirError } from '../base/index.ts';
import type { RuleFile } from '../detect/index.ts';
import {
  ENDLESS,
  type Forecast,
  type HuntOptions,
  type HuntSummary,
  listRuleFiles,
  type RuleReport,
  readRuleFiles,
} from '../pipeline/index.ts';
import { jsonItems } from './jsonItems.ts';
import type { Level } from './levels.ts';
import { problemOf, serverKey } from './serverPages.ts';

/** Rules as the command was given them, and of which time. */
export interface AskedRules {
  readonly rules: readonly string[];
  readonly pipelines: readonly string[];
  /** Microseconds; beyond {@link ENDLESS} there is no such end. */
  readonly span: { readonly from: bigint; readonly to: bigint };
  readonly minLevel?: Level | undefined;
}

/** Between two looks at a hunt that has found nothing more. */
const LOOK_MS = 200;
/** What a forecast may take: as much as the server gives. */
const FORECAST_MS = 240_000;

export class HuntServer {
  readonly #url: string;
  readonly #key: string;

  /** @throws WeirError `cli.credentials` */
  constructor(folder: string, url: string) {
    this.#url = url;
    this.#key = serverKey(folder, url, 'POST /v1/hunts with a key that may search');
  }

  /** Has the server hunt, and puts out what it finds as a hunt of one's own would. A stop ends the server's work, too. */
  async hunt(
    asked: AskedRules,
    {
      rules,
      signal,
      onHits,
      onReady,
      onProgress,
    }: Pick<HuntOptions, 'rules' | 'signal' | 'onHits' | 'onReady' | 'onProgress'>,
  ): Promise<HuntSummary> {
    const begun = await this.#ask('POST', '/v1/hunts', { rules: await textsOf(asked), ...bodyOf(asked) });
    const { id } = JSON.parse(begun) as { readonly id: string };
    onReady?.();
    let isStopped = false;
    for (let after = '0'; ; ) {
      if (signal?.aborted === true && !isStopped) {
        isStopped = true;
        await this.#ask('DELETE', `/v1/hunts/${id}`);
      }
      const text = await this.#ask('GET', `/v1/hunts/${id}/hits?limit=1000&after=${after}`);
      const items = jsonItems(text, 'items');
      if (items.length > 0) await onHits(Buffer.from(items.map((item) => `${item}\n`).join('')));
      const next = nextOf(text);
      if (next === null) break;
      after = next;
      if (items.length > 0) continue;
      const { progress } = await this.#detail(id);
      onProgress?.({ ...progress, bytesTotal: progress.bytes_total });
      // A stop is waited for no longer than a look.
      await sleep(LOOK_MS, isStopped ? undefined : signal).catch(() => {});
    }
    const { summary, state, reason } = await this.#detail(id);
    if (summary === null && state === 'cancelled') return unbegun((await rules).report);
    if (summary === null)
      throw new WeirError('cli.hunt', `the hunt ${state}: ${reason ?? 'the server does not say why'}`);
    return summary;
  }

  async forecast(asked: AskedRules, signal: AbortSignal): Promise<Forecast> {
    const body = { rule: await textsOf(asked), ...bodyOf(asked), within_ms: FORECAST_MS };
    const text = await this.#ask('POST', '/v1/rules/forecast', body, signal);
    const {
      cost,
      reason: _,
      ...told
    } = JSON.parse(text) as Forecast & {
      readonly cost: Pick<Forecast, 'cpu_ms_per_million'>;
      readonly reason: string | null;
    };
    const { cpu_ms_per_million } = cost;
    return { ...told, cpu_ms_per_million, examples: jsonItems(text, 'examples') };
  }

  async #detail(id: string): Promise<{
    readonly state: string;
    readonly reason: string | null;
    readonly progress: {
      readonly bytes: number;
      readonly bytes_total: number;
      readonly events: number;
      readonly hits: number;
    };
    readonly summary: HuntSummary | null;
  }> {
    return JSON.parse(await this.#ask('GET', `/v1/hunts/${id}`));
  }

  async #ask(method: string, where: string, body?: object, signal?: AbortSignal): Promise<string> {
    const answer = await fetch(this.#url + where, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw new WeirError('hunt.cancelled', 'stopped', { cause });
      throw new WeirError('cli.server', `the server at ${this.#url} does not answer any more`, {
        hint: 'Where it is restarted, its hunts go on: GET /v1/hunts has them.',
        cause,
      });
    });
    if (!answer.ok) throw await problemOf(answer, this.#url);
    return answer.text();
  }
}

/** Of a hunt that was stopped while it waited. */
function unbegun({ detections, correlations, notARule, silencedBy }: RuleReport): HuntSummary {
  const nothing = { events: 0, carved: 0, bytes: 0, seconds: 0, start_seconds: 0, cpu_ms: 0, complete: false };
  const loaded = detections.length + correlations.length;
  return {
    ...nothing,
    rules: { loaded, refused: [], not_a_rule: notARule, silenced_by: silencedBy },
    hits: {},
    unparsed: [],
    left_out: [],
    lanes: {},
    ungrouped: {},
    correlation: null,
    hunt: {
      from: null,
      to: null,
      position: 0,
      segments: { all: 0, read: 0, skipped: 0, failed: 0 },
      missing: 0,
      earliest: null,
    },
  };
}

/** From behind the items: an event may have the word in it. */
function nextOf(text: string): string | null {
  return (JSON.parse(`{${text.slice(text.lastIndexOf('"next":'))}`) as { readonly next: string | null }).next;
}

async function textsOf({ rules, pipelines }: AskedRules): Promise<object> {
  const files: RuleFile[] = [];
  // What cannot be read is told of where the command loads them itself.
  for await (const file of readRuleFiles(listRuleFiles(rules).files, () => {})) files.push(file);
  return { files, pipelines: pipelines.map((path) => ({ path, text: readText(path) })) };
}

function bodyOf({ span, minLevel }: AskedRules): object {
  const time = (micros: bigint): string | null =>
    micros <= -ENDLESS || micros >= ENDLESS ? null : String(Math.max(0, Number(micros / 1000n)));
  // As they were given, so that the answer is what it is without a server.
  return { since: time(span.from), until: time(span.to), min_level: minLevel ?? null, deployed: false };
}

/** Hunts and forecasts for the API. */
import { limits, now, sha256 } from '../../base/index.ts';
import { type Backend, Problem } from '../../gateway/index.ts';
import type { HuntDetail, HuntRules, HuntStatus, LiveNode, NewHunt } from '../../pipeline/index.ts';
import type { BackendParts } from './index.ts';

type Hunts = Backend['hunts'];
type HuntAsked = Parameters<Hunts['create']>[1];
type Rules = HuntAsked['rules'];

const MICROS = 1000n;
const [EARLIEST, LATEST] = [-(2n ** 63n), 2n ** 63n - 1n];
/** Without a time a forecast is of a week. */
const FORECAST_MS = 7 * 86_400_000;
/** Rules that came as one text have no other name. */
const TEXT_NAME = 'rules.yml';
const KEY_CHARACTERS_MAX = 256;

function rulesOf(node: LiveNode, rules: Rules, deployed: boolean): HuntRules {
  if (typeof rules === 'string') {
    return { kind: 'texts', files: [{ path: TEXT_NAME, text: rules }], pipelines: [], deployed };
  }
  if (!Array.isArray(rules)) return { kind: 'texts', ...rules, deployed };
  const { rules: state } = node;
  if (state.state !== 'ready') throw new Problem('http.unavailable', 'the rules are still being loaded');
  const { set, detections, correlations } = state.rules;
  const known = new Set([...detections, ...correlations].map(({ id }) => id));
  const unknown = rules.find((id) => !known.has(id));
  if (unknown !== undefined) throw new Problem('item.not_found', `no rule ${unknown} is in force`);
  return { kind: 'loaded', set, ids: [...new Set(rules)] };
}

/** Unix milliseconds. */
type Time = { readonly ms: number } | null;

function spanOf({ since, until }: { readonly since: Time; readonly until: Time }): NewHunt['span'] {
  return {
    from: since === null ? EARLIEST : BigInt(since.ms) * MICROS,
    to: until === null ? LATEST : BigInt(until.ms) * MICROS,
  };
}

/** As answered: plain, and of its own. */
function shown(status: HuntStatus): Awaited<ReturnType<Hunts['create']>> {
  const { rules, ...cause } = status.cause;
  const { coverage } = status;
  return {
    ...status,
    cause: { ...cause, rules: rules === null ? null : [...rules] },
    coverage: coverage === null ? null : { ...coverage },
  };
}

function detail({ hits, summary, ...status }: HuntDetail): Awaited<ReturnType<Hunts['get']>> {
  return {
    ...shown(status),
    hits: { ...hits },
    summary: summary === null ? null : { ...summary, hunt: { ...summary.hunt } },
  };
}

export function huntsBackend({ node, hunts }: BackendParts): Hunts {
  const find = (tenant: string, id: string): HuntDetail => {
    const found = hunts.get(tenant, id);
    if (found === null) throw new Problem('item.not_found');
    return found;
  };
  return {
    async create(tenant, asked, by, idempotencyKey) {
      if (idempotencyKey !== undefined && !isKey(idempotencyKey)) {
        throw new Problem('http.invalid', `an Idempotency-Key has 1 to ${KEY_CHARACTERS_MAX} characters`);
      }
      const rules = rulesOf(node, asked.rules, asked.deployed);
      const { ids = null, set = null } = rules.kind === 'loaded' ? rules : {};
      const status = hunts.create(tenant, {
        rules,
        span: spanOf(asked),
        minLevel: asked.min_level,
        cause: { kind: 'request', by, rules: ids, set },
        key: idempotencyKey === undefined ? null : { key: `${by} ${idempotencyKey}`, hash: hashOf(asked) },
      });
      return shown(status);
    },
    async list(tenant, { limit, after }) {
      const all = hunts.list(tenant);
      // Ids are in the order of time: one that is gone meanwhile still says where to go on.
      const from = after === null ? 0 : all.findIndex(({ id }) => id < after);
      const items = from < 0 ? [] : all.slice(from, from + limit);
      const isLast = from < 0 || from + limit >= all.length;
      return {
        items: items.map(shown),
        next: isLast ? null : (items.at(-1)?.id ?? null),
        retention: { ...hunts.retention(tenant) },
      };
    },
    get: async (tenant, id) => detail(find(tenant, id)),
    async hits(tenant, id, { limit, after, rule }) {
      if (after !== null && !/^\d{1,15}$/.test(after)) throw new Problem('cursor.unknown');
      const page = hunts.hits(tenant, id, { from: Number(after ?? 0), limit, rule });
      if (page === null) throw new Problem('item.not_found');
      if (page === 'cursor') throw new Problem('cursor.unknown');
      return { items: page.items, next: page.next === null ? null : String(page.next) };
    },
    async cancel(tenant, id, { credential, mayAll }) {
      const { cause } = find(tenant, id);
      if (!mayAll && cause.by !== credential) {
        throw new Problem('auth.scope', 'the hunt is another’s: the scope rules is needed to end it');
      }
      hunts.cancel(tenant, id);
    },
    async forecast(tenant, asked, signal) {
      const rules = rulesOf(node, asked.rule, asked.deployed);
      const { min_level: minLevel, within_ms: within } = asked;
      const since = asked.since ?? { ms: now() - FORECAST_MS };
      const budgetMs = Math.min(within ?? limits.forecastMs, limits.forecastMsMax);
      const span = spanOf({ since, until: asked.until });
      const made = await hunts.forecast(tenant, { rules, span, minLevel, budgetMs, signal });
      const { examples, cpu_ms_per_million, ...told } = made;
      const cost = { cpu_ms: made.summary.cpu_ms, cpu_ms_per_million };
      // Hits are JSON already, with numbers beyond a double.
      return `${JSON.stringify({ ...told, cost }).slice(0, -1)},"examples":[${examples.join(',')}]}`;
    },
  };
}

/** Of what was asked, in the words in which it was: `90d` is another time a moment later. */
function hashOf({ since, until, ...rest }: HuntAsked): string {
  return sha256(JSON.stringify([rest, since?.text ?? null, until?.text ?? null]));
}

function isKey(key: string): boolean {
  return key.length > 0 && key.length <= KEY_CHARACTERS_MAX;
}

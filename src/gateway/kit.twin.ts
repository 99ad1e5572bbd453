/** A server for tests: real HTTP, real `meta.db`, and a backend over arrays, two tenants in all of it. */
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type Credentials, openMeta, type Scope } from '../meta/index.ts';
import type { Backend, Listed } from './backend.ts';
import type { EventSource } from './event-stream.ts';
import { healthRegistry } from './health.ts';
import { type AccessRecord, type GatewayOptions, openGateway, Problem } from './index.ts';

const NO_TIERS = {
  local: { segments: 0, events: 0, bytes: 0 },
  cold: { segments: 0, events: 0, bytes: 0 },
  strays: { objects: 0, bytes: 0 },
};

/** Id of the backup that is under way. */
export const BACKUP = '0123456789abcdef';

export const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'weir-gateway-'));

/** Where every text of a tenant has its name in it: `secret-of-a`. */
export const marked = (tenant: string): string => `secret-of-${tenant}`;

export interface TestHits {
  readonly items: { readonly id: string; readonly json: string }[];
  readonly listeners: Set<() => void>;
}

export function testBackend(): Backend & { hitsOf(tenant: string): TestHits; add(tenant: string, json: string): void } {
  const byTenant = new Map<string, TestHits>();
  const hitsOf = (tenant: string): TestHits => {
    const hits = byTenant.get(tenant) ?? { items: [], listeners: new Set() };
    byTenant.set(tenant, hits);
    return hits;
  };
  /** A cursor says how many were seen, and is the id of the last of them. */
  const positionOf = (after: string): number => {
    if (!/^\d{1,9}$/.test(after)) throw new Problem('cursor.unknown');
    return Number(after);
  };
  const page = <T>(all: readonly T[], limit: number, after: string | null): Listed<T> => {
    const from = after === null ? 0 : positionOf(after);
    const items = all.slice(from, from + limit);
    return { items, next: from + limit < all.length ? String(from + limit) : null };
  };
  const source = (hits: TestHits): EventSource => ({
    onNew: (listener) => {
      hits.listeners.add(listener);
      return () => void hits.listeners.delete(listener);
    },
    read: async (after, limit) => {
      const from = after === null ? hits.items.length : positionOf(after);
      const items = hits.items.slice(from, from + limit);
      const more = from + items.length < hits.items.length;
      return { items: items.map(({ id, json }) => ({ id, data: json })), next: String(from + items.length), more };
    },
  });
  const zero = { received: 1, stored: 1, filtered: 0, dead_lettered: 0, expired: 0, pending: 0, balanced: true };
  const minute = (tenant: string) => ({
    ...zero,
    source: marked(tenant),
    minute: '2026-01-01T00:00:00.000Z',
    filtered_by: {},
    dead_lettered_by: {},
  });
  const letter = (tenant: string, fixed: string | null = null) => ({
    id: `dead-${tenant}`,
    source: marked(tenant),
    time: '2026-01-01T00:00:00.000Z',
    code: 'json.syntax',
    reason: marked(tenant),
    event: marked(tenant),
    bytes: 11,
    last_try: null,
    fixed,
    replayed: null,
  });
  const own = (tenant: string, id: string): void => {
    if (id !== `dead-${tenant}`) throw new Problem('item.not_found');
  };
  const rule = (tenant: string) => ({
    id: 'r1',
    version: 'v1',
    title: marked(tenant),
    level: 'high',
    state: 'active' as const,
    reason: null,
    path: null,
    hits: 1,
    last_hit: null,
  });
  const ledger = (tenant: string) => ({
    rule: 'r1',
    version: 'v1',
    title: marked(tenant),
    evaluated: 1,
    from: 0,
    to: 1,
    seen_until: null,
    not_evaluated: [],
  });
  const validation = (tenant: string) => ({
    source: marked(tenant),
    mode: 'warn' as const,
    received: 1,
    checked: 1,
    passed: 0,
    warned: 1,
    rejected: 0,
    checks: [{ check: 'schema.type', failed: 1, rejected: 0 }],
  });
  const stage = (tenant: string, on: boolean) => ({ stage: 'detect', on, since: null, by: marked(tenant) });
  return {
    hitsOf,
    add: (tenant, json) => {
      const hits = hitsOf(tenant);
      hits.items.push({ id: String(hits.items.length + 1), json });
      for (const listener of hits.listeners) listener();
    },
    hits: {
      list: async (tenant, { limit, after }) =>
        page(
          hitsOf(tenant).items.map(({ json }) => json),
          limit,
          after,
        ),
      stream: (tenant) => source(hitsOf(tenant)),
    },
    books: {
      minutes: async (tenant, { limit, after }) => page([minute(tenant)], limit, after),
      totals: async () => zero,
      ledger: async (tenant, { limit, after }) => page([ledger(tenant)], limit, after),
    },
    deadLetters: {
      list: async (tenant, { limit, after }) => page([letter(tenant)], limit, after),
      get: async (tenant, id) => {
        own(tenant, id);
        return letter(tenant);
      },
      fix: async (tenant, id, event) => {
        own(tenant, id);
        return letter(tenant, event);
      },
      replay: async (tenant, which) => {
        if ('ids' in which) for (const id of which.ids) own(tenant, id);
        return { accepted: 1, dead_lettered: 0 };
      },
    },
    rules: {
      reload: async () => ({ set: 's', rules: 1, refused: 0 }),
      release: async () => ({ set: 's', rules: 1, refused: 0 }),
      list: async (tenant, { limit, after }) => page([rule(tenant)], limit, after),
    },
    alerts: {
      self: async (tenant) => [
        {
          alert: 'source-silent',
          severity: 'warning' as const,
          subject: marked(tenant),
          state: 'firing' as const,
          since: '2026-01-01T00:00:00.000Z',
          fired: null,
          detail: marked(tenant),
          todo: 'Look.',
        },
      ],
    },
    log: { levels: () => [{ room: 'server' as const, level: 'info' as const }], setLevel: () => {} },
    pressure: {
      state: async () => ({
        pressure: 0,
        share: 1,
        worst: 'queue',
        trend: 'steady' as const,
        slope_per_second: 0,
        parts: [],
        history: [],
      }),
    },
    query: {
      sql: async (tenant) => ({
        headers: {},
        lines: (async function* () {
          yield JSON.stringify({ tenant: marked(tenant) });
        })(),
      }),
      fields: async (tenant) => ({
        items: [{ name: marked(tenant), types: ['string'], aliases: [], events: 1 }],
        next: null,
        events: 1,
        values: null,
      }),
      values: async (tenant) => [{ value: marked(tenant), events: 1 }],
      complete: async (tenant) => ({
        from: 0,
        candidates: [{ kind: 'column', label: marked(tenant), insert: '', detail: null, about: null }],
      }),
      stats: async () => ({ events: 0, segments: 0, bytes: { segments: 0 }, tiers: NO_TIERS, levels: [] }),
      run: async (tenant) => ({
        headers: {},
        lines: (async function* () {
          yield JSON.stringify({ tenant: marked(tenant) });
        })(),
      }),
    },
    hunts: {
      create: async (tenant) => huntOf(tenant),
      list: async (tenant, { limit, after }) => ({
        items: [...page([huntOf(tenant)], limit, after).items],
        next: null,
        retention: { hunts_max: 1, bytes_max: 1, days: 1, bytes: 0, removed: 0 },
      }),
      get: async (tenant, id) => ({ ...ownHunt(tenant, id), hits: { [marked(tenant)]: 1 }, summary: null }),
      hits: async (tenant, id, { limit, after }) => {
        ownHunt(tenant, id);
        return page([hitOf(tenant, 0)], limit, after);
      },
      cancel: async (tenant, id) => void ownHunt(tenant, id),
      forecast: async (tenant) => forecastOf(tenant),
    },
    events: {
      near: async (tenant, id) => {
        if (id !== `log/0/${tenant}/0`) throw new Problem('item.not_found');
        const item = { rule: 'r1', title: marked(tenant), level: 'high', distance: 1, held: 1, missing: [] };
        return { lane: 'none', rules: 1, asked: 1, hit: 0, items: [item] };
      },
      waterfall: async (tenant, id) => {
        if (id !== `log/0/${tenant}/0`) throw new Problem('item.not_found');
        return { event_id: marked(tenant), steps: [] };
      },
      get: async (tenant, id) => {
        if (id !== `log/0/${tenant}/0`) throw new Problem('item.not_found');
        return JSON.stringify({
          id,
          event: marked(tenant),
          fields: {},
          receipt: {
            door: 'http',
            source: marked(tenant),
            credential: 'c',
            request: 'r',
            at: '2026-01-01T00:00:00.000Z',
            received: 1,
            dead: 0,
          },
          processing: [],
          validation: [],
          hits: [],
          why_not: null,
        });
      },
    },
    validation: { list: async (tenant, { limit, after }) => page([validation(tenant)], limit, after) },
    audit: { list: async () => ({ items: [CALL], next: null }) },
    backups: {
      begin: async () => ({ id: BACKUP, evaluated: 4710, late: 0, chain_key: null }),
      hold: async () => ({ position: 4711, catalogue: `/data/backup/${BACKUP}.db`, segment_ledger_bytes: 746 }),
      renew: () => {},
      end: () => {},
    },
    holds: {
      list: async () => [HOLD],
      add: async () => HOLD,
      remove: async () => {},
    },
    stages: {
      list: async (tenant) => [stage(tenant, true)],
      switch: async (tenant, name, on) => {
        if (name !== 'detect') throw new Problem('item.not_found');
        return stage(tenant, on);
      },
    },
  };
}

const CALL = {
  ...{
    time: '2026-01-01T00:00:00.000Z',
    tenant: 'default',
    by: 'key:1',
    name: 'admin',
    method: 'GET',
    route: '/v1/hits',
  },
  ...{ asked: '{}', status: 200, problem: null, request: 'r', lost: 0 },
};

const HOLD = {
  ...{ name: 'case 17', reason: 'litigation', by: 'counsel', since: '2026-01-01T00:00:00.000Z' },
  ...{ tenants: null, sources: ['web'], from: null, to: null },
};

function huntOf(tenant: string) {
  return {
    id: `hunt-${tenant}`,
    state: 'running' as const,
    reason: marked(tenant),
    cause: { kind: 'request' as const, by: 'key:1', rules: [marked(tenant)], set: null },
    created: '2026-01-01T00:00:00.000Z',
    started: null,
    ended: null,
    expires: null,
    since: null,
    until: null,
    min_level: null,
    rules: { loaded: 1, refused: 0 },
    progress: { bytes: 0, bytes_total: 1, events: 0, hits: 0 },
    coverage: null,
  };
}

function ownHunt(tenant: string, id: string) {
  if (id !== `hunt-${tenant}`) throw new Problem('item.not_found');
  return huntOf(tenant);
}

const forecastOf = (tenant: string): string =>
  JSON.stringify({
    hits: 1,
    exact: true,
    reason: null,
    by_day: [],
    by_rule: [{ rule: marked(tenant), hits: 1 }],
    hosts: [],
    more_hosts: false,
    events: 1,
    cost: { cpu_ms: 1, cpu_ms_per_million: null },
    examples: [JSON.parse(hitOf(tenant, 0))],
    summary: { hunt: { from: null, to: null, position: 1, missing: 0, earliest: null } },
  });

export const hitOf = (tenant: string, n: number): string =>
  `{"id":"${n}","rule":{"id":"r1"},"time":"2026-01-01T00:00:00Z","event_id":"log/0/${n}/0","event":{"big":12345678901234567890,"text":"${marked(tenant)}"},"matches":[]}`;

export type TestServer = Awaited<ReturnType<typeof openTestServer>>;

/** Close it with `await server.close()`. */
export async function openTestServer(options: Partial<GatewayOptions> & { readonly nowMs?: () => number } = {}) {
  const folder = newFolder();
  const now = options.nowMs ?? Date.now;
  const meta = openMeta(folder, now);
  const health = healthRegistry(now);
  const backend = testBackend();
  const access: AccessRecord[] = [];
  const errors: unknown[] = [];
  const gateway = await openGateway({
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    meta,
    health,
    backend,
    doors: [],
    now,
    onAccess: (record) => access.push(record),
    onError: (error) => errors.push(error),
    ...options,
  });
  const credentials = meta.firstStart(gateway.url) as Credentials;
  return {
    folder,
    meta,
    health,
    backend,
    gateway,
    access,
    errors,
    credentials,
    key: (tenant: string, scopes: readonly Scope[], expiresMs: number | null = null): string => {
      if (meta.tenants.get(tenant) === null) meta.tenants.create({ id: tenant, name: tenant });
      return meta.keys.create({ tenant, name: 'test', scopes, expiresMs }).secret;
    },
    close: async (): Promise<void> => {
      await gateway.close(50);
      meta.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: Record<string, unknown>;
}

/** One request over a connection of its own. */
export function ask(
  url: string,
  method: string,
  key: string | null,
  body?: unknown,
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: hostname,
      port,
      // As written: `new URL` would tidy up what a hostile client does not.
      path: url.slice(url.indexOf(port) + port.length) || pathname + search,
      method,
      agent: false,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(text === null ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const all = Buffer.concat(parts).toString();
        let json: Record<string, unknown> = {};
        if (/json/.test(response.headers['content-type'] ?? '')) json = JSON.parse(all) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: all, json });
      });
    });
    request.end(text ?? undefined);
  });
}

/** The table `hits`: what rules found. */
import { Bag, parseJson, type Value } from '../../../lang/index.ts';
import type { DetectionsReader, StoredHit } from '../../../store/index.ts';
import { at, type Column, count, listed, one, tableOf } from './table.ts';

/** Unpacked at a time, so that whoever else waits for the thread waits milliseconds. */
const PAGE_HITS = 200;

type TitleOf = (rule: StoredHit['rule']) => string | null;

/** A hit whose body is read when a column of it is asked for. */
class Hit {
  readonly stored: StoredHit;
  readonly #title: TitleOf;
  #body: ReadonlyMap<string, Value> | null = null;

  constructor(stored: StoredHit, title: TitleOf) {
    this.stored = stored;
    this.#title = title;
  }

  member(...keys: readonly string[]): Value {
    this.#body ??= membersOf(parseJson(`{${Buffer.from(this.stored.body).toString()}}`) ?? null);
    let value: Value = this.#body.get(keys[0]) ?? null;
    for (const key of keys.slice(1)) value = membersOf(value).get(key) ?? null;
    return value;
  }

  /** Of the rule as it is kept: that needs no body. */
  get title(): Value {
    return this.#title(this.stored.rule) ?? this.member('rule', 'title');
  }
}

function membersOf(value: Value): ReadonlyMap<string, Value> {
  return value instanceof Bag ? value.entries : new Map();
}

const title: Column<Hit> = { type: 'string', of: (hit) => one(hit.title) };

export const hits = tableOf<Hit>({
  received: 'received',
  columns: {
    '@timestamp': { type: 'datetime', of: ({ stored }) => at(stored.time ?? stored.received) },
    id: { type: 'string', of: ({ stored }) => [stored.id] },
    'rule.id': { type: 'string', of: ({ stored }) => [stored.rule.id] },
    'rule.title': title,
    'rule.name': { ...title, hidden: true },
    'rule.level': { type: 'string', of: ({ stored }) => [stored.rule.level] },
    'rule.tags': { type: 'dynamic', of: (hit) => listed(hit.member('rule', 'tags')) },
    'rule.version': { type: 'string', of: ({ stored }) => [stored.rule.version] },
    'host.name': { type: 'string', of: (hit) => one(hit.member('host')) },
    'weir.source.id': { type: 'string', of: ({ stored }) => [stored.source] },
    event_id: { type: 'string', of: ({ stored }) => one(stored.eventId) },
    received: { type: 'datetime', of: ({ stored }) => at(stored.received) },
    live: { type: 'bool', of: ({ stored }) => [stored.live] },
    revision: { type: 'long', of: ({ stored }) => (stored.revision === null ? [] : count(stored.revision)) },
    matches: { type: 'dynamic', of: (hit) => one(hit.member('matches')) },
    event: { type: 'dynamic', of: (hit) => one(hit.member('event')) },
    events: { type: 'dynamic', of: (hit) => one(hit.member('events')) },
  },
  async *pages(sources, tenant, upTo) {
    const reader = sources.detections();
    const until = upTo ?? reader.hits.sequence();
    const titleOf = titles(reader);
    for (let after: number | null = 0; after !== null; ) {
      const page = reader.hits.list({ tenant, limit: PAGE_HITS, after });
      const items = page.items.filter(({ sequence }) => sequence <= until);
      yield items.map((stored) => new Hit(stored, titleOf));
      after = items.length < page.items.length ? null : page.next;
    }
  },
  until: (sources) => sources.evaluated(),
});

/** Titles of rule versions, each looked up once. */
function titles(reader: DetectionsReader): TitleOf {
  const known = new Map<string, string | null>();
  return ({ id, version }) => {
    const key = `${version} ${id}`;
    let found = known.get(key);
    if (found === undefined) {
      found = reader.rules.version(id, version)?.title ?? null;
      known.set(key, found);
    }
    return found;
  };
}

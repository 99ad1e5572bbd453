/**
 * From where on a rule could have fired here: when a kind of events first came that it applies to, with the fields it needs. What a
 * value was is not asked, so a rule that is said to be dead could not have fired whatever came; the reverse is not claimed.
 */
import {
  applies,
  type Fact,
  factName,
  knownFacts,
  laneName,
  namesOf,
  type Path,
  type Routing,
  type SourceType,
} from '../../schema/index.ts';
import type { DetectionRule, Expr, Item } from '../sigma/model.ts';
import { factsOf } from './lane.ts';

/** A place in the journal, and how many events of a kind came before it. */
export interface Reached {
  readonly position: number;
  readonly before: number;
}

/** What has come of one kind of events. */
export interface ArrivedLane {
  readonly source: SourceType | null;
  readonly facts: readonly Fact[];
  readonly events: number;
  readonly position: number;
  /** Where each column came first. */
  readonly columns: ReadonlyMap<Path, Reached>;
  /** There are columns beyond these, so that no field can be said to be missing. */
  readonly more: boolean;
}

/** A kind of events by the names that rules give its fields. */
export interface LaneFields {
  readonly facts: readonly Fact[];
  readonly events: number;
  readonly position: number;
  readonly more: boolean;
  readonly fields: ReadonlyMap<string, Reached>;
}

export interface Reach {
  /** Position from which on the rule could have fired; infinite where it never could. */
  readonly position: number;
  /** Position of the first event it applied to; infinite where none came. */
  readonly since: number;
  /** Events it applied to ahead of `position`. */
  readonly missed: number;
  /** Why it never could, in words; null where it could. */
  readonly reason: string | null;
}

const NEVER: Reached = { position: Number.POSITIVE_INFINITY, before: 0 };
const ALWAYS: Reached = { position: Number.NEGATIVE_INFINITY, before: 0 };
/** Fields that a reason names. */
const NAMED_MAX = 5;

export function laneFields({ source, facts, events, position, more, columns }: ArrivedLane): LaneFields {
  const names = namesOf(source);
  const fields = new Map<string, Reached>();
  for (const [path, reached] of columns) {
    for (const { name } of names(path)) fields.set(name, earliest([fields.get(name) ?? NEVER, reached]));
  }
  return { facts, events, position, more, fields };
}

/** The kinds of events that rules of a logsource apply to, with the facts through which they do: the same for all of them. */
export type Applicable = readonly { readonly lane: LaneFields; readonly facts: readonly Fact[] }[];

export function applicable(logsource: Routing, lanes: readonly LaneFields[]): Applicable {
  return lanes.map((lane) => ({ lane, facts: factsOf(logsource, lane.facts) })).filter(({ facts }) => facts.length > 0);
}

/** @param lanes what is `applicable` of all that has arrived */
export function reachOf(rule: Pick<DetectionRule, 'logsource' | 'items' | 'expr'>, lanes: Applicable): Reach {
  let best: Reached = NEVER;
  let since = Number.POSITIVE_INFINITY;
  let events = 0;
  let missing: ReadonlySet<string> | null = null;
  const places = new Set<string>();
  for (const { lane, facts } of lanes) {
    since = Math.min(since, lane.position);
    events += lane.events;
    for (const fact of facts) {
      const question = new Question(rule.items, lane, fact);
      const reached = question.mayHold(rule.expr);
      best = earliest([best, latest([reached, { position: lane.position, before: 0 }])]);
      if (reached !== NEVER) continue;
      const own = question.missing(rule.expr);
      if (missing === null || own.size < missing.size) missing = own;
      places.add(laneName(lane.facts));
    }
  }
  if (since === Number.POSITIVE_INFINITY) {
    return { position: since, since, missed: 0, reason: absence(rule.logsource) };
  }
  if (best.position !== Number.POSITIVE_INFINITY) {
    return { position: best.position, since, missed: best.before, reason: null };
  }
  const named = [...(missing ?? [])].slice(0, NAMED_MAX).join(', ');
  const where = [...places].slice(0, 3).join(', ');
  const what = (missing?.size ?? 0) > 1 ? 'of fields it needs, none ever came' : 'a field it needs never came';
  const reason = named === '' ? 'its condition can never hold' : `${what}: ${named} (in ${where})`;
  return { position: Number.POSITIVE_INFINITY, since, missed: events, reason };
}

/** Why no event of a logsource came. */
function absence(logsource: DetectionRule['logsource']): string {
  const { product, category, service } = logsource;
  const wanted = [product, category, service].filter((part) => part !== undefined).join('/');
  const known = knownFacts().filter((fact) => applies(logsource, fact));
  if (known.length === 0) return `no source that weir knows has events of ${wanted}`;
  const names = [...new Set(known.map(factName))].filter((name) => name !== wanted).slice(0, 3);
  const also = names.length === 0 ? '' : ` (such as ${names.join(', ')})`;
  return `no event of ${wanted}${also} ever came`;
}

/** One rule in one kind of events. */
class Question {
  readonly #items: readonly Item[];
  readonly #lane: LaneFields;
  readonly #fact: Fact;

  constructor(items: readonly Item[], lane: LaneFields, fact: Fact) {
    this.#items = items;
    this.#lane = lane;
    this.#fact = fact;
  }

  #came(field: string): Reached {
    const name =
      this.#fact.rewrite !== undefined && Object.hasOwn(this.#fact.rewrite, field) ? this.#fact.rewrite[field] : field;
    return this.#lane.fields.get(name) ?? (this.#lane.more ? ALWAYS : NEVER);
  }

  /** From where on it may be true; what the kind of events itself hangs on is part of it. */
  mayHold(expr: Expr): Reached {
    const where = Object.keys(this.#fact.where ?? {}).map((field) => this.#lane.fields.get(field) ?? ALWAYS);
    return latest([...where, this.#may(expr, true)]);
  }

  #may(expr: Expr, be: boolean): Reached {
    switch (expr.op) {
      case 'const':
        return expr.value === be ? ALWAYS : NEVER;
      case 'not':
        return this.#may(expr.arg, !be);
      case 'item':
        return this.#item(this.#items[expr.item], be);
      default: {
        const parts = expr.args.map((arg) => this.#may(arg, be));
        return (expr.op === 'and') === be ? latest(parts) : earliest(parts);
      }
    }
  }

  #item({ field, test }: Item, be: boolean): Reached {
    if (field === null) return ALWAYS;
    // What is absent is null, does not exist, and satisfies nothing else.
    const absent = test.kind === 'null' || (test.kind === 'exists' && !test.value);
    if (be === absent) return ALWAYS;
    if (test.kind !== 'fieldref') return this.#came(field);
    return latest([this.#came(field), earliest(test.fields.map((other) => this.#came(other)))]);
  }

  /** Fields for the lack of which it can never be true: as few as there are. */
  missing(expr: Expr): ReadonlySet<string> {
    return this.#missing(expr, true) ?? new Set();
  }

  /** Null where it may be. */
  #missing(expr: Expr, be: boolean): ReadonlySet<string> | null {
    if (this.#may(expr, be) !== NEVER) return null;
    switch (expr.op) {
      case 'const':
        return new Set();
      case 'not':
        return this.#missing(expr.arg, !be);
      case 'item': {
        const { field, test } = this.#items[expr.item];
        const fields = field === null ? [] : [field, ...(test.kind === 'fieldref' ? test.fields : [])];
        return new Set(fields.filter((name) => this.#came(name) === NEVER));
      }
      default: {
        const parts = expr.args.map((arg) => this.#missing(arg, be)).filter((part) => part !== null);
        if ((expr.op === 'and') !== be) return new Set(parts.flatMap((part) => [...part]));
        return parts.reduce((least, part) => (part.size < least.size ? part : least));
      }
    }
  }
}

function earliest(all: readonly Reached[]): Reached {
  return all.reduce((best, one) => (one.position < best.position ? one : best), NEVER);
}

function latest(all: readonly Reached[]): Reached {
  return all.reduce((best, one) => (one.position > best.position ? one : best), ALWAYS);
}

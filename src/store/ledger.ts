/**
 * The evaluation ledger: which events a rule has seen, and which not and why. Ranges of one tenant and rule set grow at their end,
 * so the ledger has as many rows as there were changes, not commits.
 */
import { type Database, limits } from '../base/index.ts';
import { storeError } from './errors.ts';
import type { ReaderNames, WriterNames } from './names.ts';
import type { ExceptionReason, LedgerException, LedgerRange } from './types.ts';

type Statement = ReturnType<Database['prepare']>;
type Row = Record<string, unknown>;

export class LedgerWriter {
  readonly #names: WriterNames;
  readonly #latest: Statement;
  readonly #extend: Statement;
  readonly #add: Statement;
  readonly #overlap: Statement;
  readonly #latestException: Statement;
  readonly #extendException: Statement;
  readonly #removeException: Statement;
  readonly #addException: Statement;

  constructor(database: Database, names: WriterNames) {
    this.#names = names;
    this.#latest = database.prepare(
      'SELECT n, rule_set, to_position FROM ledger WHERE tenant = ? AND log = ? ORDER BY to_position DESC, n DESC LIMIT 1',
    );
    this.#extend = database.prepare(
      `UPDATE ledger SET to_position = ?, events = events + ?, evaluations = evaluations + ?,
       received_from = min(received_from, ?), received_to = max(received_to, ?) WHERE n = ?`,
    );
    this.#overlap = database.prepare(
      'SELECT 1 FROM ledger WHERE tenant = ? AND log = ? AND to_position >= ? AND from_position <= ? AND rule_set = ?',
    );
    this.#add = database.prepare(
      `INSERT INTO ledger (tenant, log, rule_set, from_position, to_position, events, evaluations, received_from, received_to)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#latestException = database.prepare(
      `SELECT n, from_position, to_position FROM exceptions WHERE tenant = ? AND log = ? AND rule = ? AND reason = ?
       ORDER BY from_position DESC, n DESC LIMIT 1`,
    );
    this.#extendException = database.prepare(
      `UPDATE exceptions SET to_position = ?, events = events + ?, received_to = ?, detail = coalesce(?, detail) WHERE n = ?`,
    );
    this.#removeException = database.prepare('DELETE FROM exceptions WHERE n = ?');
    this.#addException = database.prepare(
      `INSERT INTO exceptions (tenant, log, rule, reason, from_position, to_position, events, received_from, received_to, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Throws `store.order` where the same rule set was said before to have evaluated some of the range. */
  range(logName: string, range: LedgerRange): void {
    const [tenant, log] = [this.#names.tenant(range.tenant), this.#names.log(logName)];
    const latest = this.#latest.get(tenant, log);
    const { events, evaluations, receivedFrom, receivedTo } = range;
    // Positions in between are other tenants': the tenant's own events follow one another.
    if (latest !== undefined && latest['rule_set'] === range.ruleSet && Number(latest['to_position']) < range.from) {
      this.#extend.run(range.to, events, evaluations, receivedFrom, receivedTo, Number(latest['n']));
      return;
    }
    if (range.to < range.from || this.#overlap.get(tenant, log, range.from, range.to, range.ruleSet) !== undefined) {
      throw storeError(
        'store.order',
        `positions ${range.from} to ${range.to} were evaluated before by the same rule set`,
      );
    }
    this.#add.run(tenant, log, range.ruleSet, range.from, range.to, events, evaluations, receivedFrom, receivedTo);
  }

  exception(logName: string, exception: LedgerException): void {
    const { rule, reason, from, to, events, receivedFrom, receivedTo } = exception;
    const [tenant, log] = [this.#names.tenant(exception.tenant), this.#names.log(logName)];
    const detail = exception.detail ?? null;
    const latest = this.#latestException.get(tenant, log, rule, reason);
    const end = latest?.['to_position'];
    const open = latest !== undefined && end === null;
    if (latest !== undefined && open && to !== null && to < Number(latest['from_position'])) {
      // Off and on again before any entry.
      this.#removeException.run(Number(latest['n']));
    } else if (latest !== undefined && (open || adjoins(latest, from))) {
      const last = to === null || open ? to : Math.max(to, Number(end));
      this.#extendException.run(last, events, receivedTo, detail, Number(latest['n']));
    } else {
      this.#addException.run(tenant, log, rule, reason, from, to, events, receivedFrom, receivedTo, detail);
    }
  }
}

/** A range that begins inside or right behind a closed one continues it; one that lies before it stands for itself. */
function adjoins(closed: Row, from: number): boolean {
  return Number(closed['from_position']) <= from && from <= Number(closed['to_position']) + 1;
}

export interface LedgerEntry {
  readonly ruleSet: string;
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly evaluations: number;
  readonly receivedFrom: number;
  readonly receivedTo: number;
}

export interface Gap {
  /** `not_loaded`: evaluated by a rule set that the rule was not in. */
  readonly reason: ExceptionReason | 'not_loaded';
  /** The rule, or `*` where every rule was concerned. */
  readonly rule: string;
  readonly from: number;
  /** Null: still so. */
  readonly to: number | null;
  readonly events: number;
  readonly receivedFrom: number;
  readonly receivedTo: number | null;
  readonly detail: string | null;
}

export interface Moment {
  readonly position: number;
  /** Receive time. */
  readonly received: number;
}

/** "The rule has seen every event from `since` up to `upTo`"; and, beyond the first gap, every one but those in `gaps`, up to `evaluated`. */
export interface RuleCoverage {
  /** First entry that a rule set with this rule evaluated; null: none yet. */
  readonly since: Moment | null;
  /** The last entry before the first gap: `evaluated` where there is none, null where nothing was seen at all. */
  readonly upTo: Moment | null;
  /** How far all rules are: the checkpoint. */
  readonly evaluated: Moment | null;
  /** By position; at most `ledgerExceptionsPageMax` of `gapCount`. */
  readonly gaps: readonly Gap[];
  readonly gapCount: number;
}

export class LedgerReader {
  readonly #names: ReaderNames;
  readonly #ranges: Statement;
  readonly #exceptions: Statement;
  readonly #exceptionCount: Statement;
  readonly #all: Statement;
  readonly #quarantined: Statement;
  readonly #holding: Statement;
  readonly #checkpoint: Statement;

  constructor(database: Database, names: ReaderNames) {
    this.#names = names;
    this.#ranges = database.prepare(
      `SELECT rule_set, from_position, to_position, events, evaluations, received_from, received_to FROM ledger
       WHERE tenant = ? AND log = ? ORDER BY from_position, n`,
    );
    this.#exceptions = database.prepare(
      `SELECT rule, reason, from_position, to_position, events, received_from, received_to, detail FROM exceptions
       WHERE tenant = ? AND log = ? AND rule IN (?, '*') AND coalesce(to_position, 1e300) >= ?
       ORDER BY from_position, n LIMIT ?`,
    );
    this.#all = database.prepare(
      `SELECT rule, reason, from_position, to_position, events, received_from, received_to, detail FROM exceptions
       WHERE tenant = ? AND log = ? ORDER BY from_position, n`,
    );
    this.#exceptionCount = database.prepare(
      `SELECT count(*) AS count FROM exceptions
       WHERE tenant = ? AND log = ? AND rule IN (?, '*') AND coalesce(to_position, 1e300) >= ?`,
    );
    this.#quarantined = database.prepare(
      `SELECT rule, reason, from_position, to_position, events, received_from, received_to, detail FROM exceptions
       WHERE tenant = ? AND log = ? AND rule = ? AND reason = 'quarantined' ORDER BY from_position, n LIMIT ?`,
    );
    this.#holding = database.prepare(
      `SELECT s.hash FROM rules r JOIN rule_versions v ON v.rule = r.n JOIN rule_set_members m ON m.version = v.n
       JOIN rule_sets s ON s.n = m.rule_set WHERE r.id = ?`,
    );
    this.#checkpoint = database.prepare('SELECT position, received FROM logs WHERE n = ?');
  }

  /** All ranges of a tenant, by position. */
  ranges(tenant: string, log: string): LedgerEntry[] {
    const rows = this.#ranges.all(this.#names.tenantNumber(tenant) ?? -1, this.#names.logNumber(log) ?? -1);
    return rows.map((row) => ({
      ruleSet: String(row['rule_set']),
      from: Number(row['from_position']),
      to: Number(row['to_position']),
      events: Number(row['events']),
      evaluations: Number(row['evaluations']),
      receivedFrom: Number(row['received_from']),
      receivedTo: Number(row['received_to']),
    }));
  }

  /** All exceptions of a tenant, by position. */
  exceptions(tenant: string, log: string): Gap[] {
    return this.#all.all(this.#names.tenantNumber(tenant) ?? -1, this.#names.logNumber(log) ?? -1).map(gapOf);
  }

  coverage(tenant: string, log: string, rule: string): RuleCoverage {
    const holding = new Set(this.#holding.all(rule).map((row) => String(row['hash'])));
    const ranges = this.ranges(tenant, log);
    const seen = ranges.filter((range) => holding.has(range.ruleSet));
    const evaluated = momentOf(this.#checkpoint.get(this.#names.logNumber(log) ?? -1));
    const of = [this.#names.tenantNumber(tenant) ?? -1, this.#names.logNumber(log) ?? -1, rule];
    const aside = this.#quarantined.all(...of, limits.ledgerExceptionsPageMax).map(gapOf);
    if (seen.length === 0) return { since: null, upTo: null, evaluated, gaps: aside, gapCount: aside.length };
    const since = { position: seen[0].from, received: seen[0].receivedFrom };
    const key = [...of, since.position];
    const exceptions = this.#exceptions.all(...key, limits.ledgerExceptionsPageMax).map(gapOf);
    const absent = missed(ranges, seen, since.position, rule).filter((gap) => !aside.some((own) => meet(own, gap)));
    const gaps = [...absent, ...exceptions].sort((a, b) => a.from - b.from);
    const gapCount = absent.length + Number(this.#exceptionCount.get(...key)?.['count']);
    const first = gaps[0];
    const before = first === undefined ? evaluated : { position: first.from - 1, received: first.receivedFrom };
    const upTo = before === null || before.position < since.position ? null : before;
    return { since, upTo, evaluated, gaps: gaps.slice(0, limits.ledgerExceptionsPageMax), gapCount };
  }
}

/** What other rule sets evaluated and none with this rule did (a replay under a later set may have made up for it). */
function missed(ranges: readonly LedgerEntry[], seen: readonly LedgerEntry[], since: number, rule: string): Gap[] {
  const gaps: Gap[] = [];
  for (const range of ranges) {
    const made = seen.some(({ from, to }) => from <= range.from && to >= range.to);
    if (made || range.to < since) continue;
    const { from, to, events, receivedFrom, receivedTo } = range;
    gaps.push({ reason: 'not_loaded', rule, from, to, events, receivedFrom, receivedTo, detail: range.ruleSet });
  }
  return gaps;
}

/** A rule set that does without a rule because it is in quarantine does so for all of its range: then that is the reason. */
function meet(one: Gap, other: Gap): boolean {
  const endOf = ({ to }: Gap): number => to ?? Number.POSITIVE_INFINITY;
  return one.from <= endOf(other) && other.from <= endOf(one);
}

function momentOf(row: Row | undefined): Moment | null {
  if (row === undefined || row['received'] === null) return null;
  return { position: Number(row['position']), received: Number(row['received']) };
}

function gapOf(row: Row): Gap {
  return {
    reason: String(row['reason']) as ExceptionReason,
    rule: String(row['rule']),
    from: Number(row['from_position']),
    to: row['to_position'] === null ? null : Number(row['to_position']),
    events: Number(row['events']),
    receivedFrom: Number(row['received_from']),
    receivedTo: row['received_to'] === null ? null : Number(row['received_to']),
    detail: row['detail'] === null ? null : String(row['detail']),
  };
}

/** Texts that many rows share, kept once and referred to by number. Each looks in memory first. */
import type { Database } from '../base/index.ts';
import { streamHash } from './hit-id.ts';
import type { RuleRef } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

/** Memory for numbers of rule versions and streams: reloads of thousands of rules add to it; emptied when full. */
const CACHED_MAX = 65_536;

/** Numbers for writing: what is not there is added, in the transaction under way. */
export class WriterNames {
  readonly #numbers = new Map<string, number>();
  readonly #tenant: Statement;
  readonly #rule: Statement;
  readonly #log: Statement;
  readonly #version: Statement;
  readonly #stream: Statement;

  constructor(database: Database) {
    // DO UPDATE instead of DO NOTHING, so that RETURNING gives the number in both cases.
    const adds = (table: string, column: string): Statement =>
      database.prepare(
        `INSERT INTO ${table} (${column}) VALUES (?) ON CONFLICT (${column}) DO UPDATE SET ${column} = ${column} RETURNING n`,
      );
    this.#tenant = adds('tenants', 'name');
    this.#rule = adds('rules', 'id');
    this.#log = adds('logs', 'name');
    this.#version = database.prepare(
      `INSERT INTO rule_versions (rule, version, level) VALUES (?, ?, ?)
       ON CONFLICT (rule, version) DO UPDATE SET version = version RETURNING n`,
    );
    this.#stream = database.prepare(
      `INSERT INTO streams (hash, version, log) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET hash = hash RETURNING n`,
    );
  }

  tenant(name: string): number {
    return this.#number(`t${name}`, () => this.#tenant.get(name));
  }

  rule(id: string): number {
    return this.#number(`r${id}`, () => this.#rule.get(id));
  }

  log(name: string): number {
    return this.#number(`l${name}`, () => this.#log.get(name));
  }

  version(rule: RuleRef): number {
    return this.#number(`v${rule.id}\0${rule.version}`, () =>
      this.#version.get(this.rule(rule.id), rule.version, rule.level),
    );
  }

  stream(rule: RuleRef, log: string): number {
    return this.#number(`s${rule.id}\0${rule.version}\0${log}`, () =>
      this.#stream.get(streamHash(rule.id, rule.version, log), this.version(rule), this.log(log)),
    );
  }

  /** After a rollback, numbers given out in it mean nothing. */
  forget(): void {
    this.#numbers.clear();
  }

  #number(key: string, add: () => Record<string, unknown> | undefined): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= CACHED_MAX) this.#numbers.clear();
    const n = Number(add()?.['n']);
    this.#numbers.set(key, n);
    return n;
  }
}

/** Names for reading. Rows of these tables never change, so what was read once stays true. */
export class ReaderNames {
  readonly #texts = new Map<string, string>();
  readonly #rules = new Map<number, RuleRef>();
  readonly #streams = new Map<number, string>();
  readonly #tenantName: Statement;
  readonly #logName: Statement;
  readonly #ruleOf: Statement;
  readonly #streamHash: Statement;
  readonly #tenantNumber: Statement;
  readonly #ruleNumber: Statement;
  readonly #logNumber: Statement;

  constructor(database: Database) {
    this.#tenantName = database.prepare('SELECT name FROM tenants WHERE n = ?');
    this.#logName = database.prepare('SELECT name FROM logs WHERE n = ?');
    this.#ruleOf = database.prepare(
      'SELECT r.id, v.version, v.level FROM rule_versions v JOIN rules r ON r.n = v.rule WHERE v.n = ?',
    );
    this.#streamHash = database.prepare('SELECT hash FROM streams WHERE n = ?');
    this.#tenantNumber = database.prepare('SELECT n FROM tenants WHERE name = ?');
    this.#ruleNumber = database.prepare('SELECT n FROM rules WHERE id = ?');
    this.#logNumber = database.prepare('SELECT n FROM logs WHERE name = ?');
  }

  tenant(n: number): string {
    return this.#text(`t${n}`, () => this.#tenantName.get(n)?.['name']);
  }

  log(n: number): string {
    return this.#text(`l${n}`, () => this.#logName.get(n)?.['name']);
  }

  rule(version: number): RuleRef {
    const known = this.#rules.get(version);
    if (known !== undefined) return known;
    const row = this.#ruleOf.get(version);
    const rule = { id: String(row?.['id']), version: String(row?.['version']), level: String(row?.['level']) };
    if (this.#rules.size >= CACHED_MAX) this.#rules.clear();
    this.#rules.set(version, rule);
    return rule;
  }

  streamHash(n: number): string {
    const known = this.#streams.get(n);
    if (known !== undefined) return known;
    const hash = String(this.#streamHash.get(n)?.['hash']);
    if (this.#streams.size >= CACHED_MAX) this.#streams.clear();
    this.#streams.set(n, hash);
    return hash;
  }

  /** Null: nothing was ever stored under this name. */
  tenantNumber(name: string): number | null {
    return numberOf(this.#tenantNumber.get(name));
  }

  ruleNumber(id: string): number | null {
    return numberOf(this.#ruleNumber.get(id));
  }

  logNumber(name: string): number | null {
    return numberOf(this.#logNumber.get(name));
  }

  #text(key: string, read: () => unknown): string {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = String(read());
    if (this.#texts.size >= CACHED_MAX) this.#texts.clear();
    this.#texts.set(key, text);
    return text;
  }
}

function numberOf(row: Record<string, unknown> | undefined): number | null {
  return row === undefined ? null : Number(row['n']);
}

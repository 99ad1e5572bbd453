/** Rules as they were: the text of every version that could fire, and which versions a rule set had. */
import type { Database } from '../base/index.ts';
import type { ReaderNames, WriterNames } from './names.ts';
import type { RuleRef } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

export interface RuleVersion extends RuleRef {
  readonly title: string;
  /** The rule as its author wrote it, with what was applied to it: any text. */
  readonly text: string;
}

export interface RuleSet {
  readonly hash: string;
  readonly rules: readonly RuleVersion[];
}

export class RuleWriter {
  readonly #names: WriterNames;
  readonly #describe: Statement;
  readonly #addSet: Statement;
  readonly #addMember: Statement;
  readonly #hasSet: Statement;

  constructor(database: Database, names: WriterNames) {
    this.#names = names;
    this.#hasSet = database.prepare('SELECT 1 FROM rule_sets WHERE hash = ?');
    // A version is a hash: its text never changes, a hit may only have been there first.
    this.#describe = database.prepare('UPDATE rule_versions SET title = ?, text = ? WHERE n = ? AND text IS NULL');
    this.#addSet = database.prepare('INSERT INTO rule_sets (hash, stored) VALUES (?, ?) RETURNING n');
    this.#addMember = database.prepare('INSERT INTO rule_set_members VALUES (?, ?) ON CONFLICT DO NOTHING');
  }

  /** False: the set was there already. */
  put(set: RuleSet, now: number): boolean {
    if (this.#hasSet.get(set.hash) !== undefined) return false;
    const number = Number(this.#addSet.get(set.hash, now)?.['n']);
    for (const rule of set.rules) {
      const version = this.#names.version(rule);
      this.#describe.run(rule.title, rule.text, version);
      this.#addMember.run(version, number);
    }
    return true;
  }
}

export class RuleReader {
  readonly #names: ReaderNames;
  readonly #get: Statement;
  readonly #members: Statement;
  readonly #hasSet: Statement;

  constructor(database: Database, names: ReaderNames) {
    this.#names = names;
    this.#get = database.prepare('SELECT level, title, text FROM rule_versions WHERE rule = ? AND version = ?');
    this.#hasSet = database.prepare('SELECT n FROM rule_sets WHERE hash = ?');
    this.#members = database.prepare(
      `SELECT r.id, v.version, v.level FROM rule_set_members m JOIN rule_versions v ON v.n = m.version
       JOIN rules r ON r.n = v.rule WHERE m.rule_set = ? ORDER BY r.id`,
    );
  }

  /** Null where no such version was stored, or only a hit of it without its text. */
  version(id: string, version: string): RuleVersion | null {
    const row = this.#get.get(this.#names.ruleNumber(id) ?? -1, version);
    if (row === undefined || row['text'] === null) return null;
    return { id, version, level: String(row['level']), title: String(row['title']), text: String(row['text']) };
  }

  /** By rule id; null where the set was never stored. */
  set(hash: string): RuleRef[] | null {
    const set = this.#hasSet.get(hash);
    if (set === undefined) return null;
    return this.#members.all(Number(set['n'])).map((row) => ({
      id: String(row['id']),
      version: String(row['version']),
      level: String(row['level']),
    }));
  }
}

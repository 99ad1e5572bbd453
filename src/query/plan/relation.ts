/** Rows on their way through SQL: what has been translated so far. */
import { type Expression, everyPath, type Shape, type Tools, withMembers } from '../../lang/index.ts';
import type { Base } from './base.ts';
import { type Cell, NO_CELL, type PartKind } from './cell.ts';
import { condition } from './conditions.ts';
import { worth } from './expressions.ts';
import { isVirtual } from './names.ts';
import type { Need, Scope } from './scope.ts';
import * as sql from './sql.ts';

export interface World {
  readonly tools: Tools;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** SQL around the base, which is written last. */
type Wrap = (base: string) => string;

export class Relation {
  readonly base: Base;
  readonly world: World;
  /** Columns as the evaluator has them at this place. */
  readonly columns: readonly string[];
  readonly sparse: boolean;
  /** Columns that were worked out. */
  readonly cells: ReadonlyMap<string, Cell>;
  /** Whether names that are no columns are asked of events. */
  readonly events: boolean;
  /** Terms of ORDER BY; empty: in no order. */
  readonly order: readonly string[];
  /** Most rows there are, where that is known. */
  readonly limit: number | null;
  readonly wrap: Wrap;

  constructor(
    parts: Pick<Relation, 'base' | 'world' | 'columns' | 'sparse' | 'cells' | 'events' | 'order' | 'limit' | 'wrap'>,
  ) {
    this.base = parts.base;
    this.world = parts.world;
    this.columns = parts.columns;
    this.sparse = parts.sparse;
    this.cells = parts.cells;
    this.events = parts.events;
    this.order = parts.order;
    this.limit = parts.limit;
    this.wrap = parts.wrap;
  }

  with(changes: Partial<Relation>): Relation {
    return new Relation({ ...this, ...changes });
  }

  /** Rows of which a condition is true. */
  where(held: string): Relation {
    const { wrap } = this;
    return this.with({ wrap: (base) => `SELECT * FROM (${wrap(base)}) WHERE ${held}` });
  }

  /** Expressions become columns, so that they are worked out once. */
  compute(cells: readonly Cell[]): { readonly relation: Relation; readonly cells: readonly Cell[] } {
    const { wrap } = this;
    const computed: string[] = [];
    const aliases = cells.map((cell) => {
      const own = new Map<PartKind, string>();
      for (const [kind, of] of cell) {
        const plain = /^[a-z]\d+$/.test(of);
        const alias = plain ? of : this.base.alias('x');
        if (!plain) computed.push(`${of} AS ${alias}`);
        own.set(kind, alias);
      }
      return own;
    });
    if (computed.length === 0) return { relation: this, cells: aliases };
    const relation = this.with({ wrap: (base) => `SELECT *, ${computed.join(', ')} FROM (${wrap(base)})` });
    return { relation, cells: aliases };
  }

  scope(): Scope {
    const scope: Scope = {
      tools: this.world.tools,
      now: this.world.now,
      cell: (path) => this.#cell(path),
      every: (path, test, need) => this.#every(path, test, need),
      value: (node) => worth(node, scope),
      condition: (node: Expression, need: Need) => condition(node, scope, need),
    };
    return scope;
  }

  /** What the evaluator is told of its rows. */
  get shape(): Shape {
    const { columns, sparse, base } = this;
    return { columns, sparse, ...(this.events ? { knows: (path: string) => base.knows(path) } : {}) };
  }

  /** As the evaluator does: `a.b` may be a member of a column `a`. */
  bound(expression: Expression): Expression {
    return withMembers(expression, this.shape);
  }

  #cell(path: string): Cell | null {
    const own = this.cells.get(path);
    if (own !== undefined) return own;
    return this.events ? this.base.cell(path) : NO_CELL;
  }

  #every(path: string, test: (cell: Cell) => string | null, need: Need): string | null {
    if (!this.events || this.cells.size > 0) return null;
    if (path !== everyPath([]) && isVirtual(path.slice(0, -2))) return null;
    return this.base.condition((group) => {
      const cells = this.base.every(group, path);
      if (cells === null) return null;
      const held = cells.map(test);
      if (held.includes(null)) return null;
      const some = sql.or([...new Set(held as readonly string[])].filter((one) => one !== 'FALSE'));
      return need === 'true' ? some : `coalesce(${some}, FALSE)`;
    });
  }
}

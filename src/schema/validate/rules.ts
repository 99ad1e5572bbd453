/** Business rules and compliance checks: expressions, evaluated once per distinct combination of the values they read. */
import { type BatchFields, elementsOf, suppliedText } from './columns.ts';
import type { ColumnValue, Condition } from './types.ts';

type Scalars = readonly unknown[];

/** A field over all rows: a number per row (0: absent) and the values it stands for. */
interface FieldColumn {
  readonly codes: Uint32Array;
  readonly values: readonly Scalars[];
}

const ABSENT: Scalars = [];

/** Reads fields for expressions: of the catalogue first, then of rules and of the source itself. */
export class RuleFields {
  readonly #fields: BatchFields;
  readonly #columns = new Map<string, FieldColumn>();

  constructor(fields: BatchFields) {
    this.#fields = fields;
  }

  column(name: string): FieldColumn {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = this.#read(name);
      this.#columns.set(name, column);
    }
    return column;
  }

  /** Rows by all fields of an expression together; the first row of each combination stands for it. */
  combinations(names: readonly string[]): { readonly codes: Uint32Array; readonly first: readonly number[] } {
    const { rows } = this.#fields.batch;
    let codes = new Uint32Array(rows);
    let first = rows === 0 ? [] : [0];
    for (const name of names) {
      const { codes: own, values } = this.column(name);
      const numbers = new Map<number, number>();
      const combined = new Uint32Array(rows);
      first = [];
      for (let row = 0; row < rows; row++) {
        const key = codes[row] * values.length + own[row];
        let number = numbers.get(key);
        if (number === undefined) {
          number = first.push(row) - 1;
          numbers.set(key, number);
        }
        combined[row] = number;
      }
      codes = combined;
    }
    return { codes, first };
  }

  #read(name: string): FieldColumn {
    const { batch, suppliers, groups, groupOf } = this.#fields;
    const codes = new Uint32Array(batch.rows);
    const values: Scalars[] = [ABSENT];
    const unified = suppliers.get(name);
    if (unified !== undefined) {
      for (const { path, supply } of unified) {
        const holds = groups.map((group) => this.#fields.applies(supply, group));
        this.#fill(
          codes,
          values,
          path,
          (row) => holds[groupOf[row]],
          (value) => read(suppliedText(supply, value), value, supply.row?.read != null),
        );
      }
      return { codes, values };
    }
    for (const path of this.#fields.pathsNamed(name)) {
      this.#fill(
        codes,
        values,
        path,
        () => true,
        (value) => value.value,
      );
    }
    return { codes, values };
  }

  /** Puts a column's values where no better column has given any. */
  #fill(
    codes: Uint32Array,
    values: Scalars[],
    path: string,
    holds: (row: number) => boolean,
    scalarOf: (value: ColumnValue) => unknown,
  ): void {
    const taken = codes.slice();
    const lists = new Map<string, number>();
    for (const { rows, codes: own, dictionary } of this.#fields.column(path)) {
      const numbers = dictionary.map((value) => {
        const scalars = elementsOf(value)
          .map(scalarOf)
          .filter((scalar) => scalar !== null && scalar !== undefined);
        return scalars.length === 0 ? 0 : values.push(scalars) - 1;
      });
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        if (taken[row] !== 0 || !holds(row) || numbers[own[i]] === 0) continue;
        if (codes[row] === 0) codes[row] = numbers[own[i]];
        else codes[row] = joined(lists, values, codes[row], numbers[own[i]]);
      }
    }
  }
}

/** A row with several values: the combination gets a number of its own. */
function joined(lists: Map<string, number>, values: Scalars[], before: number, next: number): number {
  const key = `${before},${next}`;
  let number = lists.get(key);
  if (number === undefined) {
    number = values.push([...values[before], ...values[next]]) - 1;
    lists.set(key, number);
  }
  return number;
}

/** A value that was read differently is a text; any other keeps its kind. */
function read(text: string | null, value: ColumnValue, changed: boolean): unknown {
  return text === null ? null : changed ? text : value.value;
}

/** What a condition is in each row: true, false, or null where it is neither. */
export function judge(condition: Condition, fields: RuleFields, now: number): (row: number) => boolean | null {
  const { codes, first } = fields.combinations(condition.fields);
  const results = first.map((row) => {
    const values = condition.evaluate((path) => {
      const { codes: own, values: known } = fields.column(path);
      return known[own[row]];
    }, now);
    return values.includes(true) ? true : values.includes(false) ? false : null;
  });
  return (row) => results[codes[row]];
}

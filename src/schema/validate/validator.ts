/** Validation of one source: the four kinds of checks over a batch's columns, per distinct value wherever that is possible. */
import { type Field, fieldNamed } from '../catalogue/index.ts';
import type { SourceType } from '../types.ts';
import { type CheckContext, type Problem, scalarText, valueProblem } from './checks.ts';
import { BatchFields, elementsOf, SourceFields, type Supplier, suppliedText } from './columns.ts';
import { Findings } from './findings.ts';
import { judge, RuleFields } from './rules.ts';
import type {
  BatchView,
  CheckKind,
  ColumnValue,
  Finding,
  Mode,
  RuleCheck,
  Validation,
  ValidationSettings,
  ValidationTools,
} from './types.ts';

/** Characters of a value that a finding shows. */
const SHOWN_MAX = 200;

export class Validator {
  readonly settings: ValidationSettings;
  readonly #fields: SourceFields;
  readonly #tools: ValidationTools;

  /** @param fields what is known of the source type already: cheap to make a validator with, costly to learn */
  constructor(
    source: SourceType | null,
    settings: ValidationSettings,
    tools: ValidationTools,
    fields: SourceFields = new SourceFields(source),
  ) {
    this.settings = settings;
    this.#fields = fields;
    this.#tools = tools;
  }

  mode(kind: CheckKind): Mode {
    return this.settings.kinds?.[kind] ?? this.settings.mode;
  }

  /**
   * Checks a batch of events of this source.
   * @param received when it was received, milliseconds since 1970; `now()` of rules
   */
  validate(batch: BatchView, received: number): Validation {
    const findings = new Findings(batch.rows);
    const rules = (this.settings.rules ?? []).filter(({ kind }) => this.mode(kind) !== 'off');
    const values = this.mode('schema') !== 'off' || this.mode('integrity') !== 'off';
    if (values || rules.length > 0) {
      const fields = new BatchFields(batch, this.#fields);
      if (values) {
        this.#values(fields, findings, { parseTime: this.#tools.parseTime, received });
        this.#identities(fields, findings);
      }
      if (this.mode('schema') !== 'off') this.#required(fields, findings);
      if (rules.length > 0) this.#rules(rules, fields, findings, received);
    }
    return findings.result();
  }

  #finding(kind: CheckKind, finding: Omit<Finding, 'kind' | 'enforced'>): Finding {
    return { kind, ...finding, enforced: this.mode(kind) === 'enforce' };
  }

  /** Types, allowed values and formats. Rows are only looked at where a distinct value is wrong. */
  #values(fields: BatchFields, findings: Findings, context: CheckContext): void {
    for (const [name, suppliers] of fields.suppliers) {
      const field = fieldNamed(name);
      if (field === null || !isChecked(field)) continue;
      for (const [place, supplier] of suppliers.entries()) {
        this.#column(field, supplier, suppliers.slice(0, place), fields, findings, context);
        if (suppliesAll(fields, supplier)) break;
      }
    }
  }

  #column(
    field: Field,
    supplier: Supplier,
    better: readonly Supplier[],
    fields: BatchFields,
    findings: Findings,
    context: CheckContext,
  ): void {
    const { batch, groups, groupOf } = fields;
    const wrong = (value: ColumnValue) => this.#problemOf(field, supplier.supply, value, context) !== null;
    if (batch.distinct !== undefined && !batch.distinct(supplier.path).some(wrong)) return;
    for (const { rows, codes, dictionary } of fields.column(supplier.path)) {
      const numbers = this.#wrongValues(field, supplier, dictionary, findings, context);
      if (numbers === null) continue;
      const holds = groups.map((group) => fields.applies(supplier.supply, group));
      for (let i = 0; i < rows.length; i++) {
        const number = numbers[codes[i]];
        if (number < 0 || !holds[groupOf[rows[i]]]) continue;
        if (better.length === 0 || !isSupplied(fields, better, rows[i])) findings.add(rows[i], number);
      }
    }
  }

  /** Finding of each distinct value, -1 where there is none; null where all are right. */
  #wrongValues(
    field: Field,
    { path, supply }: Supplier,
    dictionary: readonly ColumnValue[],
    findings: Findings,
    context: CheckContext,
  ): Int32Array | null {
    let numbers: Int32Array | null = null;
    for (let code = 0; code < dictionary.length; code++) {
      const problem = this.#problemOf(field, supply, dictionary[code], context);
      if (problem === null) continue;
      numbers ??= new Int32Array(dictionary.length).fill(-1);
      const { kind, code: own, reason } = problem;
      const value = shown(dictionary[code]);
      numbers[code] = findings.finding(this.#finding(kind, { code: own, field: field.name, path, value, reason }));
    }
    return numbers;
  }

  #problemOf(field: Field, supply: Supplier['supply'], value: ColumnValue, context: CheckContext): Problem | null {
    for (const element of elementsOf(value)) {
      const text = suppliedText(supply, element);
      const problem = text === null ? null : valueProblem(field, element, text, context);
      if (problem !== null && this.mode(problem.kind) !== 'off') return problem;
    }
    return null;
  }

  /** Fields of which an event has one: several different values are a mistake of its sender. */
  #identities(fields: BatchFields, findings: Findings): void {
    if (this.mode('integrity') === 'off') return;
    for (const [name, suppliers] of fields.suppliers) {
      const field = fieldNamed(name);
      if (field === null || field.list || !IDENTITIES.has(name)) continue;
      for (const { path, supply } of suppliers) {
        for (const { rows, codes, dictionary } of fields.column(path)) {
          for (let i = 1; i < rows.length; i++) {
            if (rows[i] !== rows[i - 1] || codes[i] === codes[i - 1]) continue;
            if (!fields.applies(supply, fields.groups[fields.groupOf[rows[i]]])) continue;
            const value = shown(dictionary[codes[i]]);
            const reason = `an event has one ${name}, this has several`;
            findings.add(
              rows[i],
              findings.finding(this.#finding('integrity', { code: 'integrity.id', field: name, path, value, reason })),
            );
          }
        }
      }
    }
  }

  /** What events of a class must have. */
  #required(fields: BatchFields, findings: Findings): void {
    fields.groups.forEach((group, index) => {
      for (const alternatives of group.class.requires) {
        const missing = rowsWithout(fields, alternatives, index);
        if (missing.length === 0) continue;
        const [field = ''] = alternatives;
        const reason = `an event of the class ${group.class.id} has one of ${alternatives.join(', ')}`;
        const number = findings.finding(
          this.#finding('schema', { code: 'schema.required', field, path: null, value: null, reason }),
        );
        for (const row of missing) findings.add(row, number);
      }
    });
  }

  #rules(rules: readonly RuleCheck[], fields: BatchFields, findings: Findings, received: number): void {
    const ruleFields = new RuleFields(fields);
    for (const { name, kind, expect, when, reason } of rules) {
      const expected = judge(expect, ruleFields, received);
      const asked = when === null ? null : judge(when, ruleFields, received);
      let number = -1;
      for (let row = 0; row < fields.batch.rows; row++) {
        if (expected(row) !== false || (asked !== null && asked(row) !== true)) continue;
        if (number < 0) {
          const code = `${kind}.${name}`;
          const field = expect.fields.join(' ');
          number = findings.finding(this.#finding(kind, { code, field, path: null, value: null, reason }));
        }
        findings.add(row, number);
      }
    }
  }
}

/** Identities an event has once. */
const IDENTITIES: ReadonlySet<string> = new Set([
  'event.id',
  'weir.id',
  'process.entity_id',
  'process.parent.entity_id',
  'weir.tenant',
  'host.id',
]);

/** Fields of which some value could be wrong; any text is a keyword. */
function isChecked({ type, values, format }: Field): boolean {
  return values !== null || format !== null || CHECKED_TYPES.has(type);
}

const CHECKED_TYPES: ReadonlySet<string> = new Set(['long', 'float', 'boolean', 'date', 'ip', 'geo_point']);

/** Whether a column supplies its field in every row, so that no other is asked. Only worth asking of what most events have. */
function suppliesAll(fields: BatchFields, { path, supply }: Supplier): boolean {
  if (supply.field !== '@timestamp' || (supply.row?.when ?? null) !== null) return false;
  const columns = fields.column(path);
  const values = columns.reduce((sum, { rows }) => sum + rows.length, 0);
  return (
    values >= fields.batch.rows &&
    columns.every(
      ({ rows, dictionary }, at) =>
        at === 0 &&
        ascends(rows) &&
        dictionary.every((value) => elementsOf(value).some((element) => suppliedText(supply, element) !== null)),
    )
  );
}

function ascends(rows: ArrayLike<number>): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] === rows[i - 1]) return false;
  return true;
}

/** Whether a better column than the one at hand supplies the field in this row. */
function isSupplied(fields: BatchFields, better: readonly Supplier[], row: number): boolean {
  return better.some(({ path, supply }) => {
    if (!fields.applies(supply, fields.groups[fields.groupOf[row]])) return false;
    return fields.column(path).some(({ rows, codes, dictionary }) => {
      const at = indexOf(rows, row);
      return at >= 0 && elementsOf(dictionary[codes[at]]).some((element) => suppliedText(supply, element) !== null);
    });
  });
}

/** Where a row stands among ascending rows, or -1. */
function indexOf(rows: ArrayLike<number>, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1;
    else high = middle;
  }
  return rows[low] === row ? low : -1;
}

/** Rows of a group that have none of these fields. */
function rowsWithout(fields: BatchFields, names: readonly string[], group: number): number[] {
  const { groups, groupOf, suppliers } = fields;
  const has = new Uint8Array(fields.batch.rows);
  let left = 0;
  for (const own of groupOf) if (own === group) left++;
  for (const name of names) {
    for (const supplier of suppliers.get(name) ?? []) {
      if (!fields.applies(supplier.supply, groups[group])) continue;
      const rows = fields.rowsWith(supplier);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i];
        if (has[row] !== 0 || groupOf[row] !== group) continue;
        has[row] = 1;
        // Most events have the first of them.
        if (--left === 0) return [];
      }
    }
  }
  const missing: number[] = [];
  for (let row = 0; row < has.length; row++) if (has[row] === 0 && groupOf[row] === group) missing.push(row);
  return missing;
}

function shown(value: ColumnValue): string {
  const text = elementsOf(value).slice(0, 10).map(scalarText).join(', ');
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

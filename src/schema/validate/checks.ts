/** Checks of single values: what a field of the catalogue may be. Run once per distinct value. */
import type { Field } from '../catalogue/index.ts';
import { formatProblem, isAddress } from './formats.ts';
import type { ColumnValue } from './types.ts';

export interface Problem {
  readonly kind: 'schema' | 'integrity';
  readonly code: string;
  readonly reason: string;
}

export interface CheckContext {
  readonly parseTime: (text: string) => number | null;
  /** When the batch was received, milliseconds since 1970. */
  readonly received: number;
}

/** Before this nothing was logged that is still of use; such times are clocks that were never set. */
const EARLIEST = Date.UTC(1990, 0, 1);
/** Clocks go wrong by zones at most; what claims to be further ahead is wrong. */
const AHEAD_MS = 26 * 3_600_000;

const type = (reason: string): Problem => ({ kind: 'schema', code: 'schema.type', reason });

/** Text of a scalar, as the event has it. */
export function scalarText({ value }: ColumnValue): string {
  return value === null ? '' : String(value);
}

/** What is wrong with a value of a field, or null. `text` is the value as its reader gives it. */
export function valueProblem(field: Field, value: ColumnValue, text: string, context: CheckContext): Problem | null {
  const wrong = typeProblem(field, value, text, context);
  if (wrong !== null) return wrong;
  if (field.values !== null && !field.values.includes(text)) {
    const reason = `${field.name} is one of ${field.values.join(', ')}`;
    return { kind: 'schema', code: 'schema.value', reason };
  }
  const problem = field.format === null ? null : formatProblem(field.format, text);
  return problem === null ? null : { kind: 'integrity', ...problem };
}

function typeProblem(field: Field, value: ColumnValue, text: string, context: CheckContext): Problem | null {
  switch (field.type) {
    case 'long':
      return /^-?\d{1,20}$/.test(text) ? null : type(`${field.name} is an integer`);
    case 'float':
      return text.length <= 64 && text.trim() !== '' && Number.isFinite(Number(text))
        ? null
        : type(`${field.name} is a number`);
    case 'boolean':
      return /^(?:true|false)$/i.test(text) ? null : type(`${field.name} is true or false`);
    case 'date':
      return dateProblem(field, text, context);
    case 'ip':
      if (isAddress(text)) return null;
      return { kind: 'integrity', code: 'integrity.ip', reason: `${field.name} is an IPv4 or IPv6 address` };
    case 'object':
    case 'flattened':
    case 'nested':
      return null;
    case 'geo_point':
      return value.kind === 'boolean' ? type(`${field.name} is a position`) : null;
    default:
      return null;
  }
}

function dateProblem(field: Field, text: string, { parseTime, received }: CheckContext): Problem | null {
  const time = parseTime(text);
  if (time === null) return type(`${field.name} is a time`);
  if (field.name !== '@timestamp') return null;
  const wrong = (reason: string): Problem => ({ kind: 'integrity', code: 'integrity.time', reason });
  if (time < EARLIEST) return wrong('the event claims to be from before 1990');
  return time > received + AHEAD_MS ? wrong('the event claims to be more than a day ahead of its receipt') : null;
}

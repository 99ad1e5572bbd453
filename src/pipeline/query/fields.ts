/** What can be asked for: fields of events with their other names, and the values that fields have. */
import { Bag, keysOfColumn, parseJson, printPath, printString, textOf } from '../../lang/index.ts';
import { eventNames } from '../../query/index.ts';
import type { FieldCount } from '../store/field-counts.ts';
import type { HistorySource } from '../store/history-messages.ts';
import { ask, type Question, type Sources } from './ask.ts';

export interface NamedField extends FieldCount {
  /** Other names that lead to it: of ECS, of Sigma. */
  readonly aliases: readonly string[];
}

export interface FieldsOfTenant {
  readonly fields: readonly NamedField[];
  readonly events: number;
}

/** Those that most events have first. */
export async function fieldsOfEvents(history: HistorySource, tenant: string): Promise<FieldsOfTenant> {
  // The view cuts what was acknowledged and is not in segments yet, so the counts that follow have it.
  const view = await history.view({ tenant });
  try {
    const { fields, events } = await history.fields(tenant);
    const aliases = eventNames(tenant, view.segments).aliases();
    return {
      events,
      fields: fields.map((field) => ({ ...field, aliases: [...(aliases.get(field.path) ?? [])].sort() })),
    };
  } finally {
    history.release(view);
  }
}

export interface ValueCount {
  readonly value: string;
  readonly events: number;
}

/** Most frequent values of a field, of those that begin so in whatever case. */
export async function topValues(
  sources: Sources,
  { field, prefix, limit, ...question }: Omit<Question, 'text'> & { field: string; prefix: string; limit: number },
): Promise<readonly ValueCount[]> {
  const name = printPath(keysOfColumn(field));
  const begins = prefix === '' ? `isnotnull(${name})` : `${name} startswith ${printString(prefix)}`;
  const text = `events | where ${begins} | summarize n = count() by value = ${name} | top ${limit} by n, value asc`;
  const reply = await ask(sources, { ...question, text });
  const counts: ValueCount[] = [];
  for await (const json of reply.rows) {
    const row = parseJson(json);
    if (!(row instanceof Bag)) continue;
    counts.push({ value: textOf(row.entries.get('value') ?? null), events: Number(row.entries.get('n') ?? 0n) });
  }
  return counts;
}

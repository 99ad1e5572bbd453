/** Shapes of queries: what is saved of them, and what they are completed from. */
import { z } from 'zod';
import { count, time } from './shapes.ts';

/** Longest query, in characters; the language says why a shorter one is too long. */
export const QUERY_LENGTH_MAX = 65_536;

export const SavedQueryShape = z.strictObject({
  name: z.string(),
  query: z.string(),
  since: z.string().nullable(),
  about: z.string(),
  changed: time,
  changed_by: z.string(),
});

/** A field of events: what it is called in them, and what else leads to it. */
const FieldShape = z.strictObject({
  name: z.string(),
  types: z.array(z.string()),
  aliases: z.array(z.string()),
  events: count,
});

export const ValueCountShape = z.strictObject({ value: z.string(), events: count });

export const FieldsPage = z.strictObject({
  items: z.array(FieldShape),
  next: z.string().nullable(),
  /** Of the tenant, whatever fields they have. */
  events: count,
  /** Of the field that `values` names, the most frequent first. */
  values: z.array(ValueCountShape).nullable(),
});

export const CompletionsShape = z.strictObject({
  /** Where the word begins that a candidate takes the place of. */
  from: count,
  candidates: z.array(
    z.strictObject({
      kind: z.string(),
      label: z.string(),
      insert: z.string(),
      detail: z.string().nullable(),
      about: z.string().nullable(),
    }),
  ),
});

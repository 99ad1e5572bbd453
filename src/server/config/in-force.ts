/**
 * Settings that are read and checked, and that nothing goes by yet. They are marked in the schema, so that documentation, explanations and
 * the start of the server say so: what is set in good faith must not be without effect in silence.
 */
import type { z } from 'zod';

const marked = new WeakSet<z.core.$ZodType>();

/** Marks a setting, or a section with all that is in it. To be the outermost wrapper. */
export function notYet<Schema extends z.ZodType>(schema: Schema): Schema {
  const described = schema.describe(`${schema.description ?? ''} Not in force yet.`.trim());
  marked.add(described);
  return described;
}

/** Whether a schema itself is marked. */
export const isNotYet = (schema: z.core.$ZodType): boolean => marked.has(schema);

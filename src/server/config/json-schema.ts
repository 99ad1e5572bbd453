/** The schema for editors: JSON Schema, draft 2020-12, of a file as it is written. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

/**
 * Accepts every file that weir takes. It refuses what can be told from a value's form; not a span that is out of its range, nor
 * settings that do not go together.
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema: schema.$schema, title: 'weir.yaml', ...schema };
}

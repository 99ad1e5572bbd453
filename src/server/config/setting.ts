/** Of what sections of the schema are made. */
import { z } from 'zod';
import { matching } from './leaves.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const SECOND = 1000;
export const HOUR = 3600 * SECOND;

/** A setting with a default, in its written form. */
export function setting<Schema extends z.ZodType>(schema: Schema, written: z.input<Schema>, description: string) {
  return schema.prefault(written as NonNullable<z.input<Schema>>).describe(description);
}

/** A setting that is absent unless given. */
export function maybe<Schema extends z.ZodType>(schema: Schema, description: string) {
  return schema.optional().describe(description);
}

/** Settings that belong together; all of them have defaults, so that the whole may be left out. */
export function section<Shape extends z.ZodRawShape>(shape: Shape, description: string) {
  const schema = z.strictObject(shape);
  return schema.prefault({} as NonNullable<z.input<typeof schema>>).describe(description);
}

/** Things with names of the user's. */
export function named<Schema extends z.ZodType>(name: ReturnType<typeof matching>, each: Schema, description: string) {
  const schema = z.record(name, each);
  return schema.prefault({} as NonNullable<z.input<typeof schema>>).describe(description);
}

export const ENTRIES_MAX = 1000;

export const name = (what: string, example: string) =>
  matching(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    `the name of ${what} (letters, digits, dot, dash, underscore)`,
    example,
  );

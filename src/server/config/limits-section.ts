/** The section `limits`: every bound of weir that is not tied to a format, by its name in snake case. */
import { z } from 'zod';
import { type Limit, type LimitName, limitTable } from '../../base/index.ts';
import { bytes, milliseconds, whole } from './leaves.ts';
import { printSize, printSpan } from './units.ts';

/** Beyond this many times its default a limit would protect nothing. */
const TIMES_MAX = 1024;

const table: readonly (readonly [LimitName, Limit])[] = Object.entries(limitTable) as [LimitName, Limit][];

/** `ruleFileBytesMax` → `rule_file_bytes_max`. */
export function settingName(limit: string): string {
  return limit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function leafFor({ value, unit }: Limit) {
  const range = { min: 1, max: Math.min(value * TIMES_MAX, Number.MAX_SAFE_INTEGER) };
  if (unit === 'bytes') return bytes(range, value).prefault(printSize(value));
  if (unit === 'ms') return milliseconds(range, value).prefault(printSpan(value));
  return whole(range, value).prefault(value);
}

type LimitLeaf = ReturnType<typeof leafFor>;

export function limitsSection() {
  const shape: Record<string, LimitLeaf> = {};
  for (const [name, limit] of table) {
    if (limit.fixed !== true)
      shape[settingName(name)] = leafFor(limit).describe(`Protects: ${limit.why}.`) as LimitLeaf;
  }
  return z.strictObject(shape).prefault({}).describe('Bounds. Raising one costs the memory or time it protects.');
}

/** For {@link overrideLimits}, in each thread. */
export function configuredLimits(section: Readonly<Record<string, number>>): Partial<Record<LimitName, number>> {
  const values: Partial<Record<LimitName, number>> = {};
  for (const [name, limit] of table) {
    const value = section[settingName(name)];
    if (limit.fixed !== true && value !== undefined) values[name] = value;
  }
  return values;
}

/** The limit behind a setting of the section. */
export function limitBehind(setting: string): Limit | undefined {
  return table.find(([name]) => settingName(name) === setting)?.[1];
}

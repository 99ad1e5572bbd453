/** Which of the settings that a user has given are not in force yet. */
import type { z } from 'zod';
import { isNotYet } from './in-force.ts';
import type { LoadedConfig } from './load.ts';
import { configSchema } from './schema.ts';
import { describe, type Path, shownPath } from './walk.ts';

export interface UnusedSetting {
  /** `journal.group_ms`; of things with names of the user's, the map they stand in: `auth.jwt`. */
  readonly setting: string;
  /** Where it was given: `weir.yaml:3:9`, `--listen`, `WEIR_LISTEN`. */
  readonly from: string;
}

/** One entry a setting, in the order of the schema. */
export function unusedSettings(loaded: Pick<LoadedConfig, 'config' | 'from'>): UnusedSetting[] {
  return [...unused(configSchema, loaded.config, [], false, loaded.from)];
}

function* unused(
  schema: z.ZodType,
  value: unknown,
  path: Path,
  within: boolean,
  from: LoadedConfig['from'],
): Generator<UnusedSetting> {
  if (value === undefined) return;
  const idle = within || isNotYet(schema);
  const { node } = describe(schema);
  if (node.kind === 'section' || (node.kind === 'map' && !idle)) {
    for (const [name, each] of Object.entries(value as Record<string, unknown>)) {
      const inner = node.kind === 'map' ? node.each : node.shape[name];
      yield* unused(inner, each, [...path, name], idle, from);
    }
    return;
  }
  if (!idle || (node.kind === 'map' && Object.keys(value as object).length === 0)) return;
  const given = from(path);
  if (given !== 'default') yield { setting: shownPath(path), from: given };
}

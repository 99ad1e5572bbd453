/** Sigma's levels as the command line shows them. */
import { LEVELS, type Level } from '../detect/index.ts';

export { LEVELS, type Level };

/** Highest first, the order people read in. */
export const LEVELS_DOWN: readonly Level[] = [...LEVELS].reverse();

/** 0 for informational up to 4 for critical. */
export function levelRank(level: Level): number {
  return LEVELS.indexOf(level);
}

/** Rules come from files: what is no level counts as `medium`, Sigma's middle. */
export function asLevel(text: string): Level {
  return LEVELS.find((level) => level === text) ?? 'medium';
}

/** All of them, in the order in which an event comes by. */
import { DETECTION } from './seams-detect.ts';
import { WAY_IN } from './seams-in.ts';
import { JOURNAL } from './seams-journal.ts';
import type { Mutant } from './types.ts';

export const MUTANTS: readonly Mutant[] = [...WAY_IN, ...JOURNAL, ...DETECTION];

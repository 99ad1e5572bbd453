/** L4: stages wired together. */
export { packRules } from './rules.ts';
export { type Progress, type ScanOptions, scan } from './scan.ts';
export { scanText } from './scan-text.ts';
export { type RulePackage, Scanner } from './scanner.ts';
export type { Hit, Match, Summary } from './types.ts';

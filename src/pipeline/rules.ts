/** From a rule set to what workers need. */
import { compileImage, LEVELS, type Level, type RuleSet } from '../detect/index.ts';
import type { RulePackage } from './scanner.ts';

/**
 * Compiles the rules. Rules below `minLevel`, and those a correlation speaks for, are evaluated only where a correlation
 * needs them and are never put out.
 */
export function packRules(rules: RuleSet, minLevel?: Level): RulePackage {
  const floor = minLevel === undefined ? 0 : LEVELS.indexOf(minLevel);
  const { buffer } = compileImage(rules.detections);
  const quiet = Uint8Array.from(rules.detections, (rule) =>
    Object.hasOwn(rules.silencedBy, rule.id) || LEVELS.indexOf(rule.level) < floor ? 1 : 0,
  );
  return { image: buffer, quiet, correlations: rules.correlations };
}

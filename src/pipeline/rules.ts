/** From a rule set to what workers need. */
import {
  type CompiledLane,
  compileImage,
  LaneCompiler,
  type LaneSource,
  LEVELS,
  type Level,
  lanesOf,
  likelyLanes,
  openImage,
  type RuleSet,
  ruleImage,
  withLanes,
} from '../detect/index.ts';
import type { RulePackage } from './scanner.ts';

/**
 * Compiles the rules. Rules below `minLevel`, and those a correlation speaks for, are evaluated only where a correlation
 * needs them and are never put out.
 */
export function packRules(rules: RuleSet, minLevel?: Level): RulePackage {
  return packageOf(rules, compileImage(rules.detections).buffer, minLevel);
}

/** Rules that can be scanned with before they are compiled. */
export interface OpenPackage {
  /** The rules without lanes. */
  readonly rules: RulePackage;
  readonly lanes: LaneSource;
  /** Compiles what is left, a lane at each step; ends with everything in one package. */
  complete(): Generator<void, RulePackage>;
}

export function openPackage(rules: RuleSet, minLevel?: Level): OpenPackage {
  const compiler = new LaneCompiler(rules.detections);
  const image = ruleImage(rules.detections, compiler.residuals);
  const open = packageOf(rules, image.buffer, minLevel);
  return {
    rules: open,
    lanes: (facts) => compiler.lane(facts),
    *complete() {
      const lanes: CompiledLane[] = [];
      for (const facts of likelyLanes()) {
        const lane = compiler.lane(facts);
        if (lane !== null) lanes.push(lane);
        yield;
      }
      return { ...open, image: withLanes(image, lanes).buffer };
    },
  };
}

function packageOf(rules: RuleSet, image: SharedArrayBuffer, minLevel?: Level): RulePackage {
  const floor = minLevel === undefined ? 0 : LEVELS.indexOf(minLevel);
  const quiet = Uint8Array.from(rules.detections, (rule) =>
    Object.hasOwn(rules.silencedBy, rule.id) || LEVELS.indexOf(rule.level) < floor ? 1 : 0,
  );
  return { image, quiet, correlations: rules.correlations };
}

/** Compiles lanes of a package, from the rules in its image once one is asked for. */
export function lanesOfPackage({ image }: RulePackage): LaneSource {
  let source: LaneSource | null = null;
  return (facts) => {
    const opened = source === null ? openImage(image) : null;
    if (opened !== null) source = lanesOf(opened);
    return source === null ? null : source(facts);
  };
}

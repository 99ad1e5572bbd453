/** L3: rules. `sigma/` reads them, `engine/` runs them, `correlate/` relates what they found. */
export * from './correlate/index.ts';
export * from './engine/index.ts';
export { expressionTools } from './expressions.ts';
export type { EventView } from './sigma/evaluate.ts';
export { explain, whyNot } from './sigma/explain.ts';
export { type Finding, type KnownLogSource, lintRules } from './sigma/lint.ts';
export { type LoadOptions, loadRules, type RuleFile } from './sigma/load.ts';
export * from './sigma/model.ts';
export { compareNearness, type Nearness, nearness } from './sigma/near.ts';
export { type Pipeline, parsePipeline } from './sigma/pipeline.ts';

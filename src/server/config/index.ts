/** Configuration of the server: one YAML file, flags and environment → one checked {@link Config}. */

export { type Explained, explainConfig, explainYaml } from './explain.ts';
export { CONFIG_VARIABLE, FLAGS, type FlagName, type Flags } from './flags.ts';
export { configJsonSchema } from './json-schema.ts';
export type { DiskSpace, SecretReference } from './leaves.ts';
export { configuredLimits } from './limits-section.ts';
export { type LoadedConfig, type LoadOptions, loadConfig, readConfig } from './load.ts';
export { ConfigError, type Problem, problemLine } from './problems.ts';
export { configReference } from './reference.ts';
export type { CheckExpression } from './relations.ts';
export type { Config, ConfigFile } from './schema.ts';
export { revealSecret } from './secret.ts';
export { type SourcePolicy, sourcePolicies, sourcePolicy } from './sources.ts';
export { printPercent, printSpan, readSpan, SPAN } from './units.ts';
export { type UnusedSetting, unusedSettings } from './unused.ts';

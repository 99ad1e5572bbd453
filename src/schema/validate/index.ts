/** Validation of sources: modes, checks, findings. docs/validation.md says what each check means. */
export { SourceFields } from './columns.ts';
export { isAddress } from './formats.ts';
export {
  type BatchView,
  CHECK_KINDS,
  type CheckKind,
  type ColumnValue,
  type ColumnView,
  type Condition,
  type Finding,
  type Mode,
  type RuleCheck,
  type Validation,
  type ValidationSettings,
  type ValidationTools,
} from './types.ts';
export { type UnifiedEvent, unifiedEvent } from './unified-event.ts';
export { Validator } from './validator.ts';

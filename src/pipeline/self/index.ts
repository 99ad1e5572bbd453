/** weir on weir: latency from door to hit, and alerts on its own health. */
export { type ActiveAlert, type AlertState, SelfAlerts, type Transition } from './alerts.ts';
export {
  type Finding,
  SELF_ALERTS,
  type SelfAlert,
  type SelfSample,
  type SelfSeverity,
  type SourceSign,
} from './conditions.ts';
export {
  LATENCY_SEVERITIES,
  Latency,
  type LatencySeverity,
  type LatencySummary,
  STAGES,
  type Stage,
  type Stamps,
  type WaterfallStep,
} from './latency.ts';
export { LogHistogram } from './log-histogram.ts';
export { SourceWatch } from './silence.ts';

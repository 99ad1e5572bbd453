/** Admission: what is taken, refused or left out before anything is parsed; body reading; idempotency; admission's own count. */
export {
  Admission,
  type AdmissionOptions,
  type Arrival,
  type Decision,
  type RateScope,
  type Rates,
  type Ticket,
} from './admit.ts';
export { READ_BOUNDS, type ReadBounds, type ReadOptions, readBody, slowness, watchBody } from './body.ts';
export { Buckets, type Rate, TokenBucket } from './bucket.ts';
export { ByteBudget, DrainRate } from './budget.ts';
export { type BodyKind, countEvents, type EventCounter, eventCounter } from './count.ts';
export { countFrameRows } from './count-frames.ts';
export {
  BODY_BOUNDS,
  type BodyBounds,
  decodeBody,
  decodedBytesMax,
  decodeStream,
  ENCODINGS,
  type Encoding,
  encodingOf,
} from './decode.ts';
export { type Answer, type Begun, IdempotencyKeys, type IdempotencyOptions, idempotencyHash } from './idempotency.ts';
export {
  Pressure,
  type PressureOptions,
  type PressureSample,
  type PressureState,
  SHARE_STEPS,
  type ShareSteps,
  SIGNALS,
  type SignalBounds,
  type SignalName,
  type Signals,
  signalPressure,
} from './pressure.ts';
export { REFUSALS, type RefusalCode, Refused } from './refused.ts';
export { SEVERITIES, type Severity, type SheddingPolicy, type Subject, severityShare, shedBy } from './shed.ts';
export { OTHER_SOURCE, Tally, type TallyKey, type TallyRow } from './tally.ts';

/** Admission as configured: how fast who may send, and what may be left out or put off under pressure. */
import { Admission, type Pressure, type Rate, type Rates, type SheddingPolicy } from '../ingest/index.ts';
import type { Config, SourcePolicy } from './config/index.ts';

export interface AdmissionParts {
  readonly config: Pick<Config, 'tenants' | 'shedding'>;
  readonly policyOf: (tenant: string, source: string) => SourcePolicy;
  readonly pressure: Pressure;
  /** Bytes that wait behind admission. */
  readonly queuedBytes: () => number;
}

/** Rates hold over so many seconds: what comes in bursts is not refused as long as its mean is within them. */
const BURST_SECONDS = 5;

export function admissionOf({ config, policyOf, pressure, queuedBytes }: AdmissionParts): Admission {
  const policies = sheddingPolicies(config.shedding);
  return new Admission({
    pressure: () => pressure.state,
    queuedBytes,
    shedding: () => policies,
    ratesOf: (scope, key, tenant) => {
      if (scope === 'credential') return null;
      const of = scope === 'source' ? policyOf(tenant, key) : Object.hasOwn(config.tenants, key) && config.tenants[key];
      return of === false ? null : ratesFrom(of);
    },
  });
}

function ratesFrom(of: Pick<SourcePolicy, 'requests_per_s' | 'bytes_per_s'> | Config['tenants'][string]): Rates {
  const rate = (perSecond: number): Rate => ({ perSecond, burst: perSecond * BURST_SECONDS });
  const { requests_per_s, bytes_per_s } = of;
  return {
    ...(requests_per_s === undefined ? {} : { requests: rate(requests_per_s) }),
    ...(bytes_per_s === undefined ? {} : { bytes: rate(bytes_per_s) }),
  };
}

/** In their order in the file: the first that concerns a request decides. */
function sheddingPolicies(shedding: Config['shedding']): SheddingPolicy[] {
  const named = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
  return Object.entries(shedding).map(([id, { from_pressure, share, action, ...of }]) => {
    const [tenants, sources] = [named(of.tenants), named(of.sources)];
    const [severities, classes] = [named(of.severities), named(of.classes)];
    return {
      id,
      fromPressure: from_pressure,
      share,
      action,
      ...(tenants === undefined ? {} : { tenants }),
      ...(sources === undefined ? {} : { sources }),
      ...(severities === undefined ? {} : { severities }),
      ...(classes === undefined ? {} : { classes }),
    };
  });
}

/** What the events of each source are held to, as it is configured. */
import type { ValidationPolicy } from '../pipeline/index.ts';
import type { SourcePolicy } from './config/index.ts';

export type PolicyOf = (tenant: string, source: string) => ValidationPolicy | null;

/** @param sourceOf gives the same object for a source as long as it is remembered, and so does what this returns */
export function validationPolicies(sourceOf: (tenant: string, source: string) => SourcePolicy): PolicyOf {
  const known = new WeakMap<SourcePolicy, ValidationPolicy | null>();
  return (tenant, source) => {
    const of = sourceOf(tenant, source);
    let policy = known.get(of);
    if (policy === undefined) {
      const { validation: mode, business_checks: business, compliance_checks: compliance } = of;
      policy = mode === 'off' ? null : { mode, business, compliance };
      known.set(of, policy);
    }
    return policy;
  };
}

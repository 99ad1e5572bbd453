/** Shedding: what an operator has written down may be left out or put off under pressure, and nothing else ever is. */

/** From the least to the most urgent; what is refused first stands first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One line of the policy. What it does not name matches all; lists match any. */
export interface SheddingPolicy {
  /** Stands in the books as the reason: `filtered` by this policy. */
  readonly id: string;
  readonly tenants?: readonly string[];
  readonly sources?: readonly string[];
  readonly severities?: readonly Severity[];
  readonly classes?: readonly string[];
  /** From this pressure on, 0 … 1. */
  readonly fromPressure: number;
  /** How much of what matches it concerns, 0 … 1. */
  readonly share: number;
  /** `drop`: it is counted and left out; `refuse`: the sender is told to come back (429) and keeps it. */
  readonly action: 'drop' | 'refuse';
}

/** Who or what is judged: a request by what is known of its source, or one event. */
export interface Subject {
  readonly tenant: string;
  readonly source: string;
  readonly severity: Severity;
  /** Event class (`network`, `endpoint`, …). */
  readonly class: string;
}

/**
 * The first policy that concerns `subject`, null when none does. `hash` (32 bits, of the request or event) decides who belongs
 * to the share, so that the same one meets the same fate each time it is sent.
 */
export function shedBy(
  policies: readonly SheddingPolicy[],
  subject: Subject,
  pressure: number,
  hash: number,
): SheddingPolicy | null {
  const place = (hash >>> 0) / 2 ** 32;
  for (const policy of policies) {
    if (pressure < policy.fromPressure || place >= policy.share) continue;
    const { tenants, sources, severities, classes } = policy;
    if (tenants?.includes(subject.tenant) === false || sources?.includes(subject.source) === false) continue;
    if (severities?.includes(subject.severity) === false || classes?.includes(subject.class) === false) continue;
    return policy;
  }
  return null;
}

/**
 * The share of one severity when `share` of all is admitted: the least urgent give way first and wholly before the next one does.
 * At 0.5, of five: none of info and low, half of medium, all of high and critical.
 */
export function severityShare(share: number, severity: Severity): number {
  const given = (1 - share) * SEVERITIES.length - SEVERITIES.indexOf(severity);
  return 1 - Math.min(1, Math.max(0, given));
}

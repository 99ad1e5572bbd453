/** What asks for keeping or deleting, and for how long: a policy that names one of these keeps at least so long without saying so. */

export interface RetentionReason {
  /** For people. */
  readonly title: string;
  /** Where it is written. */
  readonly citation: string;
  /** Days that events are kept at least; null: the reason asks for none. */
  readonly leastDays: number | null;
  /** Days of these that events are at hand at once, on the fastest tier. */
  readonly hotDays: number | null;
  /** A longest time must be set: keeping without an end is what the reason forbids. */
  readonly needsMost: boolean;
}

/** Years in days, with as many leap days as so many years can have: to keep a day longer is allowed, a day shorter is not. */
export const RETENTION_REASONS = {
  gdpr: {
    title: 'GDPR, storage limitation',
    citation: 'Regulation (EU) 2016/679, article 5(1)(e)',
    leastDays: null,
    hotDays: null,
    needsMost: true,
  },
  hipaa: {
    title: 'HIPAA, documentation: 6 years',
    citation: '45 CFR 164.316(b)(2)(i)',
    leastDays: 2192,
    hotDays: null,
    needsMost: false,
  },
  sox: {
    title: 'SOX, audit records: 7 years',
    citation: '17 CFR 210.2-06',
    leastDays: 2557,
    hotDays: null,
    needsMost: false,
  },
  pci_dss: {
    title: 'PCI DSS, audit log history: 12 months, 3 of them at hand',
    citation: 'PCI DSS v4.0, requirement 10.5.1',
    leastDays: 366,
    hotDays: 92,
    needsMost: false,
  },
  contract: {
    title: 'Agreed with a customer',
    citation: 'the contract',
    leastDays: null,
    hotDays: null,
    needsMost: false,
  },
  operations: {
    title: 'Room and usefulness',
    citation: "the operator's decision",
    leastDays: null,
    hotDays: null,
    needsMost: false,
  },
} as const satisfies Readonly<Record<string, RetentionReason>>;

export type RetentionReasonName = keyof typeof RETENTION_REASONS;

export const RETENTION_REASON_NAMES = Object.keys(RETENTION_REASONS) as [RetentionReasonName, ...RetentionReasonName[]];

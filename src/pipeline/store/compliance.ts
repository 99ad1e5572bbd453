/**
 * Evidence for those who audit: what retention, holds, proof, audit log and access control there are, control by control. It says what is
 * shown and what is not; whether that is enough is for people to judge.
 */

import { fileInfo } from '../../base/index.ts';
import { type HoldEntry, readAudit, SegmentLines } from '../../journal/index.ts';
import {
  catalogueFiles,
  leastMsOf,
  placeOf,
  RETENTION_REASONS,
  type RetentionPolicy,
  type RetentionReasonName,
} from '../../store/index.ts';
import { SEGMENT_LEDGER } from './segment-chain.ts';

const DAY_MS = 86_400_000;

export interface Evidence {
  readonly retention: readonly PolicyEvidence[];
  readonly holds: readonly Omit<HoldEntry, 'kind'>[];
  /** What is kept, by tenant and source. */
  readonly kept: readonly KeptEvidence[];
  readonly expired: readonly { readonly policy: string; readonly events: number }[];
  readonly ledger: { readonly lines: number; readonly segments: number } | null;
  readonly audit: { readonly calls: number; readonly from: string | null; readonly to: string | null } | null;
  readonly verified: VerifiedEvidence | null;
  readonly access: AccessEvidence | null;
}

export interface PolicyEvidence {
  readonly name: string;
  readonly reason: RetentionReasonName;
  readonly keepDays: number;
  /** Null: it deletes nothing by age. */
  readonly deleteAfterDays: number | null;
}

export interface KeptEvidence {
  readonly tenant: string;
  readonly source: string;
  readonly events: number;
  /** By receipt. */
  readonly oldest: string;
  readonly newest: string;
}

/** What `weir verify` found just now. */
export interface VerifiedEvidence {
  readonly at: string;
  readonly findings: number;
  readonly events: number;
  readonly segments: number;
  readonly head: string | null;
  readonly segmentHead: string | null;
}

export interface AccessEvidence {
  readonly users: readonly { readonly name: string; readonly role: string; readonly disabled: boolean }[];
  readonly keys: readonly {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expires: string | null;
  }[];
}

const iso = (micros: number): string => new Date(micros / 1000).toISOString();

/** @param folder the data folder; nothing is changed, and a server may run on it */
export function gatherEvidence(
  folder: string,
  policies: readonly RetentionPolicy[],
  { verified, access }: Pick<Evidence, 'verified' | 'access'>,
): Evidence {
  const lines = new SegmentLines(`${folder}/chain`, SEGMENT_LEDGER);
  lines.advance();
  const { state } = lines;
  const catalogue = `${folder}/store/catalogue.db`;
  const kept = new Map<string, { tenant: string; source: string; events: number; min: number; max: number }>();
  for (const { file, rows, minReceived, maxReceived } of fileInfo(catalogue) === null
    ? []
    : catalogueFiles(catalogue).segments) {
    const { tenant, source } = placeOf(file) ?? { tenant: '?', source: '?' };
    const key = JSON.stringify([tenant, source]);
    const own = kept.get(key) ?? { tenant, source, events: 0, min: minReceived, max: maxReceived };
    const [min, max] = [Math.min(own.min, minReceived), Math.max(own.max, maxReceived)];
    kept.set(key, { tenant, source, events: own.events + rows, min, max });
  }
  const expired = new Map<string, number>();
  for (const { entry } of state.expired) expired.set(entry.policy, (expired.get(entry.policy) ?? 0) + entry.count);
  return {
    retention: policies.map((policy) => ({
      ...{ name: policy.name, reason: policy.reason, keepDays: leastMsOf(policy) / DAY_MS },
      deleteAfterDays: policy.mostMs === undefined ? null : policy.mostMs / DAY_MS,
    })),
    holds: [...state.holds.values()].map(({ kind, ...hold }) => hold),
    kept: [...kept.values()].map(({ min, max, ...own }) => ({ ...own, oldest: iso(min), newest: iso(max) })),
    expired: [...expired].map(([policy, events]) => ({ policy, events })),
    ledger: state.lines === 0 ? null : { lines: state.lines, segments: state.live.size },
    audit: auditEvidence(folder),
    verified,
    access,
  };
}

function auditEvidence(folder: string): Evidence['audit'] {
  if (fileInfo(`${folder}/chain/audit.ndjson`) === null) return null;
  let [calls, first, last] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let after: string | null = null; ; ) {
    const page: ReturnType<typeof readAudit> = readAudit(`${folder}/chain`, { after, limit: 1000, sinceMs: null });
    for (const { at } of page?.items ?? []) {
      calls++;
      first = Math.min(first, at);
      last = Math.max(last, at);
    }
    after = page?.next ?? null;
    if (after === null) break;
  }
  const time = (ms: number): string | null => (calls === 0 ? null : new Date(ms).toISOString());
  return { calls, from: time(first), to: time(last) };
}

export interface ControlResult {
  readonly control: string;
  readonly asks: string;
  /** shown: there is evidence; missing: there is none; not_looked_at: it was not looked for. */
  readonly state: 'shown' | 'missing' | 'not_looked_at';
  readonly evidence: readonly string[];
}

interface Control {
  readonly control: string;
  readonly asks: string;
  readonly by: (evidence: Evidence) => Pick<ControlResult, 'state' | 'evidence'>;
}

const found = (evidence: readonly string[]): Pick<ControlResult, 'state' | 'evidence'> => {
  return evidence.length === 0 ? { state: 'missing', evidence: [] } : { state: 'shown', evidence };
};

function retained(reason: RetentionReasonName): Control['by'] {
  return ({ retention }) =>
    found(
      retention
        .filter((policy) => policy.reason === reason)
        .map(({ name, keepDays, deleteAfterDays }) => {
          const least = keepDays > 0 ? `keeps ${keepDays} days at least` : 'asks for no least time';
          return `policy ${name} ${least}, ${deleteAfterDays === null ? 'deletes nothing by age' : `deletes after ${deleteAfterDays} days`}`;
        }),
    );
}

const verified: Control['by'] = ({ verified: own }) => {
  if (own === null) return { state: 'not_looked_at', evidence: ['weir verify was not run for this report'] };
  const said = `weir verify at ${own.at}: ${own.findings} findings over ${own.events} events and ${own.segments} segments`;
  const heads = [own.head, own.segmentHead].filter((head) => head !== null).map((head) => `signed up to head ${head}`);
  return { state: own.findings === 0 ? 'shown' : 'missing', evidence: [said, ...heads] };
};

const audited: Control['by'] = ({ audit }) =>
  found(
    audit === null
      ? []
      : [`${audit.calls} calls of the API from ${audit.from ?? '-'} to ${audit.to ?? '-'}, chained and signed`],
  );

const accessed: Control['by'] = ({ access }) => {
  if (access === null) return { state: 'not_looked_at', evidence: [] };
  const { users, keys } = access;
  const roles = [...Map.groupBy(users, ({ role }) => role)].map(([role, own]) => `${own.length} ${role}`).join(', ');
  const open = keys.filter(({ expires }) => expires === null).length;
  return found([`users by role: ${roles || 'none'}`, `${keys.length} keys, ${open} of them without an end`]);
};

const reasoned = (reason: RetentionReasonName): Pick<Control, 'control' | 'asks' | 'by'> => {
  const { title, citation } = RETENTION_REASONS[reason];
  return { control: citation, asks: title, by: retained(reason) };
};

const CONTROLS: readonly Control[] = [
  reasoned('pci_dss'),
  { control: 'PCI DSS v4.0, requirement 10.2.1', asks: 'Access is logged', by: audited },
  { control: 'PCI DSS v4.0, requirement 10.3.4', asks: 'Changes to logs are found', by: verified },
  reasoned('hipaa'),
  { control: '45 CFR 164.312(b)', asks: 'HIPAA, audit controls', by: audited },
  { control: '45 CFR 164.312(c)(1)', asks: 'HIPAA, integrity', by: verified },
  { control: '45 CFR 164.312(a)(1)', asks: 'HIPAA, access control', by: accessed },
  reasoned('sox'),
  reasoned('gdpr'),
  {
    control: 'Regulation (EU) 2016/679, article 32',
    asks: 'GDPR, security of processing: who reaches it',
    by: accessed,
  },
];

export function controlResults(evidence: Evidence): ControlResult[] {
  return CONTROLS.map(({ control, asks, by }) => ({ control, asks, ...by(evidence) }));
}

export function complianceMarkdown(at: string, evidence: Evidence): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
    const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  };
  const parts = [
    `# Evidence of ${at}`,
    'What is shown, and what is not. Whether it is enough is for people to judge.',
    '## Controls',
    table(
      ['control', 'asks for', 'state', 'evidence'],
      controlResults(evidence).map(({ control, asks, state, evidence: own }) => [
        control,
        asks,
        state.replaceAll('_', ' '),
        own.join('; '),
      ]),
    ),
    '## Legal holds',
    evidence.holds.length === 0
      ? 'None.'
      : table(
          ['name', 'reason', 'by', 'since', 'tenants', 'sources', 'from', 'to'],
          evidence.holds.map(({ name, reason, by, at: since, tenants, sources, from, to }) => [
            ...[name, reason, by, new Date(since).toISOString()],
            ...[tenants?.join(', ') ?? 'all', sources?.join(', ') ?? 'all', from ?? '', to ?? ''],
          ]),
        ),
    '## What is kept',
    table(
      ['tenant', 'source', 'events', 'received from', 'to'],
      evidence.kept.map(({ tenant, source, events, oldest, newest }) => [tenant, source, `${events}`, oldest, newest]),
    ),
    '## What expired',
    evidence.expired.length === 0
      ? 'Nothing.'
      : table(
          ['policy', 'events'],
          evidence.expired.map(({ policy, events }) => [policy, `${events}`]),
        ),
  ];
  return `${parts.join('\n\n')}\n`;
}

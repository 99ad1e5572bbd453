/** Which table a source type's names are unified by, and what a column of it supplies. */

import { fieldNamed } from '../catalogue/index.ts';
import { namesOf } from '../names.ts';
import { unescaped } from '../path.ts';
import type { Path, SourceType } from '../types.ts';
import * as cloud from './cloud.ts';
import { AUDITD, SIGMA_ENDPOINT, SYSLOG } from './endpoint.ts';
import * as network from './network.ts';
import type { UnifiedRow } from './types.ts';
import { WINDOWS_FIELDS } from './windows.ts';

export { READERS, type Reader, type ReaderName } from './readers.ts';
export type { UnifiedRow } from './types.ts';

/** Version of all tables; stands in `weir.mapping.version`. */
export const UNIFIED_VERSION = 1;

/** Beginning of a source type's id → its table; the longest that fits counts. */
export const TABLES: Readonly<Record<string, readonly UnifiedRow[]>> = {
  'windows.': WINDOWS_FIELDS,
  rpc_firewall: WINDOWS_FIELDS,
  'aws.cloudtrail': cloud.CLOUDTRAIL,
  'aws.': network.AWS_NETWORK,
  'gcp.': cloud.GCP_AUDIT,
  'google.workspace': cloud.WORKSPACE,
  'azure.': cloud.AZURE,
  'm365.': cloud.MICROSOFT_365,
  'okta.': cloud.OKTA,
  'onelogin.': cloud.ONELOGIN,
  'cisco.duo': cloud.DUO,
  'kubernetes.': cloud.KUBERNETES,
  'github.': cloud.CODE_HOSTING,
  'bitbucket.': cloud.CODE_HOSTING,
  'linux.': AUDITD,
  'linux.syslog': SYSLOG,
  'linux.teleport': SIGMA_ENDPOINT,
  'macos.': SIGMA_ENDPOINT,
  'osquery.': SIGMA_ENDPOINT,
  'endpoint.': SIGMA_ENDPOINT,
  'zeek.': network.ZEEK,
  suricata: network.SURICATA,
  'fortinet.': network.FIREWALL,
  'firewall.': network.FIREWALL,
  opencanary: network.OPENCANARY,
  'dns.': network.NAME_SERVER,
  'web.': network.WEB_SERVER,
};

/** Texts by which sources say that there is nothing; what is written so counts as absent. */
export const NOTHING: ReadonlySet<string> = new Set(['', '-', 'N/A', 'n/a', '(null)', 'null', 'LOCAL']);

/** The rows of a source type; none where it is not known. */
export function unifiedRows(source: SourceType | null): readonly UnifiedRow[] {
  if (source === null) return [];
  const [best] = Object.keys(TABLES)
    .filter((prefix) => source.id.startsWith(prefix))
    .sort((a, b) => b.length - a.length);
  return best === undefined ? [] : TABLES[best];
}

/** What one column supplies: a field through a row of the table, or (`row` null) the field it is named after. */
export interface Supply {
  readonly field: string;
  readonly row: UnifiedRow | null;
  /** Of several columns of an event that supply a field, the lowest does. */
  readonly rank: number;
}

/** The matcher of a source type: from column paths to the catalogue fields they supply. Run once per path. */
export function unifierOf(source: SourceType | null): (path: Path) => readonly Supply[] {
  const names = namesOf(source);
  const byName = new Map<string, { readonly row: UnifiedRow; readonly rank: number }[]>();
  // Rows with a condition are closer to the event than those for all of a source.
  const table = [...unifiedRows(source)].sort((a, b) => width(a) - width(b));
  table.forEach((row, place) => {
    row.from.forEach((name, order) => {
      const known = byName.get(name);
      const entry = { row, rank: place * 1000 + order * 50 };
      if (known === undefined) byName.set(name, [entry]);
      else known.push(entry);
    });
  });
  return (path) => {
    // A column may have several of the names of one row; the best counts.
    const best = new Map<UnifiedRow, Supply>();
    for (const { name, rank } of names(path)) {
      for (const { row, rank: own } of byName.get(name) ?? []) {
        const supply = { field: row.field, row, rank: own + Math.min(rank, 49) };
        if (supply.rank < (best.get(row)?.rank ?? Number.POSITIVE_INFINITY)) best.set(row, supply);
      }
    }
    const found = [...best.values()];
    const own = unescaped(path);
    if (fieldNamed(own) !== null && !found.some(({ field }) => field === own)) {
      found.push({ field: own, row: null, rank: Number.MAX_SAFE_INTEGER });
    }
    return found;
  };
}

/** How many discriminators a row leaves open. */
function width({ when }: UnifiedRow): number {
  return 8 - Object.keys(when ?? {}).length;
}

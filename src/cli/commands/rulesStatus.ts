/** `weir rules status`: which rules of a running or stopped server can fire, what they found, and why the others cannot. */
import { folderOwner, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { rulesOfFolder } from '../../pipeline/index.ts';
import { EXIT, oneOf } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverPages } from '../serverPages.ts';
import { printable } from '../terminal/escape.ts';

export interface RulesStatusFlags {
  readonly data?: string;
  readonly state?: string;
  readonly format?: string;
}

/** A rule as it is told; times are RFC 3339. */
interface StatusRow {
  readonly id: string;
  readonly title: string | null;
  readonly level: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly path: string | null;
  readonly hits: number;
  readonly last_hit: string | null;
}

const STATES = ['active', 'dead', 'silenced', 'quarantined', 'refused', 'disabled'] as const;
const FORMATS = ['text', 'ndjson'] as const;
/** Rules of one state that are told of as text; more are counted. */
const SHOWN_MAX = 50;
const TENANT = 'default';

export async function rulesStatusCommand(flags: RulesStatusFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'text' : 'ndjson'), FORMATS);
  const state = flags.state === undefined ? null : oneOf('--state', flags.state, STATES);
  demandDataFolder(folder);
  const owner = folderOwner(folder);
  const all = owner?.url == null ? ofFolder(folder) : await serverPages<StatusRow>(folder, owner.url, '/v1/rules');
  const rows = all.filter((row) => state === null || row.state === state);
  process.stdout.write(format === 'ndjson' ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : statusText(rows));
  return EXIT.done;
}

function ofFolder(folder: string): StatusRow[] {
  const found = rulesOfFolder(folder, TENANT, new JournalReader(`${folder}/journal`));
  if (found === null) {
    throw new WeirError('cli.no_rules', `no rules have been in force in ${folder} yet`, {
      hint: `Start it: weir up --data ${folder}`,
    });
  }
  return found.states.map(({ lastHit, version: _, ...rule }) => ({
    ...rule,
    last_hit: lastHit === null ? null : new Date(lastHit).toISOString(),
  }));
}

/** By state; within it, most hits first. */
export function statusText(rows: readonly StatusRow[]): string {
  const lines: string[] = [];
  for (const state of STATES) {
    const own = rows.filter((row) => row.state === state).sort((a, b) => b.hits - a.hits);
    if (own.length === 0) continue;
    const hits = own.reduce((sum, row) => sum + row.hits, 0);
    lines.push(`${state}: ${own.length} ${own.length === 1 ? 'rule' : 'rules'}${hits > 0 ? `, ${hits} hits` : ''}`);
    for (const { id, title, reason, hits: found, last_hit } of own.slice(0, SHOWN_MAX)) {
      const last = last_hit === null ? '' : `, last ${last_hit}`;
      const said = reason ?? (found === 0 ? 'no hits' : `${found} hits${last}`);
      lines.push(`  ${printable(title ?? id)}: ${printable(said)}`);
    }
    if (own.length > SHOWN_MAX) lines.push(`  and ${own.length - SHOWN_MAX} more; --format ndjson has them all`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

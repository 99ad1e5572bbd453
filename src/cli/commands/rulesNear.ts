/** `weir rules near`: of an event that no rule hits, the rules that came closest, and what was missing. */
import { folderOwner, limits, lockFolder, WeirError } from '../../base/index.ts';
import { type NearRules, nearInFolder } from '../../pipeline/index.ts';
import { EXIT, oneOf, usageError } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverAnswer } from '../serverPages.ts';
import { printable } from '../terminal/escape.ts';
import { counted } from '../terminal/numbers.ts';

export interface RulesNearFlags {
  readonly data?: string;
  readonly limit?: string;
  readonly format?: string;
}

const TENANT = 'default';
const VALUE_CHARACTERS = 200;

export async function rulesNearCommand(id: string, flags: RulesNearFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'text' : 'json'), ['text', 'json']);
  const limit = limitOf(flags.limit ?? '10');
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  const near =
    url === null
      ? inFolder(folder, id, limit)
      : await serverAnswer<NearRules>(folder, url, `/v1/events/${encodeURIComponent(id)}/near?limit=${limit}`);
  process.stdout.write(format === 'json' ? `${JSON.stringify(near)}\n` : nearText(near));
  return EXIT.done;
}

function limitOf(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= limits.nearRulesShown) return limit;
  throw usageError(`--limit: '${text}' is no number of rules`, `Give one from 1 to ${limits.nearRulesShown}.`);
}

function inFolder(folder: string, id: string, limit: number): NearRules {
  using _lock = lockFolder(folder);
  const near = nearInFolder(folder, TENANT, id, limit);
  if (near !== null) return near;
  throw new WeirError(
    'cli.no_event',
    `there is no event ${printable(id)} in ${folder}, or no rules were ever in force there`,
  );
}

/** For people. */
export function nearText({ lane, rules, asked, hit, items }: NearRules): string {
  const lines = [`${printable(lane)}: ${counted(rules, 'rule')} in force for it, ${hit} hit it`];
  if (asked < rules) lines.push(`${counted(rules - asked, 'rule')} not asked: it took too long`);
  for (const { title, rule, distance, held, missing } of items) {
    const count = `${counted(distance, 'predicate')} failed, ${held} held`;
    lines.push(`${printable(title)} (${printable(rule)}): ${count}`);
    for (const { selection, field, op, pattern, value, needed } of missing) {
      const has = value === undefined ? 'absent' : shown(value);
      const enough = needed ? '; this alone would make it hit' : '';
      const wanted = pattern === undefined ? op : `${op} ${shown(pattern)}`;
      lines.push(`  [${printable(selection)}] ${printable(field ?? 'any value')} ${wanted}: ${has}${enough}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

const shown = (value: unknown): string => printable((JSON.stringify(value) ?? '').slice(0, VALUE_CHARACTERS));

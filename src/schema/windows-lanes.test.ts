import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { load } from 'js-yaml';
import { skipWithout } from '../../test/shared.ts';
import { CATEGORIES, SERVICES } from './windows-lanes.ts';

interface Entry {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
  readonly sources?: readonly string[];
  readonly conditions?: { readonly EventID: number | readonly number[] } & Readonly<Record<string, unknown>>;
  readonly rewrite?: { readonly product: string; readonly service: string };
  readonly fieldmappings?: Readonly<Record<string, string>>;
}

/** One line per event id, so that entries that are split differently compare equal. */
function lines(category: string, service: string, ids: readonly unknown[], rest: readonly unknown[]): string[] {
  return ids.map((id) => JSON.stringify([category, service, String(id), ...rest]));
}

it('the Windows lanes are those of SigmaHQ’s thor.yml, no more and no less', (t) => {
  const path = skipWithout(t, 'sigma/tests/thor.yml');
  if (path === null) return;
  const { logsources } = load(readFileSync(path, 'utf8')) as { logsources: Record<string, Entry> };
  const entries = Object.values(logsources);

  const services = new Map<string, string[]>();
  for (const { product, service, sources } of entries) {
    if (product !== 'windows' || service === undefined) continue;
    const channels = (sources ?? []).map((source) => source.replace(/^WinEventLog:/, ''));
    services.set(service, [...(services.get(service) ?? []), ...channels].sort());
  }
  assert.deepEqual(
    Object.fromEntries(Object.entries(SERVICES).map(([service, channels]) => [service, [...channels].sort()])),
    Object.fromEntries(services),
  );

  const theirs = entries.flatMap(({ category, rewrite, conditions, fieldmappings }) => {
    if (category === undefined || rewrite?.product !== 'windows' || conditions === undefined) return [];
    const { EventID, ...where } = conditions;
    const further = Object.entries(where).map(([field, value]) => [field, String(value)]);
    return lines(category, rewrite.service, [EventID].flat(), [further, fieldmappings ?? null]);
  });
  const ours = CATEGORIES.flatMap(({ category, service, eventIds, where = {}, rewrite }) => {
    const further = Object.entries(where).flatMap(([field, values]) => values.map((value) => [[field, value]]));
    return (further.length === 0 ? [[]] : further).flatMap((one) =>
      lines(category, service, eventIds, [one, rewrite ?? null]),
    );
  });
  assert.deepEqual(ours.sort(), theirs.sort());
  assert.ok(ours.length > 50);
});

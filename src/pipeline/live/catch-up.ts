/** Units as they lie in the journal: what a process that ended left to do. */
import type { JournalReader } from '../../journal/index.ts';
import { decodeControl } from './control.ts';
import { type DurableUnit, frameHead, type Receipt } from './types.ts';

/** All units from position `from` up to, not including, `to`. Their numbers are −1 and below: no door has any of them. */
export function* durableUnits(reader: JournalReader, from: number, to: number): Generator<DurableUnit> {
  let entries: DurableUnit['entries'][number][] = [];
  let number = -1;
  for (const { position, kind, more, receipt, receivedAt, start } of reader.headers(from, to)) {
    if (kind === 'events') entries.push({ kind, ...frameHead(start.buffer, start.byteOffset) });
    else entries.push({ kind, rows: 0, latest: null });
    if (more) continue;
    const told = receipt === null ? null : (JSON.parse(receipt) as Receipt);
    // Of a request whose end was lost, nobody knows any more whose it was.
    if (kind === 'lost') entries = entries.map(() => ({ kind, rows: 0, latest: null }));
    const control = kind === 'control' ? controlAt(reader, position) : null;
    yield {
      unit: number--,
      first: position - entries.length + 1,
      entries,
      receivedAt,
      tenant: told?.tenant ?? '',
      source: told?.source ?? '',
      door: told?.door ?? '',
      control,
      evaluating: false,
    };
    entries = [];
  }
}

function controlAt(reader: JournalReader, position: number): DurableUnit['control'] {
  for (const { payload } of reader.read(position, position + 1)) return decodeControl(payload);
  return null;
}

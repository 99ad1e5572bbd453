/** Units as they lie in the journal: what a process that ended left to do. */
import type { JournalReader } from '../../journal/index.ts';
import { decodeControl } from './control.ts';
import type { DurableUnit, Receipt } from './types.ts';

/** Where a frame keeps its number of rows. */
const ROWS_AT = 20;

/** All units from position `from` up to, not including, `to`. Their numbers are −1 and below: no door has any of them. */
export function* durableUnits(reader: JournalReader, from: number, to: number): Generator<DurableUnit> {
  let entries: DurableUnit['entries'][number][] = [];
  let number = -1;
  for (const { position, kind, more, receipt, receivedAt, start } of reader.headers(from, to)) {
    const view = new DataView(start.buffer, start.byteOffset, start.length);
    entries.push({ kind, rows: kind === 'events' ? view.getUint32(ROWS_AT, true) : 0 });
    if (more) continue;
    const told = receipt === null ? null : (JSON.parse(receipt) as Receipt);
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

/** An event whose file of the journal is released: read back from the segment that has it. */
import { fileInfo, WeirError } from '../../base/index.ts';
import { catalogueFiles, openSegment, placeOf, Rebuilder } from '../../store/index.ts';
import { openReader } from '../store/merge.ts';

export interface ReleasedPlace {
  readonly tenant: string;
  readonly source: string;
  /** `<log id>/<partition>`. */
  readonly log: string;
  readonly position: number;
  readonly row: number;
}

/** Segments may be merged while one of them is about to be read: then the catalogue names another. */
const TRIES = 3;

/**
 * As JSON text; null where no segment has it: it has expired.
 * @param folder the data folder
 * @throws WeirError `store.object_away` where it is in the object store, and no copy of its segment is here; `store.…`
 */
export function releasedEvent(folder: string, place: ReleasedPlace): Uint8Array | null {
  for (let left = TRIES; ; left--) {
    try {
      return lookUp(`${folder}/store`, place);
    } catch (error) {
      if (!(error instanceof WeirError) || error.code !== 'disk.read' || left === 1) throw error;
    }
  }
}

function lookUp(store: string, { tenant, source, log, position, row }: ReleasedPlace): Uint8Array | null {
  let away = 0;
  for (const { file, object, ...segment } of catalogueFiles(`${store}/catalogue.db`).segments) {
    const own = placeOf(file);
    if (own?.tenant !== tenant || own.source !== source || segment.log !== log) continue;
    if (position < segment.first || position > segment.last) continue;
    if (object !== null && fileInfo(`${store}/${file}`) === null) away++;
    else {
      const found = rowOf(`${store}/${file}`, position, row);
      if (found !== null) return found;
    }
  }
  if (away === 0) return null;
  throw new WeirError('store.object_away', 'the segment of this event is in the object store', {
    hint: 'A query of the time in which it happened fetches it.',
  });
}

function rowOf(file: string, position: number, row: number): Uint8Array | null {
  using reader = openReader(file);
  const segment = openSegment(reader);
  for (let group = 0; group < segment.groups.length; group++) {
    const positions = segment.columnOf(group, 'weir.position').values as BigInt64Array;
    const first = positions.indexOf(BigInt(position));
    if (first < 0) continue;
    const rows = segment.columnOf(group, 'weir.row').values as Int32Array;
    for (let at = first; at < positions.length; at++) {
      if (positions[at] !== BigInt(position) || rows[at] !== row) continue;
      return new Rebuilder(segment, group, () => null, [at]).rowText(at);
    }
  }
  return null;
}

/** Which source type an event is of, from the set of its columns. */
import { unescaped } from './path.ts';
import { SOURCES } from './sources/index.ts';
import type { Path, SourceType } from './types.ts';

/**
 * The first source type of the table that recognises an event with these columns, or null. Dotted keys count as nested
 * ones. Where the answer hangs on a value (see `xmlColumns`), `holdsEventXml` is asked about columns of the event; where
 * nothing else is recognised it is asked about all of them.
 */
export function recognise(
  columns: ReadonlySet<Path>,
  holdsEventXml: (path: Path) => boolean = () => false,
): SourceType | null {
  const present = new Set<Path>();
  const written = new Map<Path, Path>();
  for (const path of columns) {
    present.add(unescaped(path));
    written.set(unescaped(path), path);
  }
  const holds = (path: Path) => {
    const column = written.get(path);
    return column !== undefined && holdsEventXml(column);
  };
  const found = SOURCES.find(
    (source) => detects(source, present) && (source.xml === undefined || source.xml.some(holds)),
  );
  return found ?? (XML_SOURCE !== undefined && [...columns].some(holdsEventXml) ? XML_SOURCE : null);
}

function detects({ detect }: SourceType, present: ReadonlySet<Path>): boolean {
  const has = (path: Path) => present.has(path);
  return (
    detect.all.every(has) && (detect.any ?? []).every((group) => group.some(has)) && !(detect.none ?? []).some(has)
  );
}

const XML_SOURCE = SOURCES.find((source) => source.xml !== undefined);
const XML_PATHS = XML_SOURCE?.xml ?? [];

/**
 * Those of the columns that may hold a whole event as XML, best first: the ones shippers use, and where nothing else is
 * recognised all others too. An event without any is recognised by its columns alone.
 */
export function xmlColumns(columns: ReadonlySet<Path>): Path[] {
  const usual = [...columns]
    .filter((column) => XML_PATHS.includes(unescaped(column)))
    .sort((a, b) => XML_PATHS.indexOf(unescaped(a)) - XML_PATHS.indexOf(unescaped(b)));
  return recognise(columns) === null ? [...new Set([...usual, ...columns])] : usual;
}

/** Whether a text is a rendered Windows event: `<Event …>` after white space, byte order mark and XML declaration. */
export function isEventXml(text: string): boolean {
  return /^\uFEFF?\s{0,64}(?:<\?xml[^>]{0,256}\?>\s{0,64})?<Event[\s>]/.test(text.slice(0, 512));
}

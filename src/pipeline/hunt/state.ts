/**
 * How far a hunt has come, in a file, so that one that was stopped goes on: a line that says what is hunted, then a line for each row group that is
 * done, with what was found in it. What follows says the same again, whole, whatever form it is put out in. Row groups are known by the
 * places they end at, since segments may be merged meanwhile.
 */
import { appendLines, fileInfo, readLines, replaceFile, WeirError } from '../../base/index.ts';
import type { HitColumns } from '../../detect/index.ts';
import type { GroupResult } from './hunter.ts';
import { comparePlaces, type Place, type Span } from './places.ts';

/** What is hunted: another hunt does not go on from there. */
export interface HuntSubject {
  readonly tenant: string;
  readonly log: string;
  /** Name of the rule set, by what it decides. */
  readonly rules: string;
  /** The time as it was asked for: `90d` is another time tomorrow. */
  readonly asked: string;
  /** Microseconds since 1970, both counted, as decimals. */
  readonly from: string;
  readonly to: string;
}

/** A row group that is done. */
export interface DoneGroup {
  /** Its file and number: it need not be looked at again as long as they are there. */
  readonly name: string;
  readonly log: string;
  readonly source: string;
  readonly bytes: number;
  readonly result: GroupResult;
}

/** A row group, or all of a segment, that could not be read: it counts as missing from then on, for what comes behind it is done. */
export interface FailedGroup {
  /** As of {@link DoneGroup}; a segment's file for all of it. */
  readonly name: string;
  readonly file: string;
  readonly rows: number;
  /** When its events were, for people. */
  readonly times: string;
  readonly failed: string;
}

const FORMAT = 1;
const NUMBER = /^-?\d{1,19}$/;

/** The time that a hunt is of which a file is the state of; null: there is none, or it was asked for other words. */
export function keptSpan(file: string, asked: string): Span | null {
  if (fileInfo(file) === null) return null;
  const head = headOf(file) as Partial<HuntSubject> | null;
  const [from, to] = [head?.from, head?.to];
  if (head?.asked !== asked || !NUMBER.test(from ?? '') || !NUMBER.test(to ?? '')) return null;
  return { from: BigInt(from ?? ''), to: BigInt(to ?? '') };
}

export class HuntState {
  readonly #file: string;
  /** By log and source: everything up to there is done. */
  readonly #marks = new Map<string, Place>();
  readonly #names = new Set<string>();
  /** @throws WeirError `hunt.state` where the file is another hunt's */
  constructor(file: string, subject: HuntSubject) {
    this.#file = file;
    const wanted = { weir_hunt: FORMAT, ...subject };
    const head = headOf(file);
    if (head === null && (fileInfo(file)?.size ?? 0) > 0) throw notOurs(file, 'it is no state of a hunt');
    if (head !== null && JSON.stringify(head) !== JSON.stringify(wanted)) {
      const differs = Object.entries(wanted).find(([key, value]) => (head as Record<string, unknown>)[key] !== value);
      throw notOurs(file, `its hunt is another one: '${differs?.[0] ?? 'weir_hunt'}' differs`);
    }
    if (head === null) replaceFile(file, `${JSON.stringify(wanted)}\n`);
  }

  /** What is done already, group by group: all of it may be more than memory holds. To be read to its end before anything is kept. */
  *done(): Generator<DoneGroup | FailedGroup> {
    let isHead = true;
    for (const line of readLines(this.#file)) {
      const group = isHead ? null : parse(line);
      if (group === null && !isHead) throw notOurs(this.#file, 'a line of it is damaged');
      isHead = false;
      if (group === null) continue;
      const done =
        'failed' in (group as FailedGroup | KeptGroup) ? (group as FailedGroup) : groupOf(group as KeptGroup);
      if ('failed' in done) this.#names.add(done.name);
      else this.#mark(done);
      yield done;
    }
  }

  /** Everything up to here is done; null: nothing is. */
  doneUpTo(log: string, source: string): Place | null {
    return this.#marks.get(`${log} ${source}`) ?? null;
  }

  isDone(name: string): boolean {
    return this.#names.has(name);
  }

  keepFailed(group: FailedGroup): void {
    appendLines(this.#file, Buffer.from(`${JSON.stringify(group)}\n`));
    this.#names.add(group.name);
  }

  keep(group: DoneGroup): void {
    appendLines(this.#file, Buffer.from(`${JSON.stringify(keptOf(group))}\n`));
    this.#mark(group);
  }

  #mark({ name, log, source, result: { last } }: DoneGroup): void {
    this.#names.add(name);
    const known = this.doneUpTo(log, source);
    if (last !== null && (known === null || comparePlaces(last, known) > 0)) this.#marks.set(`${log} ${source}`, last);
  }
}

/** Arrays of numbers as lists, bytes as text. */
interface KeptGroup extends Omit<DoneGroup, 'result'> {
  readonly result: Omit<GroupResult, 'lines' | 'base' | 'baseEvents'> & {
    readonly lines: string;
    readonly base: Readonly<Record<keyof HitColumns, unknown>> | null;
    readonly baseEvents: { readonly bytes: string; readonly ends: readonly number[] } | null;
  };
}

const COLUMNS = { rule: Uint32Array, path: Uint32Array, start: Uint32Array, values: Uint32Array } as const;
const NUMBERS = ['time', 'record', 'event'] as const;

function keptOf({ result, ...group }: DoneGroup): KeptGroup {
  const { lines, base, baseEvents } = result;
  const list = (value: unknown): unknown => (ArrayBuffer.isView(value) ? Array.from(value as Uint32Array) : value);
  return {
    ...group,
    result: {
      ...result,
      lines: Buffer.from(lines).toString(),
      base:
        base === null
          ? null
          : (Object.fromEntries(
              Object.entries(base).map(([key, value]) => [key, list(value)]),
            ) as KeptGroup['result']['base']),
      baseEvents:
        baseEvents === null ? null : { bytes: Buffer.from(baseEvents.bytes).toString('base64'), ends: baseEvents.ends },
    },
  };
}

function groupOf({ result, ...group }: KeptGroup): DoneGroup {
  const { lines, base, baseEvents } = result;
  const columns = base as Record<string, number[]> | null;
  return {
    ...group,
    result: {
      ...result,
      lines: Uint8Array.from(Buffer.from(lines)),
      base:
        columns === null
          ? null
          : ({
              ...columns,
              ...Object.fromEntries(Object.entries(COLUMNS).map(([key, make]) => [key, make.from(columns[key])])),
              ...Object.fromEntries(NUMBERS.map((key) => [key, Float64Array.from(columns[key])])),
            } as unknown as HitColumns),
      baseEvents:
        baseEvents === null
          ? null
          : { bytes: Uint8Array.from(Buffer.from(baseEvents.bytes, 'base64')), ends: baseEvents.ends },
    },
  };
}

/** What its first line says; null: there is none. */
function headOf(file: string): unknown {
  if (fileInfo(file) === null) return null;
  for (const line of readLines(file)) return parse(line);
  return null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const notOurs = (file: string, why: string): WeirError =>
  new WeirError('hunt.state', `cannot go on from ${file}: ${why}`, {
    hint: 'Give --resume the file of the same hunt, or one that is not there yet.',
  });

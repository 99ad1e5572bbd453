/**
 * The journal thread, the only one that writes it. What waits when a group is done is the next group, so groups grow with load
 * and with the disk's slowness, and a lone request waits for nobody.
 */
import { limits, release, stampMs, threadLoad, WeirError } from '../../base/index.ts';
import { Journal, Ledger, type ReleaseEntry, type Unit } from '../../journal/index.ts';
import type { Machine, Port } from './machine.ts';
import {
  type AppendUnit,
  type AppendUnits,
  type DurableUnits,
  type FromJournal,
  type JournalOptions,
  type Refused,
  STATS_MS,
  type ToJournal,
} from './messages.ts';
import { type DurableUnit, frameHead } from './types.ts';

interface Open {
  readonly journal: Journal;
  readonly options: JournalOptions;
  readonly doors: readonly Port[];
  readonly detect: Port;
}

export class JournalThread {
  readonly #main: Port;
  readonly #machine: Machine;
  #open: Open | null = null;
  /** Null until it is opened, and after the disk was full. */
  #ledger: Ledger | null = null;
  #group: AppendUnit[] = [];
  #groupBytes = 0;
  #scheduled = false;

  constructor(main: Port, machine: Machine) {
    this.#main = main;
    this.#machine = machine;
    main.on('message', (message: ToJournal) => this.#trying(() => this.#take(message)));
  }

  #take(message: ToJournal): void {
    if (message.kind === 'open') this.#start(message);
    else if (message.kind === 'append') this.#add(message.unit);
    else if (message.kind === 'release') this.#release(message.entry);
    else this.#close();
  }

  #tell(message: FromJournal): void {
    this.#main.postMessage(message);
  }

  #start({ options, doors, detect }: Extract<ToJournal, { kind: 'open' }>): void {
    const journal = Journal.open(options.folder, {
      files: this.#machine.files,
      ...(options.segmentBytes === null ? {} : { segmentBytes: options.segmentBytes }),
    });
    const open: Open = { journal, options, doors, detect };
    this.#open = open;
    for (const door of doors) {
      door.on('message', (units: AppendUnits) => {
        for (const unit of units) this.#add(unit);
      });
    }
    this.#sign(open, journal.closedUpTo);
    const { log, next, bytes, releasedUpTo, recovery } = journal;
    this.#tell({ kind: 'opened', opened: { log, next, bytes, releasedUpTo, recovery } });
    this.#machine.every(STATS_MS, () => {
      const hash = Buffer.from(journal.hash).toString('hex');
      this.#tell({ kind: 'stats', stats: { load: threadLoad(), next: journal.next, hash } });
    });
  }

  #close(): void {
    const open = this.#open;
    if (open !== null) {
      for (const door of open.doors) door.close();
      while (this.#group.length > 0) this.#commit();
      this.#unlessFull(() => open.journal.writeHead());
      this.#sign(open, open.journal.next);
      this.#ledger?.close();
      open.journal.close();
    }
    this.#tell({ kind: 'closed' });
    this.#main.close();
  }

  #gather(unit: AppendUnit): void {
    this.#group.push(unit);
    this.#groupBytes += bytesOf(unit);
  }

  #add(unit: AppendUnit): void {
    this.#gather(unit);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#machine.soon(() => this.#trying(() => this.#commit()));
  }

  /** What else waits in the ports, one of each in turn, so that no door waits for another's backlog. */
  #drain({ doors }: Open): void {
    for (let found = true; found && this.#groupBytes < limits.journalGatherBytes; ) {
      found = false;
      for (const door of doors) {
        const units = this.#machine.receive(door) as AppendUnits | undefined;
        if (units === undefined) continue;
        found = true;
        for (const unit of units) this.#gather(unit);
      }
    }
  }

  #commit(): void {
    this.#scheduled = false;
    const open = this.#open;
    if (open === null || this.#group.length === 0) return;
    this.#drain(open);
    const { units, bytes } = this.#withinBound(open);
    this.#group = [];
    this.#groupBytes = 0;
    if (units.length === 0) return;
    const from = this.#machine.elapsedMs();
    let firsts: readonly number[];
    try {
      firsts = open.journal.appendGroup(units.map(unitOf));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#failed(error, units);
      return;
    }
    const durable = units.map((unit, i) => durableOf(unit, firsts[i]));
    this.#tell({
      kind: 'durable',
      units: durable.flatMap(({ unit, first }) => [unit, first]),
      next: open.journal.next,
      bytes,
      syncMs: this.#machine.elapsedMs() - from,
      journaledMs: stampMs(),
      journalBytes: open.journal.bytes,
    });
    const message: DurableUnits = { units: durable, refused: [] };
    open.detect.postMessage(message);
    for (const { draft } of units) for (const { payload } of draft.entries) release(payload);
    // Answers go out while HEAD is written: it may lag behind by a group.
    this.#unlessFull(() => open.journal.writeHead());
    this.#sign(open, open.journal.closedUpTo);
  }

  /**
   * What the journal's bound leaves room for; the rest is refused. What the server writes itself always fits: it is small, and a
   * full journal must still be able to start, to stop and to say what was counted.
   */
  #withinBound({ journal, options }: Open): { readonly units: readonly AppendUnit[]; readonly bytes: number } {
    const all = { units: this.#group, bytes: this.#groupBytes };
    const { bytesMax } = options;
    if (bytesMax === null || journal.bytes + all.bytes <= bytesMax) return all;
    let bytes = 0;
    const over = new Set<AppendUnit>();
    for (const unit of all.units) {
      const own = bytesOf(unit);
      if (journal.bytes + bytes + own <= bytesMax || unit.draft.receipt === null) bytes += own;
      else over.add(unit);
    }
    const message = `the journal is full: ${journal.bytes} of ${bytesMax} bytes`;
    const hint = 'Raise journal.max_bytes, or let what has been stored be released.';
    if (over.size > 0) this.#refuse([...over], (unit) => ({ unit, code: 'journal.full', message, hint }));
    return { units: all.units.filter((unit) => !over.has(unit)), bytes };
  }

  /** Nobody is to wait for them: neither who sent them, nor the detector for a place of what doors found in them. */
  #refuse(units: readonly AppendUnit[], why: (unit: number) => Refused): void {
    this.#tell({ kind: 'refused', refused: units.map(({ draft }) => why(draft.unit)) });
    const refused = units.flatMap(({ draft, evaluating }) => (evaluating ? [draft.unit] : []));
    const message: DurableUnits = { units: [], refused };
    this.#open?.detect.postMessage(message);
  }

  /** Signs the journal up to a position: files that were closed, and at a clean stop the last one. */
  #sign({ journal, options }: Open, upTo: number): void {
    if (this.#ledger !== null && this.#ledger.upTo >= upTo) return;
    this.#unlessFull(() => {
      const { chain, keyPath } = options;
      const { files } = this.#machine;
      const ledger = this.#ledger ?? Ledger.open(chain, journal.log, keyPath === null ? { files } : { files, keyPath });
      this.#ledger = null;
      try {
        ledger.seal(journal, upTo);
      } catch (error) {
        ledger.close();
        throw error;
      }
      this.#ledger = ledger;
      this.#tell({ kind: 'signed', upTo: ledger.upTo, head: ledger.head });
    });
  }

  /** A file gives way to what is left of it, once it is signed that it does; else the next look asks again. */
  #release(entry: ReleaseEntry): void {
    const open = this.#open;
    if (open === null) return;
    const { journal } = open;
    this.#sign(open, journal.closedUpTo);
    const ledger = this.#ledger;
    if (ledger === null || ledger.upTo < entry.to) return;
    this.#unlessFull(() => {
      try {
        journal.release(entry.from, () => ledger.append(entry));
      } catch (error) {
        if (error instanceof WeirError && error.code === 'journal.release') return;
        // A ledger whose line failed takes none any more: the next signature opens it anew.
        if (journal.failure === null) {
          ledger.close();
          this.#ledger = null;
        }
        throw error;
      }
      this.#tell({ kind: 'released', upTo: journal.releasedUpTo, journalBytes: journal.bytes });
      this.#tell({ kind: 'signed', upTo: ledger.upTo, head: ledger.head });
    });
  }

  /** What can wait while the disk is full is done after a later group. */
  #unlessFull(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      if (error.code !== 'disk.full') this.#broken(error);
    }
  }

  #trying(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#broken(error);
    }
  }

  #failed(error: WeirError, units: readonly AppendUnit[]): void {
    const { code, message, hint } = error;
    if (code === 'disk.full' || code === 'journal.full') {
      this.#refuse(units, (unit) => ({ unit, code, message, hint }));
      return;
    }
    this.#broken(error);
  }

  #broken({ code, message, hint }: WeirError): void {
    this.#tell({ kind: 'broken', code, message, hint });
  }
}

function bytesOf({ draft }: AppendUnit): number {
  return draft.entries.reduce((sum, { payload }) => sum + payload.byteLength, 0);
}

function unitOf({ draft }: AppendUnit): Unit {
  const last = draft.entries.length - 1;
  return draft.entries.map(({ kind, payload }, i) => ({
    kind,
    receivedAt: draft.receivedAt,
    receipt: i === last && draft.receipt !== null ? JSON.stringify(draft.receipt) : null,
    payload: new Uint8Array(payload),
  }));
}

function durableOf({ draft, control, evaluating }: AppendUnit, first: number): DurableUnit {
  const { unit, entries, receivedAt, receipt } = draft;
  return {
    unit,
    first,
    entries: entries.map(({ kind, rows, payload }) => ({
      kind,
      rows,
      latest: kind === 'events' ? frameHead(payload).latest : null,
    })),
    receivedAt,
    tenant: receipt?.tenant ?? '',
    source: receipt?.source ?? '',
    door: receipt?.door ?? '',
    control,
    evaluating,
  };
}

/** What the tests of this room share: simulated disks, made-up units, and the journal as a plain list. */
import { type SeededRandom, type SimulatedDisk, seededRandom } from '../base/index.ts';
import type { Ledger } from './chain.ts';
import type { EntryKind } from './format.ts';
import { Journal, type JournalOptions, type NewEntry, type Unit } from './journal.ts';
import { type JournalEntry, JournalReader } from './reader.ts';
import { writeReleased } from './released.ts';

export const FOLDER = '/data/journal';

/** Ids that are the same in every run. */
export function fixedRandom(seed = 1): (length: number) => Uint8Array {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => random.integer(256));
}

export function openOn(disk: SimulatedDisk, options: JournalOptions = {}): Journal {
  return Journal.open(FOLDER, { files: disk.files, random: fixedRandom(), ...options });
}

/** Releases the oldest whole file: of a frame's payload four bytes are kept. False where there is none. */
export function releaseOldest(disk: SimulatedDisk, journal: Journal, ledger: Ledger): boolean {
  const reader = new JournalReader(FOLDER, disk.files);
  const [oldest] = reader.closed();
  if (oldest === undefined) return false;
  const { producer } = reader;
  const { bytes: _, ...released } = writeReleased(disk.files, FOLDER, { ...oldest, producer }, () => 4);
  journal.release(oldest.from, () => {
    ledger.append({ kind: 'release', ...released, events: 0, stored: 0, at: 0 });
  });
  return true;
}

export const text = (value: string): Uint8Array => Buffer.from(value);

/** An entry that tells its number. */
export function entry(payload: string, options: { kind?: EntryKind; receipt?: string } = {}): NewEntry {
  const { kind = 'events', receipt = null } = options;
  return { kind, receivedAt: 1_700_000_000_000, receipt, payload: text(payload) };
}

/** An entry as plain text, for comparisons. */
export function plain({ kind, receipt, payload }: JournalEntry): string {
  return `${kind} ${receipt ?? '-'} ${Buffer.from(payload).toString('latin1')}`;
}

export function plainNew({ kind, receipt, payload }: NewEntry): string {
  return `${kind} ${receipt ?? '-'} ${Buffer.from(payload).toString('latin1')}`;
}

export function contents(journal: Journal): string[] {
  return Array.from(journal.read(journal.first), plain);
}

let made = 0;

/** A unit of 1 to 4 entries of all sizes, no two alike. */
export function randomUnit(random: SeededRandom): Unit {
  const count = random.pick([1, 1, 1, 2, 4]);
  return Array.from({ length: count }, (_, index) => {
    const size = random.pick([0, 3, 40, 500, 513, 3000]);
    const payload = `${made++} `.padEnd(size, String.fromCharCode(97 + random.integer(26)));
    const kind = random.pick(['events', 'events', 'dead', 'control'] as const);
    return entry(payload, index === count - 1 ? { kind, receipt: `{"n":${made}}` } : { kind });
  });
}

/** What `open` says where it refuses. */
export function refusal(work: () => unknown): { code: string; message: string } | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { code: String(error.code), message: error.message };
    throw error;
  }
}

/**
 * `weir verify`: reads everything a data folder holds and works out anew what must follow from it. The journal's checksums, order and
 * hashes, and the ledger that signs them; for each request, that what stands on disk is what admission received, event by event;
 * that every minute adds up; that every event was evaluated once, by every rule that applied; and that the hits stored are those
 * the rules find. docs/proof.md says which check finds what.
 */
import { type Files, fileInfo, realFiles, wasReleased } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import {
  AUDIT_LEDGER,
  findingText,
  type Finding as JournalFinding,
  JournalReader,
  verifyChain,
  verifySegmentLedger,
} from '../../journal/index.ts';
import { type DetectionsReader, openDetectionsReader } from '../../store/index.ts';
import { Expirations } from '../store/expirations.ts';
import type { SegmentHead } from '../store/segment-chain.ts';
import { type SegmentsReport, verifySegments } from '../store/verify-segments.ts';
import { advanceBooks, Books } from './books.ts';
import { Door } from './door.ts';
import { Losses } from './losses.ts';
import { type LiveRules, noRules } from './rule-set.ts';
import { loadRuleSet } from './rule-sets.ts';
import { endOf } from './verify-end.ts';
import { type RequestCounts, verifyRequests } from './verify-requests.ts';
import { verifyStore } from './verify-store.ts';

export interface VerifyFinding {
  /** File or part of the data folder. */
  readonly where: string;
  /** Position in the journal; null where none is concerned. */
  readonly position: number | null;
  readonly what: string;
}

export interface VerifyReport {
  readonly findings: readonly VerifyFinding[];
  readonly entries: number;
  readonly bytes: number;
  readonly events: number;
  readonly dead: number;
  /** Of the events, those that are released from the journal: their requests and segments were looked at, they were not evaluated again. */
  readonly released: number;
  readonly hits: number;
  /** Position up to which evaluation was recomputed; −1 for none. */
  readonly evaluated: number;
  /** Position up to which the journal is signed, and the ledger's head: to be kept elsewhere and given to a later look. */
  readonly signed: number;
  readonly head: string | null;
  /** Of the history; its own ledger has a head of its own. */
  readonly segments: SegmentsReport;
}

export interface VerifyOptions {
  readonly folder: string;
  /** Also evaluates every event again; else hits and the evaluation ledger are not looked at. */
  readonly detection: boolean;
  /** Folder of the chain ledger; `chain` in the data folder by default. */
  readonly chain?: string;
  /** The public key that is trusted (SPKI, base64); the one that the ledger names, if left out. */
  readonly key?: string;
  /** A head of the chain ledger seen before, which must be in it. */
  readonly head?: string;
  /** The same of the ledger of segments. */
  readonly segmentHead?: string;
  /** Where on disk a segment of the object store was put for this; null: it was not. */
  readonly fetched?: (file: string) => string | null;
  onProgress?(position: number, next: number): void;
  /** The machine's own by default. */
  readonly place?: VerifyPlace;
}

/** What it stands on: a simulation has a disk of its own, a store in memory, and rules that it compiled before. */
export interface VerifyPlace {
  readonly files: Files;
  /** Null where there is none. */
  store(folder: string): DetectionsReader | null;
  readonly loadRuleSet: typeof loadRuleSet;
  /** Whether no process has ended since without letting the folder go; never, where nobody knows. */
  wasReleased?(folder: string): boolean;
  /** Evaluates frames by these rules, as epoch 1. */
  doorOf(rules: LiveRules): Pick<Door, 'evaluate'>;
}

function realPlace(): VerifyPlace {
  let module: WebAssembly.Module | null = null;
  return {
    files: realFiles,
    store(folder) {
      const file = `${folder}/detect.db`;
      return fileInfo(file) === null ? null : openDetectionsReader(file);
    },
    loadRuleSet,
    wasReleased,
    doorOf({ rules }) {
      module ??= loadKernelModule();
      const door = new Door(module, noRules());
      door.setRules(1, rules, false);
      return door;
    },
  };
}

/** Takes what is wrong, where. */
export type Find = (where: string, position: number | null, what: string) => void;

/** Findings kept; more are counted in the last. */
const FINDINGS_MAX = 1000;

/** Changes nothing; for folders that no process writes to at the time. Throws `disk.read` where the disk cannot be read. */
export function verifyFolder(options: VerifyOptions): VerifyReport {
  const { folder, place = realPlace() } = options;
  const { files } = place;
  const findings: VerifyFinding[] = [];
  let more = 0;
  const find: Find = (where, position, what) => {
    if (findings.length < FINDINGS_MAX) findings.push({ where, position, what });
    else more++;
  };
  const { journal, chain } = verifyChain(`${folder}/journal`, options.chain ?? `${folder}/chain`, {
    files,
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.head === undefined ? {} : { head: options.head }),
  });
  const tell = (finding: JournalFinding): void => find(finding.file, finding.position, findingText(finding));
  journal.findings.forEach(tell);
  more += journal.moreFindings + chain.moreFindings;
  let counted: RequestCounts = { events: 0, dead: 0, released: 0 };
  let stored = { hits: 0, evaluated: -1 };
  let losses: Losses | null = null;
  let reader: JournalReader | null = null;
  let anchors: readonly SegmentHead[] = [];
  // Where the journal itself is damaged, nothing that follows from it can be told.
  if (journal.findings.length === 0) {
    reader = new JournalReader(`${folder}/journal`, files);
    const { first, next } = journal;
    const end = endOf(reader, first, next);
    anchors = end.segments;
    losses = new Losses(reader, first, next);
    for (const { file, position, what } of losses.all) find(file, position, what);
    if (end.stopped && end.believed !== undefined && end.believed !== (end.ruled ? end.setAt(next) : null)) {
      find('journal', next - 1, `the server believed the rules ${end.believed} to be in force, the journal does not`);
    }
    // Behind a stop no write to HEAD can have been torn, unless the power went in the last, or in the first of a start since.
    if (end.stopped && place.wasReleased?.(folder) === true) journal.head.forEach(tell);
    counted = verifyRequests(reader, { from: first, to: next, find, losses, onProgress: options.onProgress });
    verifyBooks(reader, next, losses, new Expirations(options.chain ?? `${folder}/chain`, files), find);
    if (options.detection) stored = verifyStore(folder, reader, { first, end, losses, find, place });
  }
  const segments = verifySegments({
    ...{ folder, files, log: journal.log, reader, first: journal.first, next: journal.next, anchors, find },
    chain: options.chain ?? `${folder}/chain`,
    released: place.wasReleased?.(folder) === true,
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.fetched === undefined ? {} : { fetched: options.fetched }),
    ...(options.segmentHead === undefined ? {} : { head: options.segmentHead }),
  });
  verifyAudit(options.chain ?? `${folder}/chain`, journal.log, files, find, options.key);
  // Entries that are lost are told of above, with what they were.
  chain.findings.filter((finding) => !tellsOfLoss(finding, losses)).forEach(tell);
  if (more > 0) findings.push({ where: '', position: null, what: `and ${more} more` });
  const { entries, bytes } = journal;
  return { findings, entries, bytes, ...counted, ...stored, signed: chain.upTo, head: chain.head, segments };
}

/** The ledger misses entries that were signed and lost; they are told of already, with what they were. */
function tellsOfLoss({ file, position }: JournalFinding, losses: Losses | null): boolean {
  return /\.wjr?$/.test(file) && position !== null && losses?.has(position) === true;
}

/** What a server that runs has still open is no more held against it than what one that was killed had. */
function verifyBooks(reader: JournalReader, to: number, losses: Losses, expirations: Expirations, find: Find): void {
  const books = new Books();
  advanceBooks(books, reader, to);
  books.expire(expirations.changed() ?? []);
  books.ended();
  for (const { account, what } of books.imbalances(Number.POSITIVE_INFINITY)) {
    if (losses.explains(account)) continue;
    const minute = new Date(account.minute * 60_000).toISOString().slice(0, 16);
    find('books', null, `${account.tenant}/${account.source} at ${minute}: ${what}`);
  }
}

/** The audit log, where there is one: every line as it was signed. */
function verifyAudit(chain: string, log: string | null, files: Files, find: Find, key: string | undefined): void {
  if (files.size(`${chain}/${AUDIT_LEDGER}`) === null) return;
  const trusted = key === undefined ? {} : { key };
  const { findings } = verifySegmentLedger(chain, log, { files, name: AUDIT_LEDGER, seen: [], ...trusted });
  for (const { file, byte, what } of findings) find(file, null, byte === null ? what : `byte ${byte}: ${what}`);
}

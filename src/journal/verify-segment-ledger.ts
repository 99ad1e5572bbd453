/**
 * The ledger of segments, distrusted: hashes from line to line, the last line's signature, which covers them all, and that sums come out.
 */
import type { KeyObject } from 'node:crypto';
import { type Files, sha256 } from '../base/index.ts';
import { ledgerPath } from './chain.ts';
import { isSigned, isTorn, NO_LINE, publicKeyOf, readLine, readLines } from './chain-lines.ts';
import type { Finding } from './errors.ts';
import { SegmentState } from './segment-state.ts';

export interface SegmentLedgerOptions {
  readonly files: Files;
  readonly name: string;
  /** The public key that is trusted, SPKI in base64; the one that the ledger names, if left out. */
  readonly key?: string;
  /** Heads seen before, with the lines there were then. */
  readonly seen: readonly { readonly lines: number | null; readonly head: string; readonly where: string }[];
}

export interface SegmentLedgerCheck {
  /** Null: there is no ledger. */
  readonly state: SegmentState | null;
  readonly findings: readonly Finding[];
  readonly lines: number;
  readonly head: string | null;
}

export function verifySegmentLedger(
  folder: string,
  log: string | null,
  options: SegmentLedgerOptions,
): SegmentLedgerCheck {
  const { files, name, seen } = options;
  const file = ledgerPath(folder, name);
  const findings: Finding[] = [];
  const found = (byte: number | null, what: string): void => void findings.push({ file, byte, position: null, what });
  if (files.size(file) === null) {
    for (const where of new Set(seen.map((one) => one.where))) {
      found(null, `there is no ledger of segments, and ${where} names its head`);
    }
    return { state: null, findings, lines: 0, head: null };
  }
  const state = new SegmentState();
  const left = new Map(seen.map((one) => [one.head, one]));
  let key: KeyObject | null = null;
  let lines = 0;
  let head: string | null = null;
  let last: { readonly text: string; readonly byte: number } | null = null;
  for (const line of readLines(files, file)) {
    if (isTorn(line)) break;
    const entry = readLine(line.text, lines, head ?? NO_LINE, null);
    if (typeof entry === 'string') {
      found(line.byte, `${entry}; nothing from here on is proven`);
      break;
    }
    if (entry.kind === 'begin') {
      key = publicKeyOf(options.key ?? entry.key);
      if (log !== null && entry.log !== log)
        found(line.byte, `it is the ledger of the journal ${entry.log}, not of ${log}`);
    }
    const wrong = state.take(entry);
    if (wrong !== null) found(line.byte, wrong);
    head = sha256(line.text);
    lines++;
    const known = left.get(head);
    if (known !== undefined && (known.lines === null || known.lines === lines)) left.delete(head);
    last = line;
  }
  if (last !== null && (key === null || !isSigned(last.text, key))) {
    found(last.byte, key === null ? 'its first line names no ed25519 key' : 'its signature does not match');
  }
  for (const [where, own] of Map.groupBy(left.values(), (one) => one.where)) {
    const more = own.length === 1 ? '' : ` (and ${own.length - 1} more)`;
    found(null, `${where} names the line with the hash ${own[0].head}${more}, which is not there: lines are gone`);
  }
  return { state, findings, lines, head };
}

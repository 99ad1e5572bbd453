/** What every output format is: it takes hit lines as the scan finds them and finishes when the scan does. */
import type { FileWriter } from '../../base/index.ts';
import type { RuleHead } from '../../detect/index.ts';
import type { RuleReport, Summary } from '../../pipeline/index.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface OutputContext {
  readonly out: FileWriter;
  readonly terminal: Terminal;
  readonly rules: RuleReport;
  /** Loads what rules say of themselves (description, references), which scanning does not need; by id. */
  ruleHeads(): Promise<ReadonlyMap<string, RuleHead>>;
  /** Also say why each hit is one. */
  readonly explain: boolean;
  /** As given on the command line. */
  readonly paths: readonly string[];
}

export interface HitWriter {
  /** Complete NDJSON hit lines, in order of path and record. The bytes are only lent. */
  hits(lines: Uint8Array): void;
  /** Called once, after the last hit, also when the scan was stopped (`summary.complete` is false). Does not close the output. */
  finish(summary: Summary): void | Promise<void>;
}

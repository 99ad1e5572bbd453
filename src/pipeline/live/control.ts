/**
 * What the server itself writes into the journal: changes of how events are treated, each in force from where it stands.
 * `evaluated`: position up to which everything was evaluated, and stored durably, when it was written; −1 for none.
 */

export type Control =
  /** A process began. The rules of what follows are those that the next `rules` entry names. */
  | { readonly kind: 'start'; readonly version: string; readonly at: number; readonly evaluated?: number }
  /** The rule set in force from here on; of what was taken before any was named, too. */
  | { readonly kind: 'rules'; readonly set: string; readonly count: number }
  /** Events are held to this policy of validation from here on, where a receipt names it. */
  | { readonly kind: 'policy'; readonly id: string }
  /** Time passes where no events come: sources that are idle move on, and admission says what it has counted. */
  | {
      readonly kind: 'tick';
      readonly at: number;
      readonly tallies: readonly Tally[];
      readonly evaluated?: number;
      readonly segments?: SegmentLedgerHead | null;
    }
  /** A stage was switched off or on for a tenant. */
  | {
      readonly kind: 'stage';
      readonly stage: string;
      readonly tenant: string;
      readonly on: boolean;
      readonly by: string;
      readonly at: number;
    }
  /** Events of a request that a shedding policy left out; its receipt stands with it. */
  | { readonly kind: 'filtered'; readonly policy: string; readonly events: number }
  /** A clean stop: nothing follows from this process. `set`: the rule set that it believed to be in force; null for none. */
  | {
      readonly kind: 'stop';
      readonly at: number;
      readonly tallies: readonly Tally[];
      readonly set?: string | null;
      readonly evaluated?: number;
      readonly segments?: SegmentLedgerHead | null;
    };

/** Lines of the ledger of segments (`chain/segments.ndjson`) and SHA-256 of the last: who cuts lines off its end must change the journal too. */
export interface SegmentLedgerHead {
  readonly lines: number;
  readonly head: string;
}

/** Events that admission counted in a minute, before anything else saw them. */
export interface Tally {
  readonly tenant: string;
  readonly source: string;
  /** Minutes since 1970. */
  readonly minute: number;
  readonly received: number;
  /** Bytes of the bodies as they came off the wire, of requests that were answered. */
  readonly sent?: number;
}

export function encodeControl(control: Control): ArrayBuffer {
  return new Uint8Array(new TextEncoder().encode(JSON.stringify(control))).buffer;
}

export function decodeControl(payload: ArrayBuffer): Control {
  return JSON.parse(new TextDecoder().decode(payload)) as Control;
}

/** A mutant: one place where an event, or what follows from one, could be lost or changed, and is. */

/** What finds it: part of `weir books` or of `weir verify`; docs/proof.md says what each looks at. */
export type Check =
  | 'journal'
  | 'chain'
  | 'wire'
  | 'count'
  | 'digest'
  | 'frame'
  | 'labels'
  | 'dead letters'
  | 'books'
  | 'hits'
  | 'correlations'
  | 'ledger'
  | 'evaluated'
  | 'rules'
  | 'totals'
  | 'kept letters'
  | 'store'
  | 'HEAD';

export type What = 'drop' | 'double' | 'reorder' | 'alter' | 'skip';

export interface Mutant {
  /** Where, on the way from socket to stored hit. */
  readonly seam: string;
  readonly what: What;
  /** In words. */
  readonly how: string;
  /** Source file below src/. */
  readonly file: string;
  /** Stands in the file exactly once, and is replaced. `@nth(3)` is true when it is evaluated for the third time. */
  readonly find: string;
  readonly replace: string;
  /** Something waits for ever; the scenario does not. */
  readonly hangs?: true;
  /** The server is killed after the first request, and started again. */
  readonly restart?: true;
  /** Must be among what finds it. */
  readonly by: Check;
}

/** The check that a finding of verify comes from. */
export function checkOf({ where, what }: { readonly where: string; readonly what: string }): Check {
  for (const [pattern, check] of WORDS) if (pattern.test(what)) return check;
  if (where === 'books') return 'books';
  if (where === 'ledger') return 'ledger';
  if (/ledger\.ndjson/.test(where)) return 'chain';
  return 'journal';
}

const WORDS: readonly (readonly [RegExp, Check])[] = [
  [/ledger\.ndjson/, 'chain'],
  [/off the wire/, 'wire'],
  [/admission received|dead letters on disk|without a receipt/, 'count'],
  [/not those that were received/, 'digest'],
  [/the frame of events is damaged/, 'frame'],
  [/the receipt says|its receipt says/, 'labels'],
  [/of its dead letters are/, 'dead letters'],
  [/the correlation hit/, 'correlations'],
  [/ dead letters (are )?stored/, 'kept letters'],
  [/its counts say/, 'totals'],
  [/ hits (are )?stored|the hits up to/, 'hits'],
  [/were not evaluated|claims that everything|says that everything/, 'evaluated'],
  [/made anew by the next start|the database is damaged|has tables of/, 'store'],
  [/slot of the two/, 'HEAD'],
  [/rules? set|believed the rules|rules in force, the rule/, 'rules'],
];

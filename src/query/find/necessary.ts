/**
 * What some value of a row must hold, or the row is none of the answer: much less than the condition says, but what filters of terms
 * and a look at the bytes of a column can tell.
 */
export type Necessary =
  | {
      readonly kind: 'value';
      /** Terms in small letters that one value has, all of them. */
      readonly terms: readonly string[];
      /** ASCII in small letters that stands in the text of that value, whatever its case; empty: nothing is known of it. */
      readonly piece: string;
      /** Physical names of columns one of which has it; null: any. */
      readonly columns: readonly string[] | null;
    }
  /** All of these, any of these: none of no such. */
  | { readonly kind: 'all' | 'any'; readonly of: readonly Necessary[] };

/** What no row holds. */
export const NOTHING: Necessary = { kind: 'any', of: [] };

/** Together; null: nothing is necessary. */
export function allOf(parts: readonly (Necessary | null)[]): Necessary | null {
  const known = parts.filter((part) => part !== null);
  return known.length < 2 ? (known[0] ?? null) : { kind: 'all', of: known };
}

/** Any of them; null as soon as one says nothing. */
export function anyOf(parts: readonly (Necessary | null)[]): Necessary | null {
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  return known.length === 1 ? known[0] : { kind: 'any', of: known };
}

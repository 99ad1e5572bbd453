/**
 * The stated count of these cases is too low: every counted event satisfies the rule as written. SigmaHQ corrected the
 * same counts to the same numbers (SigmaHQ/sigma pull request 6211), after the snapshot in ../shared/data was taken.
 */
export const CORRECTED: Record<string, { stated: number; actual: number }> = {
  '0b9ad457-2554-44c1-82c2-d56a99c42377': { stated: 1, actual: 3 },
  '45e112d0-7759-4c2a-aa36-9f8fb79d3393': { stated: 1, actual: 3 },
  'c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e': { stated: 1, actual: 2 },
};

/** `docs/lanes.md` and the list in `src/schema/proven.ts`, from the counts. */
import { isProven, type LaneCount, RULES_MIN } from './proof.ts';

function table(counts: readonly LaneCount[]): string {
  const rows = counts.map(
    (count) => `| \`${count.lane}\` | ${count.rules} | ${count.events} | ${count.fired} | ${count.silent} |`,
  );
  return ['| lane | rules | events | fired | silent |', '|---|---:|---:|---:|---:|', ...rows].join('\n');
}

export function lanesDocument(counts: readonly LaneCount[]): string {
  const proven = counts.filter(isProven);
  const unproven = counts.filter((count) => !isProven(count) && count.known);
  const unknown = counts.filter((count) => !count.known);
  return `# Lanes

<!-- Written by test/shapes/write-docs.ts; a test holds it true. -->

A *lane* is what an event is as far as rules are concerned, written here as the logsource rules name:
\`product/category/service\`, \`-\` for what is not given. [sources.md](sources.md) says which events come into which lane.

A lane is **proven** when ${RULES_MIN} of SigmaHQ's rules for it each fire on, and ${RULES_MIN} stay silent on, events that were not written for
weir: Windows recordings and event logs of others (of events alike, one), and the test events of vendors' and other projects' rules. CrowdSec's text
logs stand in it as the JSON that common shippers make of them. *Fired* counts rules that matched at least one event
of the lane, *silent* those that matched none.

## Proven (${proven.length})

${table(proven)}

## Unproven (${unproven.length})

Mapped from documentation; too few events or rules to prove it.

${table(unproven)}

## Not mapped (${unknown.length})

No source type of weir is of these; their rules load and are listed as dead.

${unknown.map((count) => `- \`${count.lane}\` (${count.rules})`).join('\n')}
`;
}

/** The entries of \`PROVEN\`, in code. */
export function provenEntries(counts: readonly LaneCount[]): string {
  return counts
    .filter(isProven)
    .map(({ lane }) => {
      const [product = '-', category = '-', service = '-'] = lane.split('/');
      const parts = Object.entries({ product, category, service }).filter(([, value]) => value !== '-');
      return `  { ${parts.map(([name, value]) => `${name}: '${value}'`).join(', ')} },\n`;
    })
    .join('');
}

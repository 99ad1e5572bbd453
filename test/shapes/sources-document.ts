/** `docs/sources.md`, from the table of source types. */
import { type Fact, factName, type LaneRow, type SourceType } from '../../src/schema/index.ts';

const code = (text: string) => `\`${text}\``;
const list = (texts: readonly string[], between = ', ') => texts.map(code).join(between);

function recognised({ all, any = [], none = [] }: SourceType['detect']): string {
  const parts = [
    ...(all.length > 0 ? [list(all, ' and ')] : []),
    ...any.map((group) => (group.length > 1 ? `one of ${list(group)}` : list(group))),
  ];
  return parts.join('; and ') + (none.length > 0 ? `; and none of ${list(none)}` : '');
}

/** Rule names with the columns they are read from, the best first; names that only repeat their column are left out. */
function namesTable(source: SourceType): string {
  const paths = new Map<string, string[]>();
  for (const { path, name } of source.names) {
    if (path !== name) paths.set(name, [...(paths.get(name) ?? []), path]);
  }
  if (paths.size === 0) return 'Rules use the source’s own names.\n';
  const rows = [...paths].map(([name, from]) => `| ${code(name)} | ${list(from)} |`);
  return `${['| rules say | read from, the first present |', '|---|---|', ...rows].join('\n')}\n`;
}

function conditions(row: LaneRow): string {
  const is = (values: LaneRow['when']) =>
    Object.entries(values).map(([name, wanted]) => `${code(name)} is ${list(wanted, ' or ')}`);
  const parts = [...is(row.when), ...is(row.unless ?? {}).map((part) => part.replace('` is `', '` is not `'))];
  return parts.length === 0 ? 'always' : parts.join(', ');
}

function factText(fact: Fact): string {
  const where = Object.entries(fact.where ?? {}).map(
    ([name, values]) => ` where ${code(name)} is ${list(values, ' or ')}`,
  );
  const rewrite = Object.entries(fact.rewrite ?? {}).map(
    ([name, other]) => ` reading ${code(other)} for ${code(name)}`,
  );
  return `${code(factName(fact))}${where.join('')}${rewrite.join(',')}`;
}

function lanesTable(lanes: readonly LaneRow[]): string {
  const [only] = lanes;
  if (lanes.length === 1 && only !== undefined && conditions(only) === 'always') {
    return `Lane: ${only.facts.map(factText).join(', ')}.\n`;
  }
  const rows = lanes.map((row) => `| ${conditions(row)} | ${row.facts.map(factText).join('<br>')} |`);
  return `${['| when | lane |', '|---|---|', ...rows].join('\n')}\n`;
}

function section(source: SourceType, seen: Map<readonly LaneRow[], string>): string {
  const known = seen.get(source.lanes);
  seen.set(source.lanes, known ?? source.id);
  const lanes = known === undefined ? lanesTable(source.lanes) : `Lanes as for ${code(known)}.\n`;
  const time = source.time.length === 0 ? '' : `Time: ${list(source.time)}. `;
  const names =
    source.xml === undefined
      ? namesTable(source)
      : 'Only where the text of one of these begins with `<Event`; where no other source type recognises an event, any column counts. The event is\nunwrapped and read as `windows.evtx_json`.\n';
  const references = source.references.map((link) => `<${link}>`).join(' · ');
  return `### ${code(source.id)}: ${source.title}

Recognised by ${recognised(source.detect)}. ${time}Host: ${list(source.host)}.

${names}
${source.xml === undefined ? `${lanes}\n` : ''}${references}
`;
}

export function sourcesDocument(sources: readonly SourceType[]): string {
  const seen = new Map<readonly LaneRow[], string>();
  return `# Sources

<!-- Written by test/shapes/write-docs.ts from src/schema/sources; a test holds it true. -->

What an event is follows from its keys: the first source type below that recognises them has it. A path is keys joined by
dots, elements of lists add nothing to it; keys that hold dots (\`"winlog.channel": …\`) count as nested ones.

The source type says two things. **Names**: what rules call the columns. \`{x}\` stands for one key, \`{x*}\` for one or more. Every column also goes by
its own path, after all other names, and spaces in keys are removed. **Lanes**: to which logsources the event belongs
(\`product/category/service\`). [lanes.md](lanes.md) says which of them are proven on events of others.

Event time is the first present of \`@timestamp\`, \`TimeCreated\`, \`UtcTime\`, \`EventTime\` and what the source type lists.

## What mappings cannot do

Mappings rename columns; they do not change values. Some rules ask for values that only another shape has:

- NXLog, Winlogbeat and Elastic Agent write \`Keywords\`, \`Task\`, \`Opcode\` and (Beats) \`Level\` as text or other numbers than the event log; NXLog
  has no \`Level\` at all. Rules on these fields are exact on EVTX and its JSON and XML.
- NXLog drops data that has no name, so \`Data\` of the classic PowerShell log and of Application events is missing; Winlogbeat writes it as
  \`param1\`, \`param2\` …, which rules read as \`Data\` too.
- Laurel, Teleport and eslogger give arguments as a list. Rules on \`CommandLine\` are asked of each argument; where a joined text is there it is used.
- Google Workspace rules ask for service names that only the Cloud Logging form has, not the Reports API.
- XML converters that write \`{"@Name": "Image", "#text": …}\` put names into values; they are not read. Wazuh lowers the first letter of names; it is not read either.

## Source types

${sources.map((source) => section(source, seen)).join('\n')}`;
}

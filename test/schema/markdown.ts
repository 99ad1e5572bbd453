/** docs/security-event.md, from the catalogue. */
import {
  CATALOGUE_VERSION,
  CLASSES,
  catalogue,
  type EventClass,
  type Field,
  SOURCES,
  unifiedRows,
} from '../../src/schema/index.ts';

const TITLES: Readonly<Record<EventClass, string>> = {
  base: 'Base: every event',
  endpoint: 'Endpoint: hosts, processes, files, registry, modules, drivers',
  network: 'Network: connections, names, certificates, observers',
  web: 'Web: requests',
  cloud: 'Cloud: platforms, containers, orchestrators',
  email: 'Email: messages',
  identity: 'Identity: accounts, groups, logons',
  vulnerability: 'Vulnerability: weaknesses',
  threat: 'Threat: ATT&CK and indicators',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string): string => (text === '' ? '' : `\`${cell(text).replaceAll('`', "'")}\``);

function row(field: Field): string {
  const marks = [
    field.requirement === 'optional' ? '' : field.requirement,
    field.list ? 'list' : '',
    field.personal ? 'personal' : '',
  ].filter((mark) => mark !== '');
  const values = field.values === null ? '' : ` One of ${field.values.map(code).join(', ')}.`;
  const type = field.format === null ? field.type : `${field.type} (${field.format})`;
  return `| ${code(field.name)} | ${type} | ${marks.join(', ')} | ${cell(field.about)}${values} | ${code(field.example)} |`;
}

function section(name: EventClass, fields: readonly Field[]): string {
  return [
    `## ${TITLES[name]}`,
    '',
    '| field | type | | what it says | example |',
    '|---|---|---|---|---|',
    ...fields.map(row),
    '',
  ].join('\n');
}

function classTable(): string {
  const lines = CLASSES.map(({ id, title, category, requires }) => {
    const needs = requires.map((names) => names.map(code).join(' or ')).join('; ');
    return `| ${code(id)} | ${title} | ${code(category ?? '')} | ${needs} |`;
  });
  return ['| class | what happened | `event.category` | has one of |', '|---|---|---|---|', ...lines].join('\n');
}

function sources(): string {
  const lines = SOURCES.map((source) => {
    const rows = unifiedRows(source);
    return `| \`${source.id}\` | ${new Set(rows.map(({ field }) => field)).size} |`;
  });
  return ['| source type | fields its own names supply |', '|---|---|', ...lines].join('\n');
}

export function markdown(): string {
  const fields = [...catalogue().values()];
  const own = fields.filter(({ origin }) => origin === 'weir').length;
  const sections = (Object.keys(TITLES) as EventClass[]).map((name) =>
    section(
      name,
      fields.filter((field) => field.class === name),
    ),
  );
  return `# SecurityEvent

<!-- Written by test/schema/write.ts from src/schema/catalogue; a test holds it true. -->

One form for events of every source: a profile of the [Elastic Common Schema](https://www.elastic.co/docs/reference/ecs). Version
${CATALOGUE_VERSION}: ${fields.length} fields, ${fields.length - own} as ECS has them, ${own} of weir's own below \`weir.\`. As JSON Schema:
[security-event.schema.json](schema/security-event.schema.json); as TypeScript: \`src/schema/security-event.ts\`.

Events keep their source's own names and values; this catalogue says what they are called besides. Names of a field are looked up
when events are asked, never written into them, so a better mapping holds for old events too. Fields no catalogue
knows stay as they are.

*required*: weir sees to it that every event has it. *recommended*: detections and people look for it. *list*: an event may have several values.
*personal*: can hold data about a person; exports, retention and pseudonyms go by this mark.

## Classes of events

What an event is about follows from its logsources (see [sources.md](sources.md)). Its class says what it must have; [validation](validation.md)
checks that.

${classTable()}

${sections.join('\n')}
## Sources

The tables in \`src/schema/unified\` say which name of a source supplies which field; a column that is called like a field supplies it too.
A text that says that there is nothing (\`-\`, \`N/A\`, empty) supplies nothing.

${sources()}
`;
}

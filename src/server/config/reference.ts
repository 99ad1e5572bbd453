/** docs/configuration.md, from the schema. */

import type { z } from 'zod';
import { explainFlags } from './flags.ts';
import { configSchema } from './schema.ts';
import { describe, type Path, shownPath } from './walk.ts';

const INTRODUCTION = `# Configuration

\`weir up\` needs none. What is to be different stands in one file:

\`\`\`yaml
# yaml-language-server: $schema=./weir.schema.json
listen:
  host: 0.0.0.0
  tls:
    auto: true
rules:
  paths: [/etc/weir/rules]
sources:
  "*":
    silent_after: 15m
  firewall:
    time_zone: Europe/Berlin
    validation: enforce
    business_checks:
      known_network: ipv4_is_in_range(source.ip, '10.0.0.0/8')
notify:
  webhooks:
    chat:
      url: https://hooks.example.org/weir
      secret: {env: WEIR_HOOK_KEY}
\`\`\`

| to | run |
|---|---|
| start with it | \`weir up --config weir.yaml\` |
| check it, all mistakes at once | \`weir config check weir.yaml\` |
| see what is in force, from where, and what for | \`weir config explain --config weir.yaml\` |
| have an editor complete and check it | \`weir config schema > weir.schema.json\` |

This page is generated from the schema: \`npm run docs\`.

## How values are written

- **Spans** are \`500ms\`, \`30s\`, \`15m\`, \`24h\`, \`90d\`, \`1y\`; **sizes** \`512B\`, \`64KiB\`, \`64MiB\`, \`2GiB\`, \`1TiB\`. Where a name ends in its unit
  (\`group_ms\`, \`max_bytes\`) a bare number is in that unit; nowhere else is a bare number taken.
- **Secrets** are never in the file: \`{env: NAME}\` names an environment variable, \`{file: PATH}\` a file.
- **Paths** in the file are relative to the file's folder, those of flags to the current one.
- **Unknown names** are errors, as are names that stand twice, empty values and YAML tags. Anchors and aliases work.

Flags go before environment variables, these before the file, the file before defaults.
`;

function* tables(schema: z.ZodType, path: Path, depth: number): Generator<string> {
  const { node, description } = describe(schema);
  if (node.kind !== 'section' && node.kind !== 'map') return;
  const shape = node.kind === 'section' ? node.shape : mapShape(node.each);
  if (shape === undefined) return;
  const inside: Path = node.kind === 'map' ? [...path, 'NAME'] : path;
  yield `\n${'#'.repeat(Math.min(depth + 1, 6))} ${shownPath(inside)}\n\n${description === '' ? '' : `${description}\n`}`;
  const deeper: [string, z.ZodType][] = [];
  let rows = '';
  for (const [name, each] of Object.entries(shape)) {
    const inner = describe(each);
    if (hasTable(each)) deeper.push([name, each]);
    else rows += `| \`${name}\` | ${cell(kindOf(each))} | ${written(inner)} | ${cell(inner.description)} |\n`;
  }
  if (rows !== '') yield `\n| setting | value | default | |\n|---|---|---|---|\n${rows}`;
  for (const [name, each] of deeper) yield* tables(each, [...inside, name], Math.min(depth + 1, 2));
}

/** The settings of each entry of a map; undefined where an entry is a single value. */
function mapShape(each: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const { node } = describe(each);
  return node.kind === 'section' ? node.shape : undefined;
}

function hasTable(schema: z.ZodType): boolean {
  const { node } = describe(schema);
  return node.kind === 'section' || (node.kind === 'map' && mapShape(node.each) !== undefined);
}

function kindOf(schema: z.ZodType): string {
  const { node } = describe(schema);
  if (node.kind === 'leaf') return node.leaf.kind;
  if (node.kind === 'list') return `list of ${kindOf(node.each)}`;
  return node.kind === 'map' ? `name: ${kindOf(node.each)}` : '';
}

function written({ written: value, required }: ReturnType<typeof describe>): string {
  if (required) return 'required';
  if (value === undefined || (typeof value === 'object' && Object.keys(Object(value)).length === 0)) return '';
  return `\`${String(value)}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The text of docs/configuration.md. */
export function configReference(): string {
  const { node } = describe(configSchema);
  if (node.kind !== 'section') throw new Error('the schema is no section');
  let text = INTRODUCTION;
  text += `\n## Flags\n\n| flag | variable | setting |\n|---|---|---|\n`;
  for (const { flag, environment, settings } of explainFlags()) {
    text += `| \`${flag}\` | ${environment === undefined ? '' : `\`${environment}\``} | ${settings} |\n`;
  }
  text += '\n## At the top\n\n| setting | value | default | |\n|---|---|---|---|\n';
  for (const [name, each] of Object.entries(node.shape)) {
    if (hasTable(each)) continue;
    const inner = describe(each);
    text += `| \`${name}\` | ${cell(kindOf(each))} | ${written(inner)} | ${cell(inner.description)} |\n`;
  }
  for (const [name, each] of Object.entries(node.shape)) for (const part of tables(each, [name], 1)) text += part;
  return text;
}

/** src/schema/security-event.ts and the files beside it, from the catalogue. */
import { catalogue, type EventClass, type Field } from '../../src/schema/index.ts';
import { type Node, treeOf } from './tree.ts';

const NOTICE = '/** Written by test/schema/write.ts from the catalogue; do not edit. */';
const WIDTH = 120;

const pascal = (key: string): string =>
  key
    .split(/[_@]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

function scalar({ type, values }: Field): string {
  if (values !== null) return values.map((value) => `'${value}'`).join(' | ');
  switch (type) {
    case 'long':
    case 'float':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'geo_point':
      return '{ readonly lat: number; readonly lon: number }';
    case 'object':
    case 'flattened':
    case 'nested':
      return 'Readonly<Record<string, unknown>>';
    default:
      return 'string';
  }
}

const several = (type: string): string =>
  type.includes('|') ? `${type} | readonly (${type})[]` : `${type} | readonly ${type}[]`;

/** Writes nested objects; those that stand at several places get a name of their own. */
class Writer {
  /** Body → name, of objects that stand at several places. */
  readonly #names = new Map<string, string>();
  readonly shared: string[] = [];

  constructor(root: Node) {
    const seen = new Map<string, { count: number; key: string; node: Node }>();
    const visit = (node: Node, key: string): void => {
      for (const [name, child] of node.children) visit(child, name);
      if (node.children.size < 2) return;
      const shape = signature(node);
      const known = seen.get(shape);
      if (known === undefined) seen.set(shape, { count: 1, key, node });
      else known.count++;
    };
    visit(root, '');
    const taken = new Set<string>();
    for (const [shape, { count, key, node }] of seen) {
      if (count < 2) continue;
      let name = `${pascal(key === 'source' ? 'endpoint' : key)}Group`;
      for (let i = 2; taken.has(name); i++) name = `${pascal(key)}Group${i}`;
      taken.add(name);
      const body = this.object(node, '');
      this.#names.set(shape, name);
      this.shared.push(`export interface ${name} ${body}`);
    }
  }

  get sharedNames(): readonly string[] {
    return [...this.#names.values()];
  }

  type(node: Node, indent: string): string {
    if (node.children.size === 0) {
      const { field } = node;
      if (field === null) return 'unknown';
      return field.list ? several(scalar(field)) : scalar(field);
    }
    const inner = this.#names.get(signature(node)) ?? this.object(node, indent);
    return node.field?.list === true ? `readonly ${inner}[]` : inner;
  }

  object(node: Node, indent: string): string {
    const lines = [...node.children].map(([key, child]) => this.property(key, child, `${indent}  `));
    return `{\n${lines.join('\n')}\n${indent}}`;
  }

  property(key: string, node: Node, indent: string): string {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`;
    const type = this.type(node, indent);
    const line = `${indent}readonly ${name}?: ${type};`;
    const first = line.split('\n')[0];
    if (first.length <= WIDTH || !type.includes(" | '")) return line;
    return `${indent}readonly ${name}?:\n${unionLines(type, `${indent}  `)};`;
  }
}

function unionLines(type: string, indent: string): string {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < type.length; i++) {
    if (type[i] === '(') depth++;
    else if (type[i] === ')') depth--;
    else if (depth === 0 && type.startsWith(' | ', i)) {
      parts.push(type.slice(from, i));
      from = i + 3;
    }
  }
  parts.push(type.slice(from));
  return parts
    .map((part) => {
      const inner = /^readonly \((.*)\)\[\]$/.exec(part)?.[1];
      if (inner === undefined || part.length + indent.length + 2 <= WIDTH) return `${indent}| ${part}`;
      return `${indent}| readonly (\n${unionLines(inner, `${indent}    `)}\n${indent}  )[]`;
    })
    .join('\n');
}

function signature(node: Node): string {
  const own = node.field === null ? '' : `${node.field.type}${node.field.list}${node.field.values}`;
  return `${own}{${[...node.children].map(([key, child]) => `${key}:${signature(child)}`).join()}}`;
}

const CLASSES: readonly EventClass[] = [
  'base',
  'endpoint',
  'network',
  'web',
  'cloud',
  'email',
  'identity',
  'vulnerability',
  'threat',
];

/** Path below src/schema → text. */
export function typescript(): Readonly<Record<string, string>> {
  const fields = [...catalogue().values()];
  const root = treeOf(fields);
  const writer = new Writer(root);
  const classOf = new Map<string, EventClass>();
  for (const field of fields) {
    const [top = ''] = field.name.split('.');
    if (!classOf.has(top)) classOf.set(top, field.class);
  }
  const files: Record<string, string> = {};
  files['security-event/groups.ts'] = `${NOTICE}\n\n${writer.shared.join('\n\n')}\n`;
  for (const name of CLASSES) {
    const properties = [...root.children].filter(([top]) => classOf.get(top) === name);
    const body = properties.map(([top, node]) => writer.property(top, node, '  ')).join('\n');
    const used = writer.sharedNames.filter((shared) => new RegExp(`\\b${shared}\\b`).test(body)).sort();
    const imports = used.length === 0 ? '' : `${importLine(used, './groups.ts')}\n`;
    files[`security-event/${name}.ts`] =
      `${NOTICE}\n${imports}\nexport interface ${pascal(name)}Fields {\n${body}\n}\n`;
  }
  const sorted = [...CLASSES].sort();
  const imports = sorted.map((name) => importLine([`${pascal(name)}Fields`], `./security-event/${name}.ts`)).join('\n');
  const bases = CLASSES.map((name) => `    ${pascal(name)}Fields`).join(',\n');
  files['security-event.ts'] =
    `${NOTICE}\n${imports}\n\n/** An event as weir unifies it; docs/security-event.md says what each field means. */\nexport interface SecurityEvent\n  extends ${bases.trimStart()} {}\n`;
  return files;
}

function importLine(names: readonly string[], from: string): string {
  const line = `import type { ${names.join(', ')} } from '${from}';`;
  return line.length <= WIDTH
    ? line
    : `import type {\n${names.map((name) => `  ${name},`).join('\n')}\n} from '${from}';`;
}

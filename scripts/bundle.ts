/**
 * Puts a program's modules into one file. Node takes about half a millisecond for each module it has to find and link, in every
 * thread again: 140 modules were a fifth of the time to the first hit.
 *
 * A module becomes a function that is called when first imported and gives its exports, so that order and laziness stay those of
 * the modules. What it cannot do is refused: cycles, exports that are assigned to later, `await` outside of the entry's functions.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'espree';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const HEAD = `import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
const $load = createRequire(import.meta.url);
// Packages as \`import\` finds them: what they have for \`require\` may be written for engines of long ago.
const $require = (name) => $load(name.startsWith('node:') ? name : fileURLToPath(import.meta.resolve(name)));
const $once = (make) => {
  let exports;
  return () => (exports ??= make());
};
const $meta = (name) => {
  const { href } = new URL(name, import.meta.url);
  const filename = fileURLToPath(href);
  return { url: href, dirname: $require('node:path').dirname(filename), filename, main: false };
};
`;

/** The program that starts in `entry`, as one text; what is no relative import stays outside. */
export function bundle(entry: string): string {
  const root = path.dirname(entry);
  const names = new Map<string, string>();
  const texts: string[] = [];
  const open = new Set<string>();

  const nameOf = (file: string): string => {
    const known = names.get(file);
    if (open.has(file)) throw new Error(`${file} imports itself through others: ${[...open].join(' → ')}`);
    if (known !== undefined) return known;
    const name = `$${names.size}`;
    names.set(file, name);
    open.add(file);
    const { code, exports } = convert(file, fs.readFileSync(file, 'utf8'));
    open.delete(file);
    const meta = code.includes('$here') ? `const $here = $meta(${JSON.stringify(relative(root, file))});\n` : '';
    texts.push(`const ${name} = $once(() => {\n${meta}${code}\nreturn {${exports.join(', ')}};\n});\n`);
    return name;
  };

  const convert = (file: string, source: string): { code: string; exports: string[] } => {
    const edits: Edit[] = [];
    const exports: string[] = [];
    /** What gives the exports of an imported module. */
    const from = (node: unknown): string => {
      const specifier = (node as { value: string }).value;
      if (!specifier.startsWith('.')) return `$require(${JSON.stringify(specifier)})`;
      return `${nameOf(path.resolve(path.dirname(file), specifier))}()`;
    };
    const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module' }) as unknown as Node;
    let imports = '';
    for (const node of program['body'] as Node[]) {
      const specifiers = (node['specifiers'] ?? []) as Node[];
      const replace = (text: string): number => edits.push({ start: node.start, end: node.end, text });
      if (node.type === 'ImportDeclaration') {
        imports += `${importOf(specifiers, from(node['source']))}\n`;
        replace('');
      } else if (node.type === 'ExportAllDeclaration') {
        exports.push(`...${from(node['source'])}`);
        replace('');
      } else if (node.type === 'ExportNamedDeclaration') {
        const declaration = node['declaration'] as Node | null;
        if (declaration !== null) {
          exports.push(...declared(declaration, file));
          edits.push({ start: node.start, end: declaration.start, text: '' });
          continue;
        }
        const given = node['source'] === null ? '' : `${from(node['source'])}.`;
        exports.push(...specifiers.map((one) => `${nameIn(one['exported'])}: ${given}${nameIn(one['local'])}`));
        replace('');
      } else if (node.type === 'ExportDefaultDeclaration') throw new Error(`${file}: export default is not supported`);
    }
    visit(program, (node) => {
      if (node.type === 'MetaProperty' && file !== entry)
        edits.push({ start: node.start, end: node.end, text: '$here' });
      if (node.type !== 'ImportExpression') return;
      const literal = node['source'] as Node;
      if (literal.type !== 'Literal' || !String(literal['value']).startsWith('.')) return;
      edits.push({
        start: node.start,
        end: node.end,
        text: `Promise.resolve().then(() => ${from(literal)})`,
      });
    });
    return { code: imports + edited(source, edits), exports };
  };

  names.set(entry, '$entry');
  const { code } = convert(entry, fs.readFileSync(entry, 'utf8'));
  return `${HEAD}${texts.join('')}${code}`;
}

function relative(root: string, file: string): string {
  const name = path.relative(root, file).split(path.sep).join('/');
  return name.startsWith('.') ? name : `./${name}`;
}

function nameIn(node: unknown): string {
  return (node as { name: string }).name;
}

function importOf(specifiers: readonly Node[], module: string): string {
  if (specifiers.length === 0) return `${module};`;
  return specifiers
    .map((one) => {
      const local = nameIn(one['local']);
      if (one.type === 'ImportSpecifier') return `const ${local} = ${module}.${nameIn(one['imported'])};`;
      // Only modules from outside have a default: what CommonJS exports.
      return `const ${local} = ${module};`;
    })
    .join(' ');
}

function declared(declaration: Node, file: string): string[] {
  if (declaration.type !== 'VariableDeclaration') return [nameIn(declaration['id'])];
  if (declaration['kind'] !== 'const') throw new Error(`${file}: an exported variable must be const`);
  return (declaration['declarations'] as Node[]).map((one) => nameIn(one['id']));
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Node, see);
    }
  }
}

function edited(source: string, edits: readonly Edit[]): string {
  let text = '';
  let at = 0;
  for (const { start, end, text: by } of [...edits].sort((a, b) => a.start - b.start)) {
    text += source.slice(at, start) + by;
    at = end;
  }
  return text + source.slice(at);
}

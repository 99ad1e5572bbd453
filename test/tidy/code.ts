/** Rules on one TypeScript file, read as a syntax tree with its types stripped (types have a rule of their own: imports). */
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { type ESTree, parse } from './parse.ts';

/**
 * A room imports only from lower levels. `detect` is one room with layers: the folders below it import each other's files, by
 * level too (`sigma`, the rule and its language, is what the others speak), and its doors are `src/detect/index.ts` and the layers' own.
 */
const LEVELS: Readonly<Record<string, number>> = {
  base: 0,
  batch: 1,
  lang: 1,
  schema: 1,
  journal: 2,
  broker: 2,
  store: 2,
  meta: 2,
  'detect/sigma': 3.1,
  'detect/engine': 3.2,
  'detect/correlate': 3.2,
  detect: 3.3,
  formats: 3,
  ingest: 3,
  enrich: 3,
  query: 3,
  alerts: 3,
  assets: 3,
  pipeline: 4,
  gateway: 4,
  server: 5,
  cli: 6,
};

const DISK_AND_TIMERS = /^(node:)?(fs|fs\/promises|timers|timers\/promises)$/;
/** Calls by dotted name that read the clock or randomness, or start timers; `new Date()` without arguments is found apart. */
const MACHINE_CALLS: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'process.hrtime.bigint',
  'crypto.getRandomValues',
  'crypto.randomBytes',
  'crypto.randomInt',
  'crypto.randomUUID',
  'setInterval',
  'setTimeout',
]);
const RANDOM_IMPORTS: ReadonlySet<string> = new Set(['randomBytes', 'randomFill', 'randomInt', 'randomUUID']);

/** The room a path below `src/` belongs to; null elsewhere. */
export function roomOf(file: string): string | null {
  const [top, room, below, deeper] = file.split('/');
  if (top !== 'src' || room === undefined || below === undefined) return null;
  return room === 'detect' && deeper !== undefined ? `detect/${below}` : room;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Every module named in a file, imported types included: read from the text, since stripping removes them. */
export function importsOf(source: string): Import[] {
  const found: Import[] = [];
  const pattern = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  for (const match of source.matchAll(pattern)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    found.push({ specifier, line: source.slice(0, match.index + match[0].length).split('\n').length });
  }
  return found;
}

/** Rooms: only downwards, only through the other room's `index.ts`, and `src/` never from outside it. */
export function importViolations(file: string, source: string): string[] {
  const room = roomOf(file);
  if (room === null) return [];
  const test = /\.(test|twin)\.ts$/.test(file);
  const level = LEVELS[room];
  if (level === undefined) return [`${file}: the room ${room} has no level; give it one in test/tidy/code.ts`];
  return importsOf(source).flatMap(({ specifier, line }) => {
    if (!specifier.startsWith('.')) return [];
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
    const other = roomOf(target);
    const say = (why: string): string[] => [`${file}:${line}: imports ${specifier}, ${why}`];
    if (other === null) return test ? [] : say('which is outside src/');
    if (other === room) return [];
    // A test may hold its code against another room's plain twin.
    if (test && target.endsWith('.twin.ts')) return [];
    const otherLevel = LEVELS[other];
    if (otherLevel === undefined || otherLevel >= level) return say(`but ${room} stands no higher than ${other}`);
    // Inside `detect` files are imported one by one: a scan worker must not load what reads YAML.
    if (room.startsWith('detect') && other.startsWith('detect/')) return [];
    const [, top = ''] = target.split('/');
    const layered = file.startsWith(`src/${top}/`);
    const door = target === `src/${top}/index.ts` || target === `src/${other}/index.ts`;
    return layered || door ? [] : say(`not through src/${top}/index.ts`);
  });
}

function dottedName(node: ESTree): string {
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type !== 'MemberExpression' || node['computed'] === true) return '';
  const name = `${dottedName(node['object'] as ESTree)}.${dottedName(node['property'] as ESTree)}`;
  return name.replace(/^globalThis\./, '');
}

function* nodesOf(node: ESTree): Generator<ESTree> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child) yield* nodesOf(child as ESTree);
    }
  }
}

const treeOf = (source: string): ESTree => parse(stripTypeScriptTypes(source));

/** Only `base` touches the file system, the clock, timers and randomness; so that all the rest runs in a simulation. */
export function machineViolations(file: string, source: string): string[] {
  const room = roomOf(file);
  if (room === null || room === 'base' || /\.(test|twin)\.ts$/.test(file)) return [];
  const found: string[] = [];
  for (const node of nodesOf(treeOf(source))) {
    const say = (what: string): number => found.push(`${file}:${node.loc.start.line}: ${what} outside src/base`);
    if (node.type === 'ImportDeclaration') {
      const from = String((node['source'] as ESTree)['value']);
      if (DISK_AND_TIMERS.test(from)) say(`imports ${from}`);
      for (const specifier of node['specifiers'] as ESTree[]) {
        const name = specifier.type === 'ImportSpecifier' ? dottedName(specifier['imported'] as ESTree) : '';
        if (/^(node:)?crypto$/.test(from) && RANDOM_IMPORTS.has(name)) say(`imports ${name}`);
      }
    } else if (node.type === 'CallExpression') {
      const name = dottedName(node['callee'] as ESTree);
      if (MACHINE_CALLS.has(name)) say(`${name}()`);
    } else if (node.type === 'NewExpression') {
      const now = dottedName(node['callee'] as ESTree) === 'Date' && (node['arguments'] as ESTree[]).length === 0;
      if (now) say('new Date()');
    }
  }
  return found;
}

const RUNNERS: ReadonlySet<string> = new Set(['test', 'it', 'suite', 'describe', 't']);

function isReason(node: ESTree | undefined): boolean {
  if (node === undefined) return false;
  if (node.type === 'Literal') return typeof node['value'] === 'string' && node['value'] !== '';
  return node.type !== 'Identifier';
}

/** No `.only`, and no `.skip` or `todo` without a reason in words. */
export function testViolations(file: string, source: string): string[] {
  if (!file.endsWith('.test.ts')) return [];
  const found: string[] = [];
  for (const node of nodesOf(treeOf(source))) {
    const say = (what: string): number => found.push(`${file}:${node.loc.start.line}: ${what}`);
    if (node.type === 'CallExpression') {
      const [runner = '', what = '', ...rest] = dottedName(node['callee'] as ESTree).split('.');
      if (!RUNNERS.has(runner) || rest.length > 0) continue;
      if (what === 'only') say('.only leaves the other tests out');
      const silent =
        (what === 'skip' || what === 'todo') && (runner !== 't' || !isReason((node['arguments'] as ESTree[])[0]));
      if (silent) say(`.${what} without a reason: use { ${what}: 'reason' }`);
      for (const argument of node['arguments'] as ESTree[]) {
        if (argument.type === 'ObjectExpression') optionViolations(argument, say);
      }
    }
  }
  return found;
}

function optionViolations(options: ESTree, say: (what: string) => number): void {
  for (const property of options['properties'] as ESTree[]) {
    if (property.type !== 'Property') continue;
    const name = dottedName(property['key'] as ESTree);
    const value = property['value'] as ESTree;
    const isTrue = value.type === 'Literal' && value['value'] === true;
    if (name === 'only' && isTrue) say('only: true leaves the other tests out');
    if ((name === 'skip' || name === 'todo') && isTrue) say(`${name}: true gives no reason`);
  }
}

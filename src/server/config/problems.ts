/** What is wrong with a configuration, told so that it can be put right: where, what was expected, what came, what was likely meant. */
import type { z } from 'zod';
import { closest, limits, WeirError } from '../../base/index.ts';
import { at, below, type Described, describe, type Node, type Path, shownPath } from './walk.ts';

export interface Problem {
  /** The setting, `listen.port`; empty for the file as a whole. */
  readonly setting: string;
  /** `weir.yaml:3:9`, `--listen`, `WEIR_LISTEN`, or the name of the file. */
  readonly where: string;
  readonly message: string;
  /** Whether the written form alone shows it; if not, it is a matter of a value's range, of other settings or of the machine. */
  readonly structural: boolean;
}

/** All problems at once: the first is the message, the rest are the hint, a line each. */
export class ConfigError extends WeirError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const lines = problems.slice(0, limits.configProblemsShown).map(problemLine);
    if (problems.length > lines.length) lines.push(`… and ${problems.length - lines.length} more`);
    const [first = 'the configuration is not valid', ...rest] = lines;
    super('config.invalid', first, rest.length === 0 ? {} : { hint: rest.join('\n') });
    this.problems = problems;
  }
}

export function problemLine({ where, setting, message }: Problem): string {
  return `${where}: ${setting === '' ? '' : `${setting}: `}${message}`;
}

/** What came, as far as it may be repeated. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}

/** Something found at a path; `key` when its name is at fault. */
export interface Finding {
  readonly path: Path;
  readonly key: boolean;
  readonly message: string;
  readonly structural: boolean;
}

type Issue = z.core.$ZodIssue;

/** Zod's issues in the words of settings. `given` is what was parsed. */
export function findingsOf(schema: z.ZodType, given: unknown, issues: readonly Issue[]): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => unknownSetting(schema, path, name));
    }
    // A path may lead on into a leaf, such as the name within {env: NAME}.
    const { found, depth } = nearest(schema, path);
    const settingPath = path.slice(0, depth);
    const value = valueAt(given, settingPath);
    if (issue.code === 'invalid_key') {
      const key = found.node.kind === 'map' ? found.node.key : keyLeaf(schema, settingPath);
      return [{ path, key: true, structural: true, message: `the name must be ${key}` }];
    }
    const structural = issue.code !== 'custom';
    const expected = `expected ${expectation(found)}; got ${secretly(found, value)}`;
    const message = structural
      ? expected
      : `${issue.message === 'Invalid input' ? '' : `${issue.message}; `}${expected}`;
    return [{ path: settingPath, key: false, structural, message }];
  });
}

function keyLeaf(schema: z.ZodType, path: Path): string {
  const parent = at(schema, path.slice(0, -1));
  return parent?.node.kind === 'map' ? parent.node.key.expects : 'a known name';
}

function nearest(schema: z.ZodType, path: Path): { found: Described; depth: number } {
  let found = describe(schema);
  for (const [depth, step] of path.entries()) {
    const next = below(found.node, step);
    if (next === undefined) return { found, depth };
    found = describe(next);
  }
  return { found, depth: path.length };
}

function unknownSetting(schema: z.ZodType, path: Path, name: string): Finding {
  const { found, depth } = nearest(schema, path);
  const base = { path: [...path.slice(0, depth), name], key: true, structural: true };
  if (found.node.kind === 'leaf') {
    return { ...base, path: path.slice(0, depth), key: false, message: `expected ${expectation(found)}` };
  }
  if (found.node.kind === 'map') return { ...base, message: `the name must be ${found.node.key.expects}` };
  const names = found.node.kind === 'section' ? Object.keys(found.node.shape) : [];
  const meant = closest(name, names);
  const elsewhere = meant === undefined ? settingNamed(schema, name) : undefined;
  const hint =
    meant !== undefined
      ? `did you mean ${meant}?`
      : elsewhere !== undefined
        ? `did you mean ${elsewhere}?`
        : names.length > 0 && names.length <= 20
          ? `there are ${names.join(', ')}`
          : 'weir config schema lists all';
  return { ...base, message: `unknown setting; ${hint}` };
}

/** A setting of this name in one of the sections, for one that was put into the wrong place. */
function settingNamed(schema: z.ZodType, name: string): string | undefined {
  const top = describe(schema).node;
  if (top.kind !== 'section') return undefined;
  for (const [section, inner] of Object.entries(top.shape)) {
    const { node } = describe(inner);
    if (node.kind === 'section' && Object.hasOwn(node.shape, name)) return shownPath([section, name]);
  }
  return undefined;
}

function expectation({ node }: Described): string {
  switch (node.kind) {
    case 'leaf':
      return node.leaf.expects;
    case 'section':
      return `a section with ${someNames(node)}`;
    case 'map':
      return `a section whose names are ${node.key.expects}`;
    default:
      return `a list of at most ${node.max}`;
  }
}

function someNames(node: Extract<Node, { kind: 'section' }>): string {
  const names = Object.keys(node.shape);
  return names.length <= 6 ? names.join(', ') : `${names.slice(0, 5).join(', ')}, …`;
}

/** What stands in place of a reference to a secret may be the secret. */
function secretly({ node }: Described, value: unknown): string {
  return node.kind === 'leaf' && node.leaf.secret === true && value !== undefined && value !== null
    ? 'something else (not shown)'
    : shownValue(value);
}

function valueAt(given: unknown, path: Path): unknown {
  let value = given;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

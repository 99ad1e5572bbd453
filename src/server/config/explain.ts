/** Every setting in force: its value, where it comes from and what it is for. As YAML, the answer is itself a configuration. */
import { z } from 'zod';
import { type Limit, printableJson } from '../../base/index.ts';
import { limitBehind } from './limits-section.ts';
import type { LoadedConfig } from './load.ts';
import { configSchema } from './schema.ts';
import { describe, type Path, shownPath } from './walk.ts';

export interface Explained {
  /** `listen.port`. */
  readonly setting: string;
  /** As it is written. */
  readonly value: unknown;
  /** `default`, `weir.yaml:3:9`, `--listen` or `WEIR_LISTEN`. */
  readonly from: string;
  readonly description: string;
  /** For a limit: what it counts, and why it is what it is. */
  readonly limit?: Limit;
}

interface Row extends Explained {
  readonly path: Path;
  /** Sections have a description alone; an empty map or list is a value. */
  readonly section: boolean;
}

function* rows(loaded: LoadedConfig, schema: z.ZodType, value: unknown, path: Path): Generator<Row> {
  if (value === undefined) return;
  const { node, description } = describe(schema);
  const row = { path, setting: shownPath(path), from: loaded.from(path), description };
  if (node.kind === 'leaf') {
    const limit = path[0] === 'limits' ? limitBehind(String(path[1])) : undefined;
    yield { ...row, value: z.encode(node.schema, value), section: false, ...(limit === undefined ? {} : { limit }) };
  } else if (node.kind === 'list') {
    yield { ...row, value: (value as unknown[]).map((each) => writtenOf(node.each, each)), section: false };
  } else {
    const entries = Object.entries(value as Record<string, unknown>).filter(([, each]) => each !== undefined);
    const empty = entries.length === 0;
    yield { ...row, value: empty ? {} : undefined, section: !empty };
    for (const [name, each] of entries) {
      const inner = node.kind === 'map' ? node.each : node.shape[name];
      yield* rows(loaded, inner, each, [...path, name]);
    }
  }
}

function writtenOf(schema: z.ZodType, value: unknown): unknown {
  const { node } = describe(schema);
  return node.kind === 'leaf' ? z.encode(node.schema, value) : value;
}

/** One entry a setting, in the order of the schema. */
export function explainConfig(loaded: LoadedConfig): Explained[] {
  return [...rows(loaded, configSchema, loaded.config, [])]
    .filter(({ section, path }) => !section && path.length > 0)
    .map(({ path: _path, section: _section, ...explained }) => explained);
}

/** A `weir.yaml` that says all of it: values, with their origin behind them and their meaning above. */
export function explainYaml(loaded: LoadedConfig): string {
  let yaml = '';
  for (const { path, section, value, from, description } of rows(loaded, configSchema, loaded.config, [])) {
    if (path.length === 0) continue;
    const indent = '  '.repeat(path.length - 1);
    if (path.length === 1) yaml += '\n';
    for (const line of wrapped(description, 110 - indent.length)) yaml += `${indent}# ${line}\n`;
    const name = scalar(String(path[path.length - 1]));
    yaml += section ? `${indent}${name}:\n` : `${indent}${name}: ${flow(value)}  # ${comment(from)}\n`;
  }
  return yaml.trimStart();
}

/** JSON is YAML, once characters that YAML does not take as they are stand escaped. */
function flow(value: unknown): string {
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => `${scalar(name)}: ${flow(each)}`);
    return `{${entries.join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** Plain where nobody could read it as anything but this text. */
function scalar(text: string): string {
  const plain = /^(?:[A-Za-z]|\.{0,2}\/)[\w./%-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text);
  return plain || /^\d+(?:ms|[smhdy]|B|[KMGT]iB|(?:\.\d+)?%)$/.test(text) ? text : printableJson(JSON.stringify(text));
}

const comment = (text: string): string => printableJson(JSON.stringify(text)).slice(1, -1);

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(word);
  }
  return lines;
}

/** From a file, flags and the environment to one configuration, or to all that is wrong with them. */
import path from 'node:path';
import { limits, readText, WeirError } from '../../base/index.ts';
import { CONFIG_VARIABLE, type Flags, type Given, givenSettings } from './flags.ts';
import type { Leaf } from './leaves.ts';
import { ConfigError, type Finding, findingsOf, type Problem } from './problems.ts';
import { type CheckExpression, relations } from './relations.ts';
import { type Config, configSchema } from './schema.ts';
import { revealSecret } from './secret.ts';
import { describe, type Path, shownPath } from './walk.ts';
import { offsetOf, placeOf, plain, readYamlFile, type YamlNode } from './yaml.ts';

export interface LoadOptions {
  /** Path of the file; `flags.config` and the variable WEIR_CONFIG stand in for it. None: defaults. */
  readonly file?: string | undefined;
  readonly flags?: Flags;
  /** `process.env` of the command; nothing is read from it otherwise. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `skip`: do not look whether secrets are there, as on a machine that only checks the file. */
  readonly secrets?: 'check' | 'skip';
  /** Says why an expression of a check cannot be used; null when it can. */
  readonly checkExpression?: CheckExpression;
}

export interface LoadedConfig {
  readonly config: Config;
  /** `default`, `weir.yaml:3:9`, `--listen` or `WEIR_LISTEN`. */
  from(path: Path): string;
}

/** Throws {@link ConfigError} with every problem, `disk.read` when the file cannot be read. */
export function loadConfig(options: LoadOptions = {}): Config {
  return readConfig(options).config;
}

/** The same, with where each setting comes from. */
export function readConfig(options: LoadOptions = {}): LoadedConfig {
  const { flags = {}, environment = {} } = options;
  const stated = environment[CONFIG_VARIABLE];
  const name = options.file ?? flags.config ?? (stated === '' ? undefined : stated);
  const text = name === undefined ? '' : readText(name, limits.configFileBytesMax);
  const given = givenSettings(flags, environment);
  return new Reading(name, text, given, options).read();
}

const key = (at: Path): string => JSON.stringify(at);

class Reading {
  private readonly name: string | undefined;
  private readonly text: string;
  private readonly given: readonly Given[];
  private readonly options: LoadOptions;
  /** Path → flag or variable that gave or took away what is there. */
  private readonly origins = new Map<string, string>();
  private root: YamlNode | undefined;

  constructor(name: string | undefined, text: string, given: readonly Given[], options: LoadOptions) {
    this.name = name;
    this.text = text;
    this.given = given;
    this.options = options;
  }

  read(): LoadedConfig {
    const { root, problems } = readYamlFile(this.text);
    if (problems.length > 0) {
      this.refuse(problems.map(({ at, message }) => this.problem('', this.place(at), message, true)));
    }
    this.root = root;
    const written = this.overlay(this.fileSettings());
    const parsed = configSchema.safeParse(written);
    if (!parsed.success) this.refuse(this.placed(findingsOf(configSchema, written, parsed.error.issues)));
    const config = mapPaths(parsed.data, (at, file) => path.resolve(this.folderOf(at), file)) as Config;
    const found = relations(config, this.options.checkExpression);
    if (this.options.secrets !== 'skip') found.push(...this.missingSecrets(config));
    if (found.length > 0) this.refuse(this.placed(found));
    return { config, from: (at) => this.from(at) };
  }

  private refuse(problems: readonly Problem[]): never {
    throw new ConfigError(problems);
  }

  private fileSettings(): Record<string, unknown> {
    if (this.root === undefined) return {};
    const value = plain(this.root);
    // A file of comments alone.
    if (value === null || value === '') return {};
    if (this.root.kind !== 'map') {
      this.refuse([this.problem('', this.place(this.root.at), 'expected settings, such as "data: ./weir-data"', true)]);
    }
    return value as Record<string, unknown>;
  }

  /** Flags over environment over file. What one of them takes away, it takes away before it sets anything. */
  private overlay(settings: Record<string, unknown>): Record<string, unknown> {
    for (const source of [this.given.filter(isVariable), this.given.filter((each) => !isVariable(each))]) {
      const ordered = [
        ...source.filter(({ value }) => value === undefined),
        ...source.filter(({ value }) => value !== undefined),
      ];
      for (const { path: at, value, from } of ordered) {
        const parent = sectionAt(settings, at.slice(0, -1));
        // What is no section where one should be is reported as such.
        if (parent === undefined) continue;
        const last = String(at[at.length - 1]);
        if (value === undefined) delete parent[last];
        else {
          parent[last] = value;
          this.origins.set(key(at), from);
        }
      }
    }
    return settings;
  }

  /** What a path at a setting is relative to: the folder of the file it stands in, the current one for flags and defaults. */
  private folderOf(at: Path): string {
    return this.name !== undefined && this.origin(at) === undefined && this.written(at) ? path.dirname(this.name) : '';
  }

  private missingSecrets(config: Config): Finding[] {
    const found: Finding[] = [];
    eachSecret(config, (at, reference) => {
      try {
        revealSecret(reference, this.options.environment ?? {});
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        found.push({ path: at, key: false, structural: false, message: error.message });
      }
    });
    return found;
  }

  private placed(findings: readonly Finding[]): Problem[] {
    const places = findings.map((finding) => {
      const origin = this.origin(finding.path);
      const offset =
        this.root === undefined || origin !== undefined ? -1 : offsetOf(this.root, finding.path, finding.key);
      const where = origin ?? (offset < 0 ? (this.name ?? 'configuration') : this.place(offset));
      return { offset, problem: this.problem(shownPath(finding.path), where, finding.message, finding.structural) };
    });
    return places.sort((a, b) => a.offset - b.offset).map(({ problem }) => problem);
  }

  private problem(setting: string, where: string, message: string, structural: boolean): Problem {
    return { setting, where, message, structural };
  }

  private place(offset: number): string {
    const { line, column } = placeOf(this.text, offset);
    return `${this.name ?? 'configuration'}:${line}:${column}`;
  }

  /** The flag or variable that gave a setting or what it stands in. */
  private origin(at: Path): string | undefined {
    for (let length = at.length; length > 0; length--) {
      const found = this.origins.get(key(at.slice(0, length)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private from(at: Path): string {
    const origin = this.origin(at);
    if (origin !== undefined) return origin;
    return this.root !== undefined && this.written(at) ? this.place(offsetOf(this.root, at)) : 'default';
  }

  /** Whether something stands at a path in the file. */
  private written(at: Path): boolean {
    let node = this.root;
    for (const step of at) {
      if (node?.kind === 'map' && typeof step === 'string') node = node.entries.get(step)?.value;
      else if (node?.kind === 'list' && typeof step === 'number') node = node.items[step];
      else return false;
    }
    return node !== undefined;
  }
}

const isVariable = ({ from }: Given): boolean => !from.startsWith('--');

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The section at a path, made where there is none; undefined where something else stands. */
function sectionAt(settings: Record<string, unknown>, at: Path): Record<string, unknown> | undefined {
  let section = settings;
  for (const step of at) {
    section[step] ??= {};
    const next = section[step];
    if (!isMap(next)) return undefined;
    section = next;
  }
  return section;
}

type Visit = (at: Path, value: unknown, leaf: Leaf) => unknown;

/** A copy of what is written, with every leaf replaced by what `visit` gives for it. What fits nowhere is left as it is. */
function mapLeaves(
  value: unknown,
  visit: Visit,
  schema = configSchema as Parameters<typeof describe>[0],
  at: Path = [],
): unknown {
  const { node } = describe(schema);
  if (node.kind === 'leaf') return visit(at, value, node.leaf);
  if (node.kind === 'list') {
    return Array.isArray(value) ? value.map((each, i) => mapLeaves(each, visit, node.each, [...at, i])) : value;
  }
  if (!isMap(value)) return value;
  // No name is __proto__: the file's reader saw to that.
  const copy: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    const inner = node.kind === 'map' ? node.each : Object.hasOwn(node.shape, name) ? node.shape[name] : undefined;
    copy[name] = inner === undefined ? each : mapLeaves(each, visit, inner, [...at, name]);
  }
  return copy;
}

/** Paths of a file, those of secrets included, as `resolve` has them. */
function mapPaths(value: unknown, resolve: (at: Path, file: string) => string): unknown {
  return mapLeaves(value, (at, given, leaf) => {
    if (leaf.path === true && typeof given === 'string' && !(leaf.words ?? ['']).includes(given))
      return resolve(at, given);
    if (leaf.secret !== true || !isMap(given) || typeof given['file'] !== 'string' || given['file'] === '')
      return given;
    return { ...given, file: resolve(at, given['file']) };
  });
}

function eachSecret(value: unknown, visit: (at: Path, reference: { env: string } | { file: string }) => void): void {
  mapLeaves(value, (at, given, leaf) => {
    if (leaf.secret === true && isMap(given)) visit(at, given as { env: string } | { file: string });
    return given;
  });
}

/**
 * YAML 1.2 (core schema) of a configuration, with the place of everything. Strict: one document, no tags, no duplicate keys, no
 * empty values; aliases are followed and what they come to is bounded.
 */
import {
  boolCoreTag,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { limits } from '../../base/index.ts';
import type { Path } from './walk.ts';

/** From 1, both. Columns are UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type YamlNode =
  | { readonly kind: 'scalar'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly YamlNode[] }
  | { readonly kind: 'map'; readonly at: number; readonly entries: ReadonlyMap<string, MapEntry> };

interface MapEntry {
  /** Where the key stands. */
  readonly at: number;
  readonly value: YamlNode;
}

export interface YamlProblem {
  readonly at: number;
  readonly message: string;
}

export interface YamlFile {
  readonly root: YamlNode | undefined;
  readonly problems: readonly YamlProblem[];
}

const LEVELS_MAX = 32;
const SCALARS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

/** Reads a file that is within its limit of size. Never throws over what stands in it. */
export function readYamlFile(text: string): YamlFile {
  const problems: YamlProblem[] = [];
  try {
    const root = new Builder(text, parseEvents(text, { maxDepth: LEVELS_MAX }), problems).document();
    return { root: problems.length === 0 ? root : undefined, problems };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // What the parser could not read stands before anything that was found in the part it could.
    return { root: undefined, problems: [{ at: error.mark?.position ?? 0, message: `not YAML: ${error.reason}` }] };
  }
}

class Builder {
  private readonly source: string;
  private readonly events: readonly Event[];
  private readonly problems: YamlProblem[];
  private next = 0;
  /** What an anchor names, and how many values it comes to. */
  private readonly anchors = new Map<string, { node: YamlNode; values: number }>();
  private values = 0;
  private aliases = 0;

  constructor(source: string, events: readonly Event[], problems: YamlProblem[]) {
    this.source = source;
    this.events = events;
    this.problems = problems;
  }

  document(): YamlNode | undefined {
    if (this.events[this.next]?.type !== EVENT_ID.DOCUMENT) return undefined;
    this.next++;
    const root = this.node(0);
    while (this.next < this.events.length && this.events[this.next].type === EVENT_ID.POP) this.next++;
    if (this.next < this.events.length) {
      this.say(this.source.length, 'a second document: a configuration is one (no --- in between)');
    }
    return root;
  }

  private say(at: number, message: string): void {
    this.problems.push({ at, message });
  }

  /** The node that starts with the next event; undefined at the end of what it would stand in. */
  private node(fallback: number): YamlNode | undefined {
    const event = this.events[this.next];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
    this.next++;
    if (event.type === EVENT_ID.ALIAS) return this.alias(event.anchorStart, event.anchorEnd);
    const before = this.values;
    this.count(1, fallback);
    let node: YamlNode;
    if (event.type === EVENT_ID.SCALAR) {
      const at = event.valueStart < 0 ? fallback : event.valueStart - quote(event);
      node = { kind: 'scalar', at, value: this.scalar(event) };
    } else node = event.type === EVENT_ID.SEQUENCE ? this.list(event.start) : this.map(event.start);
    if (event.tagStart >= 0) this.say(event.tagStart, 'a tag: values are what they look like; quotes make text');
    if (event.anchorStart >= 0) {
      const anchor = this.source.slice(event.anchorStart, event.anchorEnd);
      this.anchors.set(anchor, { node, values: this.values - before });
    }
    return node;
  }

  private list(at: number): YamlNode {
    const items: YamlNode[] = [];
    for (let item = this.node(at); item !== undefined; item = this.node(at)) items.push(item);
    this.next++;
    return { kind: 'list', at, items };
  }

  private map(at: number): YamlNode {
    const entries = new Map<string, MapEntry>();
    for (;;) {
      const event = this.events[this.next];
      const key = this.node(at);
      if (key === undefined) break;
      const value = this.node(key.at);
      if (value === undefined) break;
      if (event.type !== EVENT_ID.SCALAR || key.kind !== 'scalar') {
        this.say(key.at, 'a name must be plain text');
        continue;
      }
      const name = getScalarValue(this.source, event);
      if (name === '__proto__') this.say(key.at, '__proto__ cannot be a name');
      else if (name === '<<')
        this.say(key.at, 'merging (<<) is not supported: repeat the whole with an alias, or write it out');
      else if (entries.has(name)) this.say(key.at, `${JSON.stringify(cut(name))} is there twice`);
      // An empty name stands before its colon, the last one before its value.
      else
        entries.set(name, {
          at: name === '' ? Math.max(key.at, this.source.lastIndexOf(':', value.at)) : key.at,
          value,
        });
    }
    this.next++;
    return { kind: 'map', at, entries };
  }

  private alias(start: number, end: number): YamlNode {
    const name = this.source.slice(start, end);
    const known = this.anchors.get(name);
    if (known === undefined) {
      this.say(start - 1, `an alias of nothing, or of what it stands in: *${cut(name)}`);
      return { kind: 'scalar', at: start, value: '' };
    }
    if (++this.aliases > limits.yamlAliasesMax) {
      YAMLException.throwAt(this.source, start, `more than ${limits.yamlAliasesMax} aliases`);
    }
    this.count(known.values, start);
    return known.node;
  }

  private count(values: number, at: number): void {
    this.values += values;
    if (this.values <= limits.configValuesMax) return;
    YAMLException.throwAt(this.source, at, `more than ${limits.configValuesMax} values after aliases are followed`);
  }

  private scalar(event: ScalarEvent): unknown {
    const text = event.valueStart < 0 ? '' : getScalarValue(this.source, event);
    if (event.style !== SCALAR_STYLE.PLAIN) return text;
    for (const tag of SCALARS) {
      const value: unknown = tag.resolve(text, false, tag.tagName);
      if (value !== NOT_RESOLVED) return value;
    }
    return text;
  }
}

const cut = (name: string): string => (name.length > 64 ? `${name.slice(0, 64)}…` : name);

/** Quotes stand before the value they enclose. */
function quote({ style }: ScalarEvent): number {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
}

/** The plain value of a node. Maps have no prototype. */
export function plain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  const map: Record<string, unknown> = Object.create(null);
  for (const [name, { value }] of node.entries) map[name] = plain(value);
  return map;
}

/** Offset of what a path leads to; of the name of what it stands in, where it is missing. `key`: of its name instead of its value. */
export function offsetOf(root: YamlNode, path: Path, key = false): number {
  let node = root;
  let name = root.at;
  for (const [depth, step] of path.entries()) {
    if (node.kind === 'map' && typeof step === 'string') {
      const entry = node.entries.get(step);
      if (entry === undefined) return name;
      if (key && depth === path.length - 1) return entry.at;
      name = entry.at;
      node = entry.value;
    } else if (node.kind === 'list' && typeof step === 'number' && node.items[step] !== undefined) {
      node = node.items[step];
      name = node.at;
    } else return name;
  }
  return node.at;
}

export function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: lines[lines.length - 1].length + 1 };
}

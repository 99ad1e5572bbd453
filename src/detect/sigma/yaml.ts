/**
 * YAML 1.2 (core schema and merge keys) as rules use it, read strictly: duplicate keys, unknown tags and alias bombs are
 * errors; maps have no prototype; numbers a double cannot hold stay text.
 */
import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  EVENT_ID,
  type Event,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  loadAll,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { limits, WeirError } from '../../base/index.ts';
import { canonicalDecimal } from './number.ts';
import type { At } from './parse.ts';

/** A file that is no YAML, or YAML that is not taken. */
export class YamlError extends WeirError {
  /** From 1. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super('sigma.yaml', message);
    this.line = line;
  }
}

/** Collections within collections. */
const LEVELS_MAX = 50;

const NUMBER_TAGS = [intCoreTag, floatCoreTag].map((tag) =>
  defineScalarTag<unknown>(tag.tagName, {
    ...tag,
    resolve: (source, isExplicit, tagName) => {
      const value: unknown = tag.resolve(source, isExplicit, tagName);
      return value === NOT_RESOLVED ? NOT_RESOLVED : exactNumber(source, value);
    },
  }),
);

const BARE_MAP = defineMappingTag<Record<string, unknown>>(mapTag.tagName, {
  ...mapTag,
  create: () => Object.create(null),
});

const SCHEMA = CORE_SCHEMA.withTags(NUMBER_TAGS, BARE_MAP, mergeTag);
const OPTIONS = { schema: SCHEMA, maxDepth: LEVELS_MAX, maxTotalMergeKeys: 1000 };

/** Documents of a file. Throws {@link YamlError} with the line. */
export function readYaml(text: string): unknown[] {
  if (text.length > limits.ruleFileBytesMax) throw new YamlError(`larger than ${limits.ruleFileBytesMax} bytes`);
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    // Anchors are rare: only a file that may have some pays for the two steps below.
    if (!source.includes('*') || !source.includes('&')) return loadAll(source, { ...OPTIONS, maxAliases: 0 });
    const events = parseEvents(source, OPTIONS);
    refuseBombs(events, source);
    return constructFromEvents(events, { ...OPTIONS, source });
  } catch (error) {
    if (error instanceof YAMLException) {
      throw new YamlError(error.reason, error.mark === undefined ? undefined : error.mark.line + 1);
    }
    throw error;
  }
}

/** Line, from 1, of what stands at `at` in a document, or of the nearest thing around it. Only called for errors. */
export function lineOf(text: string, document: number, at: At): number | undefined {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  let events: Event[];
  try {
    events = parseEvents(source, OPTIONS);
  } catch (error) {
    if (error instanceof YAMLException) return undefined;
    throw error;
  }
  const walk = new PathWalk(events, source);
  return source.slice(0, walk.offset(document, at)).split('\n').length;
}

/** Finds the offset of a path in parser events, which know where everything stands. */
class PathWalk {
  private readonly events: readonly Event[];
  private readonly source: string;
  private next = 0;
  private nearest = 0;

  constructor(events: readonly Event[], source: string) {
    this.events = events;
    this.source = source;
  }

  offset(document: number, at: At): number {
    for (let n = -1; this.next < this.events.length && n < document; this.next++) {
      if (this.events[this.next].type === EVENT_ID.DOCUMENT) n++;
    }
    const root = this.events[this.next];
    if (root?.type === EVENT_ID.MAPPING || root?.type === EVENT_ID.SEQUENCE) this.nearest = root.start;
    this.descend(at);
    return this.nearest;
  }

  /** The next node is where `at` starts: goes in as far as the path leads. */
  private descend(at: At): void {
    const event = this.events[this.next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return;
    if (event.type === EVENT_ID.SCALAR) this.nearest = event.valueStart;
    if (at.length === 0) return;
    const [step, ...rest] = at;
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let i = 0; this.events[this.next]?.type !== EVENT_ID.POP && this.next < this.events.length; i++) {
        if (i === step) {
          this.descend(rest);
          return;
        }
        this.skip();
      }
    } else if (event.type === EVENT_ID.MAPPING) {
      while (this.events[this.next]?.type !== EVENT_ID.POP && this.next < this.events.length) {
        const key = this.events[this.next];
        this.skip();
        if (key.type === EVENT_ID.SCALAR && getScalarValue(this.source, key) === step) {
          this.nearest = key.valueStart;
          if (rest.length > 0) this.descend(rest);
          return;
        }
        this.skip();
      }
    }
  }

  private skip(): void {
    let depth = 0;
    do {
      const event = this.events[this.next++];
      if (event === undefined) return;
      if (event.type === EVENT_ID.POP) depth--;
      else if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS) depth++;
    } while (depth > 0);
  }
}

/** Counts nodes as they are after aliases are followed; nothing is built yet. */
function refuseBombs(events: readonly Event[], source: string): void {
  const sizes = new Map<string, number>();
  const open: { anchor: string; size: number }[] = [];
  let aliases = 0;
  const add = (size: number, offset: number): void => {
    const top = open[open.length - 1];
    if (top === undefined) return;
    top.size += size;
    if (top.size > limits.valuesPerRuleMax) throw bomb(`more than ${limits.valuesPerRuleMax} values`, source, offset);
  };
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      sizes.clear();
      aliases = 0;
      open.push({ anchor: '', size: 0 });
    } else if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed === undefined) continue;
      if (closed.anchor !== '') sizes.set(closed.anchor, closed.size);
      add(closed.size, 0);
    } else if (event.type === EVENT_ID.ALIAS) {
      const size = sizes.get(source.slice(event.anchorStart, event.anchorEnd));
      if (size === undefined) throw bomb('an alias of nothing, or of what it stands in', source, event.anchorStart);
      if (++aliases > limits.yamlAliasesMax) {
        throw bomb(`more than ${limits.yamlAliasesMax} aliases`, source, event.anchorStart);
      }
      add(size, event.anchorStart);
    } else {
      const anchor = event.anchorStart < 0 ? '' : source.slice(event.anchorStart, event.anchorEnd);
      if (event.type === EVENT_ID.SCALAR) {
        if (anchor !== '') sizes.set(anchor, 1);
        add(1, event.valueStart);
      } else open.push({ anchor, size: 1 });
    }
  }
}

function bomb(reason: string, source: string, offset: number): YamlError {
  return new YamlError(`${reason} after aliases are followed`, source.slice(0, offset).split('\n').length);
}

/** The number, or its canonical text where the double is another number. */
function exactNumber(source: string, value: unknown): unknown {
  if (typeof value !== 'number' || !Number.isFinite(value)) return source;
  if (Number.isInteger(value) && /^[-+]?0[box]/i.test(source)) {
    if (Number.isSafeInteger(value)) return value;
    return (source.startsWith('-') ? '-' : '') + BigInt(source.replace(/^[-+]/, '')).toString();
  }
  const exact = canonicalDecimal(source.startsWith('+') ? source.slice(1) : source);
  return canonicalDecimal(String(value)) === exact ? (value === 0 ? 0 : value) : exact;
}

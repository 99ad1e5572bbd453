/** A lane over events of one's own, without source types; and rules decided one by one on the plain reading of a line. */
import { type Json, parseJson } from '../../../test/reference/json.ts';
import {
  BOOLEAN,
  ColumnPaths,
  columnsOf,
  Kernel,
  loadKernelModule,
  NULL,
  NUMBER,
  type ShapeColumns,
  STRING,
} from '../../batch/index.ts';
import { compileTest, type EventView, evaluateRule, type LocatedValue } from '../sigma/evaluate.ts';
import { foldedUnits, foldSimple } from '../sigma/fold.ts';
import type { DetectionRule, Expr, Item, Test, Value } from '../sigma/model.ts';
import { canonicalDecimal } from '../sigma/number.ts';
import { compileLane, groupRules, KEYWORDS, type Lane, TestKeys, VERIFY } from './lane.ts';

const module = loadKernelModule();
const FACTS = [{ category: 'test' }];

export function ruleOf(id: string, items: readonly { field: string | null; test: Test }[], expr: Expr): DetectionRule {
  return {
    ...{
      kind: 'detection',
      id,
      title: id,
      level: 'low',
      references: [],
      tags: [],
      falsepositives: [],
      fields: [],
      filters: [],
    },
    ...{ path: 'test.yml', document: 0, logsource: { category: 'test', raw: { category: 'test' } } },
    items: items.map(({ field, test }): Item => ({ selection: 's', field, modifiers: [], values: [], test })),
    expr,
  };
}

export function textTest(...patterns: (Test & { kind: 'text' })['patterns']): Test {
  return { kind: 'text', patterns, cased: false };
}

/** All rules in one lane; fields are paths. */
export class LaneBench {
  readonly kernel: Kernel;
  readonly lane: Lane;
  readonly #rules: readonly DetectionRule[];
  readonly #tests: ((value: Value) => boolean)[] = [];
  readonly #address: number;
  readonly #shapes = new Map<number, ShapeColumns>();
  /** Residual tests asked of the host. */
  asked = 0;

  constructor(rules: readonly DetectionRule[]) {
    this.#rules = rules;
    const keys = new TestKeys();
    const residuals = new Map<number, number>();
    this.lane = compileLane(FACTS, groupRules(rules), keys, {
      idOf: (rule, item) => {
        const { test } = rules[rule].items[item];
        const known = residuals.get(keys.keyOf(test));
        if (known !== undefined) return known;
        residuals.set(keys.keyOf(test), this.#tests.length);
        return this.#tests.push(compileTest(test)) - 1;
      },
    });
    this.kernel = new Kernel(
      module,
      {
        fold: (kind, address, length) => {
          const text = foldSimple(this.#value(kind, address, length).text);
          this.kernel.reserveScratch(text.length * 3);
          const at = this.kernel.get('scratch');
          return new TextEncoder().encodeInto(text, this.kernel.bytes.subarray(at)).written;
        },
        residual: (id, kind, address, length) => {
          this.asked++;
          return this.#tests[id](this.#value(kind, address, length));
        },
        shape: (node) => this.#describe(node),
        plan: (record) => this.#plan(record),
      },
      1 << 16,
    );
    this.kernel.setFolding(foldedUnits());
    this.kernel.onShapesReset = () => this.#shapes.clear();
    this.#address = this.kernel.alloc(this.lane.image.length + 64);
    this.kernel.bytes.set(this.lane.image, this.#address);
  }

  #value(kind: number, address: number, length: number): Value {
    const text = this.kernel.text(kind, address, length);
    if (kind === NULL) return { kind: 'null', text: '' };
    if (kind === NUMBER) return { kind: 'number', text: canonicalDecimal(text) };
    return { kind: kind === BOOLEAN ? 'boolean' : 'string', text: kind === STRING ? text : text };
  }

  #describe(node: number): number {
    const record = this.kernel.allocForShapes(8);
    this.kernel.words.set([0, 0], record >> 2);
    this.#shapes.set(record, columnsOf(this.kernel, node, new ColumnPaths(this.kernel)));
    return record;
  }

  #plan(record: number): number {
    const { kernel, lane } = this;
    const { slots = [], containers = [] } = this.#shapes.get(record) ?? {};
    const items = slots.flatMap(({ path, position }) => {
      const matcher = path === KEYWORDS ? undefined : lane.matchers.get(path);
      return matcher === undefined ? [] : [position, this.#address + matcher];
    });
    const keywords = lane.matchers.get(KEYWORDS);
    const searched = keywords === undefined ? [] : slots.map(({ position }) => position);
    const fixed = lane.presence.filter(([field]) => containers.includes(field)).map(([, predicate]) => predicate);
    const set = kernel.allocForShapes((2 + fixed.length + this.#rules.length) * 4);
    const words = new Uint32Array(lane.image.buffer);
    const rules = new Set<number>();
    for (const predicate of fixed) {
      const starts = (words[2] >> 2) + predicate;
      for (let i = words[starts]; i < words[starts + 1]; i++) rules.add(words[(words[3] >> 2) + i]);
    }
    kernel.words.set([fixed.length, rules.size, ...fixed, ...rules], set >> 2);
    const plan = kernel.allocForShapes(32 + (items.length + searched.length) * 4);
    kernel.words.set([this.#address, 0, 0, fixed.length > 0 ? set : 0], plan >> 2);
    kernel.words.set(
      [items.length / 2, searched.length, this.#address + (keywords ?? 0), 1, ...items, ...searched],
      (plan >> 2) + 4,
    );
    return plan;
  }

  /** Rules (by index) that the kernel finds on each line, sorted. What only the host can decide counts as found. */
  hits(lines: readonly string[]): number[][] {
    const { kernel } = this;
    const found: number[][] = [];
    kernel.load(new Uint8Array(Buffer.from(lines.join('\n'), 'latin1')));
    while (kernel.scan()) {
      const before = found.length;
      const rows = kernel.get('rowCount');
      for (let row = 0; row < rows; row++) found.push([]);
      for (let from = 0, first = true; from < rows || first; first = false) {
        from = kernel.evaluate(from, first);
        for (let i = 0; i < kernel.get('hitCount'); i++) {
          const w = (kernel.get('hits') >> 2) + i * 3;
          found[before + kernel.words[w]].push(kernel.words[w + 1] & ~VERIFY);
        }
      }
    }
    return found.map((rules) => rules.sort((a, b) => a - b));
  }

  /** The same, each rule evaluated by itself. */
  plainHits(lines: readonly string[]): number[][] {
    return lines.map((line) => {
      const view = viewOf(line);
      return this.#rules.flatMap((rule, i) => (evaluateRule(rule, view) ? [i] : []));
    });
  }
}

function scalar(json: Json, path: string): LocatedValue {
  if (json.is === 'string') return { kind: 'string', text: json.text, path };
  if (json.is === 'number') return { kind: 'number', text: canonicalDecimal(json.text), path };
  return json.is === 'boolean' ? { kind: 'boolean', text: String(json.value), path } : { kind: 'null', text: '', path };
}

/** An event by plain recursion; the last of duplicate keys counts. */
export function viewOf(line: string): EventView {
  const values = new Map<string, LocatedValue[]>();
  const put = (json: Json, path: string): void => {
    if (!values.has(path)) values.set(path, []);
    if (json.is === 'array') for (const item of json.items) put(item, path);
    else if (json.is !== 'object') values.get(path)?.push(scalar(json, path));
    else for (const [key, value] of new Map(json.entries)) put(value, `${path}.${key.replaceAll('.', '\\.')}`);
  };
  const event = parseJson(new TextDecoder().decode(Buffer.from(line, 'latin1')));
  if (event.is === 'object') for (const [key, value] of new Map(event.entries)) put(value, key.replaceAll('.', '\\.'));
  return {
    values: (field) => values.get(field) ?? [],
    present: (field) => values.has(field),
    all: () => [...values.values()].flat(),
  };
}

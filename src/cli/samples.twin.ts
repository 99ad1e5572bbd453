/** For tests: hits, an output that remembers, terminals. */
import type { FileWriter } from '../base/index.ts';
import type { Hit, RuleReport, Summary } from '../pipeline/index.ts';
import type { OutputContext } from './output/writer.ts';
import type { Terminal } from './terminal/terminal.ts';

type HitParts = Partial<Omit<Hit, 'rule' | 'source'>> & {
  readonly rule?: Partial<Hit['rule']>;
  readonly source?: Partial<Hit['source']>;
};

export function sampleHit({ rule, source, ...rest }: HitParts = {}): Hit {
  return {
    rule: {
      id: 'a0000000-0000-4000-8000-000000000001',
      title: 'Shell from a document',
      level: 'high',
      tags: ['attack.execution', 'attack.t1059.001'],
      logsource: { product: 'windows', category: 'process_creation' },
      ...rule,
    },
    time: '2026-03-02T10:11:12.345Z',
    source: { path: 'logs/a.ndjson', record: 7, ...source },
    host: 'ws-12.corp.example',
    matches: [
      {
        selection: 'selection',
        field: 'Image',
        path: 'Image',
        op: 'endswith',
        pattern: '\\cmd.exe',
        value: 'C:\\Windows\\cmd.exe',
        decisive: true,
      },
      { selection: 'filter', field: 'User', op: 'not equals', pattern: 'SYSTEM', decisive: false },
    ],
    event: { Image: 'C:\\Windows\\cmd.exe' },
    ...rest,
  };
}

/** As the scan hands them over. */
export function hitLines(hits: readonly Hit[]): Uint8Array {
  return new TextEncoder().encode(hits.map((hit) => `${JSON.stringify(hit)}\n`).join(''));
}

export function memoryWriter(): FileWriter & { text(): string } {
  const pieces: Uint8Array[] = [];
  const close = (): void => {};
  return {
    path: 'memory',
    write: (data) => {
      pieces.push(Buffer.from(data));
    },
    flush: close,
    close,
    [Symbol.dispose]: close,
    text: () => Buffer.concat(pieces).toString('utf8'),
  };
}

export function screen(parts: Partial<Terminal> = {}): Terminal {
  return { isTty: true, columns: 80, colour: false, unicode: true, cursor: true, ...parts };
}

export const NO_RULES: RuleReport = {
  detections: [],
  correlations: [],
  refused: [],
  notARule: [],
  silencedBy: {},
  warnings: [],
  unreadable: [],
};

export function sampleSummary(parts: Partial<Summary> = {}): Summary {
  return {
    events: 1000,
    carved: 0,
    bytes: 2_500_000,
    seconds: 0.5,
    start_seconds: 0.25,
    rules: { loaded: 63, refused: [], not_a_rule: [], silenced_by: {} },
    hits: {},
    unparsed: [],
    left_out: [],
    lanes: {},
    ungrouped: {},
    correlation: null,
    complete: true,
    ...parts,
  };
}

export function sampleContext(
  parts: Partial<OutputContext> = {},
): OutputContext & { out: ReturnType<typeof memoryWriter> } {
  return {
    terminal: screen(),
    rules: NO_RULES,
    ruleHeads: async () => new Map(),
    explain: false,
    paths: ['logs/'],
    ...parts,
    out: memoryWriter(),
  };
}

/** The rules of the simulation, compiled once, and what scans with them, made once. */
import { limits } from '../../src/base/index.ts';
import { loadKernelModule } from '../../src/batch/index.ts';
import { loadRules } from '../../src/detect/index.ts';
import { type RulePackage, Scanner } from '../../src/pipeline/index.ts';
import { Door } from '../../src/pipeline/live/door.ts';
import { type LiveRules, liveRules, noRules } from '../../src/pipeline/live/rule-set.ts';
import { prepareRuleSet } from '../../src/pipeline/prepare.ts';

const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

const rule = (n: number, field: string, value: string): string => `title: Rule ${n}
id: ${id(n)}
logsource: {product: windows, service: security}
detection:
  sel: {${field}: '${value}'}
  condition: sel
level: high
`;

/** Fires as soon as there are three; and where there was but one, when the time for more is over. */
const correlation = (n: number, timespan: string, condition: string): string => `title: Correlation ${n}
id: ${id(n)}
correlation:
  type: event_count
  rules: ['${id(2)}']
  group-by: [Host]
  timespan: ${timespan}
  condition: {${condition}}
level: critical
`;

const base = [rule(1, 'User', 'mallory'), rule(2, 'User', 'carol'), correlation(3, '1m', 'gte: 3')];

function compiled(texts: readonly string[]): LiveRules {
  return liveRules(prepareRuleSet(loadRules(texts.map((text, i) => ({ path: `${i}.yml`, text })))));
}

/** One set, another with more rules, and one with fewer. */
export const SETS: readonly LiveRules[] = [
  compiled(base),
  compiled([...base, rule(4, 'Host', 'h1'), correlation(5, '10s', 'lt: 2')]),
  compiled([rule(4, 'Host', 'h1')]),
];

type Plain = readonly (readonly [rule: string, matches: (event: { User: string; Host: string }) => boolean])[];

const mallory: Plain[number] = [id(1), ({ User }) => User === 'mallory'];
const onHost: Plain[number] = [id(4), ({ Host }) => Host === 'h1'];

/** Of each set, the detections that are told, written down once more. */
export const PLAIN: ReadonlyMap<string, Plain> = new Map([
  [SETS[0].set, [mallory]],
  [SETS[1].set, [mallory, onHost]],
  [SETS[2].set, [onHost]],
]);

export const kernelModule: WebAssembly.Module = loadKernelModule();
const scanners = new Map<RulePackage, Scanner>();

/** All doors of all simulations take turns with these. */
function scannerOf(rules: RulePackage): Scanner {
  let scanner = scanners.get(rules);
  if (scanner === undefined) {
    scanner = new Scanner(rules, limits.readChunkBytes, kernelModule);
    scanners.set(rules, scanner);
  }
  return scanner;
}

export const newDoor = (): Door => new Door(kernelModule, noRules(), scannerOf);

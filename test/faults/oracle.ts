/**
 * Issues events. Each has an id that no other has and a checksum over the rest of it; some match a rule, some are steps of a burst
 * that a correlation must find. What is acknowledged becomes an obligation.
 */
import { crc32 } from 'node:zlib';
import { type SeededRandom, seededRandom } from '../../src/base/index.ts';

export const MALLORY = '00000000-0000-4000-8000-000000000001';
export const STEP = '00000000-0000-4000-8000-000000000002';
export const BURST = '00000000-0000-4000-8000-000000000003';
const DECOY = '00000000-0000-4000-8000-00000000';

const detection = (id: string, field: string, value: string): string => `title: Rule ${id}
id: ${id}
logsource: {product: windows, service: security}
detection:
  sel: {${field}: '${value}'}
  condition: sel
level: high
`;

/** One rule that makes hits, one that only feeds the correlation, and the correlation. */
export const RULES: readonly string[] = [
  detection(MALLORY, 'User', 'mallory'),
  detection(STEP, 'Step', 'burst'),
  `title: Burst
id: ${BURST}
correlation:
  type: event_count
  rules: ['${STEP}']
  group-by: [Group]
  timespan: 1h
  condition: {gte: 3}
level: critical
`,
];

/** A rule that no event matches: another rule set, and the same hits. */
export const decoy = (n: number): string => detection(`${DECOY}${String(n).padStart(4, '0')}`, 'Nobody', `decoy ${n}`);

export const BURST_SIZE = 3;

/** What events are filled with: text that does not compress. */
const NOISE: string = (() => {
  const random = seededRandom(1);
  return Buffer.from(Uint32Array.from({ length: 16_384 }, () => random.uint32()).buffer).toString('base64url');
})();

export interface Issued {
  readonly id: string;
  /** JSON on one line. */
  readonly text: string;
}

/** What an event must come to. */
export interface Expected {
  readonly mallory: boolean;
  /** The burst it is a step of. */
  readonly group: string | null;
}

interface Fields {
  readonly Id: string;
  readonly User: string;
  readonly Step?: string;
  readonly Group?: string;
  readonly Pad: string;
  readonly '@timestamp': string;
}

function sumOf({ Id, User, Step = '', Group = '', Pad, '@timestamp': time }: Fields): number {
  return crc32([Id, User, Step, Group, Pad, time].join('|'));
}

/** The id in an event as it came back; null where it is not what was issued. */
export function idOf(text: string): { readonly id: string; readonly expected: Expected } | null {
  const fields = JSON.parse(text) as Fields & { readonly Sum: number };
  if (fields.Sum !== sumOf(fields)) return null;
  return { id: fields.Id, expected: { mallory: fields.User === 'mallory', group: fields.Group ?? null } };
}

export class Oracle {
  readonly random: SeededRandom;
  readonly #run: string;
  /** Acknowledged: id → the position that the answer named for its request. */
  readonly obligations = new Map<string, number>();
  /** Acknowledged as dead letters. */
  readonly letters = new Set<string>();
  readonly #open: { group: string; left: number }[] = [];
  #count = 0;
  #groups = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.#run = seed.toString(36);
  }

  get issued(): number {
    return this.#count;
  }

  event(at: number, bytes = 200, madeUpField = false): Issued {
    const { random } = this;
    const burst = random.integer(40) === 0 ? { Step: 'burst', Group: this.#group() } : {};
    const User = random.integer(25) === 0 ? 'mallory' : 'alice';
    const made = madeUpField ? { [`made_up_${this.#run}_${this.#count}`]: 1 } : {};
    return this.#issue({ User, ...burst, ...made, Pad: this.#pad(bytes) }, at);
  }

  /** One that no rule sees. */
  plain(at: number): Issued {
    return this.#issue({ User: 'alice', Pad: '' }, at);
  }

  #issue(rest: Omit<Fields, 'Id' | '@timestamp'>, at: number): Issued {
    const id = `${this.#run}-${this.#count++}`;
    const fields: Fields = { Id: id, ...rest, '@timestamp': new Date(at).toISOString() };
    const text = JSON.stringify({ Channel: 'Security', EventID: 4624, ...fields, Sum: sumOf(fields) });
    return { id, text };
  }

  #pad(bytes: number): string {
    const from = this.random.integer(NOISE.length - bytes);
    return NOISE.slice(from, from + bytes);
  }

  /** A line that is no event: it must become a dead letter. */
  letter(): Issued {
    const id = `${this.#run}-${this.#count++}`;
    return { id, text: `no event ${id}` };
  }

  /** Steps of several bursts are mixed, and go to different senders. */
  #group(): string {
    const random = this.random;
    if (this.#open.length < 8) this.#open.push({ group: `${this.#run}-g${this.#groups++}`, left: BURST_SIZE });
    const place = random.integer(this.#open.length);
    const taken = this.#open[place];
    if (taken === undefined) throw new Error('no burst is open');
    taken.left--;
    if (taken.left === 0) this.#open.splice(place, 1);
    return taken.group;
  }
}

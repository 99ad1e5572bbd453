/** Events and queries at random, that agree in what they name. */
import type { SeededRandom } from '../../base/index.ts';

const TEXTS = [
  'alpha',
  'Alpha',
  'ALPHA beta',
  'beta',
  'C:\\Windows\\System32\\cmd.exe',
  'cmd.exe /c whoami',
  'powershell -enc AAA',
  '',
  ' ',
  '4624',
  '04624',
  '4624.0',
  '1e3',
  '-0',
  'true',
  'TRUE',
  'False',
  'ſix',
  'SIX',
  'KELVIN',
  'İstanbul',
  'istanbul',
  'straße',
  'ünder',
  'a.b',
  'a_b',
  '10.0.0.1',
  "it's",
  'quo"te',
  'tab\there',
  '2026-03-01T10:00:00Z',
  '99999999999999999999',
  '1.5',
];
const LONGS = ['0', '5', '-3', '4624', '1000', '9007199254740993', '9223372036854775807', '-9223372036854775808', '42'];
const REALS = ['0.5', '-1.25', '1e300', '2.5', '1000.5', '-0.5', '3.0e-5'];

export function randomEvent(random: SeededRandom, number: number): string {
  const parts = [
    `"@timestamp":"2026-03-01T${String(random.integer(24)).padStart(2, '0')}:${String(random.integer(60)).padStart(2, '0')}:00.${random.integer(1000)}Z"`,
    `"id":${number}`,
  ];
  const add = (name: string, json: () => string, chance = 70): void => {
    if (random.integer(100) < chance) parts.push(`${JSON.stringify(name)}:${json()}`);
  };
  const text = (): string => JSON.stringify(random.pick(TEXTS));
  const scalar = (): string =>
    random.pick([
      text,
      text,
      () => random.pick(LONGS),
      () => random.pick(REALS),
      () => 'true',
      () => 'false',
      () => 'null',
    ])();
  add('s', text, 85);
  add('u', text);
  add('i', () => random.pick(LONGS), 85);
  add('j', () => String(random.integer(10) - 5));
  add('r', () => random.pick(REALS));
  add('t', () => random.pick(['true', 'false']));
  add('m', () => random.pick([text, () => random.pick(LONGS), () => random.pick(['true', 'false'])])());
  add('x', scalar, 50);
  add('l', () => `[${Array.from({ length: random.integer(4) }, text).join(',')}]`, 40);
  add('k', () => `[${Array.from({ length: random.integer(3) }, scalar).join(',')}]`, 30);
  add('User', () => `{"Name":${text()}}`, 40);
  add('user', () => `{"name":${text()}}`, 40);
  return `{${parts.join(',')}}`;
}

const FIELDS = ['s', 'u', 'i', 'j', 'r', 't', 'm', 'x', 'l', 'k', 'none', 'user.name', 'User.Name'];
const NEEDLES = [
  'alpha',
  'ALPHA',
  'a',
  'cmd',
  'exe',
  'system32',
  'six',
  'kelvin',
  'i',
  'ist',
  '4624',
  '46',
  '',
  'b',
  'true',
  '.',
  'e b',
  '\\',
  "'",
  '"',
  '2026',
  '-',
  'ünder',
  'straße',
];

/** A query in the language. */
export class RandomQuery {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  #pick<T>(...list: readonly T[]): T {
    return this.#random.pick(list);
  }

  #text(): string {
    return JSON.stringify(this.#random.pick(this.#random.integer(2) === 0 ? TEXTS : NEEDLES));
  }

  #number(): string {
    return this.#pick(
      this.#random.pick(LONGS).replace(/^-/, '-'),
      this.#random.pick(REALS),
      '4624',
      '5',
      '0',
      '1000',
      '4624.0',
    );
  }

  #literal(): string {
    return this.#pick(
      () => this.#text(),
      () => this.#number(),
      () => this.#pick('true', 'false'),
      () => 'datetime(2026-03-01T10:00:00Z)',
    )();
  }

  #field(): string {
    return this.#random.pick(FIELDS);
  }

  condition(depth = 2): string {
    const deeper = depth > 0 ? this.#random.integer(10) : 10;
    if (deeper < 2) return `(${this.condition(depth - 1)} and ${this.condition(depth - 1)})`;
    if (deeper < 4) return `(${this.condition(depth - 1)} or ${this.condition(depth - 1)})`;
    if (deeper < 6) return `not(${this.condition(depth - 1)})`;
    const field = this.#field();
    return this.#pick(
      () => `${field} ${this.#pick('==', '!=', '<', '<=', '>', '>=')} ${this.#literal()}`,
      () => `${field} ${this.#pick('==', '!=')} ${this.#pick(this.#text(), this.#number())}`,
      () => `${field} ${this.#pick('=~', '!~')} ${this.#text()}`,
      () =>
        `${field} ${this.#pick('', '!')}${this.#pick('has', 'contains', 'startswith', 'endswith', 'hasprefix', 'hassuffix')}${this.#pick('', '_cs')} ${this.#text()}`,
      () =>
        `${field} ${this.#pick('in', '!in', 'in~', '!in~')} (${this.#literal()}, ${this.#text()}, ${this.#number()})`,
      () => `${field} ${this.#pick('has_any', 'has_all')} (${this.#text()}, ${this.#text()})`,
      () =>
        `${field} ${this.#pick('', '!')}between (${this.#pick('-2', '0', '1.5', '"a"')} .. ${this.#pick('5', '4624', '1e4', '"c"')})`,
      () =>
        `${field} matches regex ${this.#pick('"^[a-c]"', '"a.*e"', '"[0-9]+"', '"exe$"', '"(cmd|alpha)"', '"\\\\.exe"')}`,
      () => `${this.#pick('isnull', 'isnotnull', 'isempty', 'isnotempty')}(${field})`,
      () => `${field} ${this.#pick('==', '!=', '<')} ${this.#field()}`,
      () => `${this.value(1)} ${this.#pick('==', '<', '>')} ${this.#literal()}`,
      () => `@timestamp ${this.#pick('<', '>=')} datetime(2026-03-01T1${this.#random.integer(10)}:00:00Z)`,
      () => field,
    )();
  }

  value(depth = 2): string {
    const field = this.#field();
    if (depth === 0) return field;
    return this.#pick(
      () => field,
      () =>
        `(${this.#pick('i', 'j', 'r', 'x')} ${this.#pick('+', '-', '*', '/', '%')} ${this.#pick('2', '0', '1.5', 'j', 'i')})`,
      () => `iff(${this.condition(depth - 1)}, ${this.value(depth - 1)}, ${this.value(depth - 1)})`,
      () =>
        `case(${this.condition(depth - 1)}, ${this.#literal()}, ${this.condition(0)}, ${this.value(depth - 1)}, ${this.value(0)})`,
      () => `coalesce(${this.value(depth - 1)}, ${this.value(0)})`,
      () => `tostring(${this.value(depth - 1)})`,
      () => `strcat(${this.value(0)}, "-", ${this.value(0)})`,
      () => `strlen(${field})`,
      () => `bin(${this.#pick('i', 'j', 'id', 'r', 'm')}, ${this.#pick('5', '100', '2.5')})`,
      () => `bin(@timestamp, ${this.#pick('1h', '7m', '1d')})`,
      () => `hourofday(@timestamp)`,
      () => `tolower(${field})`,
      () => `-${this.#pick('i', 'j', 'r')}`,
    )();
  }

  #aggregate(): string {
    const field = this.#field();
    return this.#pick(
      () => 'count()',
      () => `countif(${this.condition(1)})`,
      () => `dcount(${field})`,
      () => `dcountif(${field}, ${this.condition(1)})`,
      () => `sum(${this.#pick('j', 'id', 'none', 'i')})`,
      () => `avg(${this.#pick('j', 'id', 'none')})`,
      () => `${this.#pick('min', 'max')}(${this.#pick(field, '@timestamp')})`,
      () => `minif(${field}, ${this.condition(0)})`,
      () => `percentile(${this.#pick('i', 'j', 'id', 'm')}, ${this.#pick('0', '29', '50', '95', '100')})`,
      () => `percentiles(${this.#pick('j', 'id')}, 5, 75)`,
      () => `${this.#pick('arg_max', 'arg_min')}(id, ${field}, @timestamp)`,
      () => `count() + max(${this.#pick('id', 'j')})`,
      () => `sumif(j, ${this.condition(0)})`,
    )();
  }

  query(): string {
    const steps: string[] = [];
    const before = this.#random.integer(3);
    for (let i = 0; i < before; i++) {
      steps.push(
        this.#pick(
          () => `where ${this.condition()}`,
          () => `where ${this.condition()}`,
          () => `extend a${i} = ${this.value()}`,
          () =>
            `search ${this.#pick('alpha', 'cmd', '4624', 'istanbul', 'six', 'user:alpha', '-beta', 's:cmd*', 'true')}`,
        )(),
      );
    }
    const fields = (): string =>
      Array.from({ length: 1 + this.#random.integer(2) }, () => this.#field())
        .filter((one, i, all) => all.indexOf(one) === i)
        .join(', ');
    steps.push(
      this.#pick(
        () => 'count',
        () => `summarize ${this.#aggregate()} by ${fields()}`,
        () => `summarize n = ${this.#aggregate()}, o = ${this.#aggregate()} by k = ${this.value(1)}`,
        () => `summarize n = ${this.#aggregate()}`,
        () => `distinct ${fields()}`,
        () => `project id, v = ${this.value()}, w = ${this.value()}`,
        () =>
          `top ${1 + this.#random.integer(5)} by ${this.#field()} ${this.#pick('asc', 'desc', '')}, id | project id`,
        () => `sort by ${this.value(1)} ${this.#pick('asc nulls last', 'desc nulls first', 'asc')}, id | project id`,
        () => `project-away ${fields()}`,
        () => `sort by id asc | take ${this.#random.integer(20)}`,
        () =>
          `project id, s, x | where ${this.#pick('s', 'x')} has "alpha" | summarize count() by s | where count_ > 1`,
      )(),
    );
    return `events | ${steps.join(' | ')}`;
  }
}

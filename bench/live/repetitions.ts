/**
 * A corpus of real Windows events that can be had again and again without an event coming twice: in each repetition hosts, users,
 * process, thread, logon and handle ids, GUIDs of processes and logons, account SIDs and all stamps are others, of the same length
 * and kind, and the same one wherever it stands in the repetition. What rules look at stays, so each repetition has the same hits.
 */
import { mixed, writeDigits, writeTime } from './digits.ts';

type Kind = 'decimal' | 'hexadecimal' | 'guid' | 'name';

interface Token {
  readonly kind: Kind;
  readonly text: Buffer;
  /** Same for all ways one name is written. */
  readonly name: number;
  /** Upper-case letters are to be used. */
  readonly upper: boolean;
}

const ID_FIELD = /(Process|Thread|Logon|Handle)I[dD]$|^(RecordNumber|port)$/;
const GUID_FIELD = /(Process|Logon|Session)_?G(uid|UID)$|^ActivityID$/;
const USER_FIELD = /^(User|AccountName|UserName|(Subject|Target|Source|Client|Parent)(User|UserName))$/;
const SID_FIELD = /(Sid|^UserID)$/;
const GUID = /[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/;
const STAMP = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3})?/g;
/** Accounts that are the same everywhere. */
const WELL_KNOWN =
  /^(system|local service|network service|anonymous logon|administrators?|guest|dwm-\d+|umfd-\d+|-|.*\$)$/i;
/** Of a name's end, so many characters are others each time. */
const NAME_TAIL = 3;
const NAMES_MAX = 64;

export class Repetitions {
  /** All lines, newlines included; written over by `make`. */
  readonly bytes: Buffer;
  /** Behind each line. */
  readonly ends: Uint32Array;
  readonly #tokens: Token[] = [];
  readonly #tokenNumbers = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #spanAt: number[] = [];
  readonly #spanToken: number[] = [];
  readonly #stampAt: number[] = [];
  readonly #stampLine: number[] = [];
  /** Milliseconds behind the event's own time. */
  readonly #stampAfter: number[] = [];
  readonly #stampFraction: number[] = [];

  /** @param ndjson events, a line each; kept and written over */
  constructor(ndjson: Buffer) {
    this.bytes = ndjson;
    const ends: number[] = [];
    for (let at = 0; at < ndjson.length; at = ends[ends.length - 1]) {
      const end = ndjson.indexOf(0x0a, at);
      ends.push(end < 0 ? ndjson.length : end + 1);
    }
    this.ends = Uint32Array.from(ends);
    const hosts = this.#namesIn();
    let at = 0;
    ends.forEach((end, line) => {
      // A character a byte, so that places in the text are places in the bytes.
      this.#readLine(ndjson.toString('latin1', at, end), at, line, hosts);
      at = end;
    });
  }

  get events(): number {
    return this.ends.length;
  }

  /** Hosts and users of the corpus, each as it is written. */
  #namesIn(): RegExp {
    const names = new Set<string>();
    let at = 0;
    for (const end of this.ends) {
      const event = JSON.parse(this.bytes.toString('latin1', at, end)) as Record<string, unknown>;
      at = end;
      if (typeof event['Hostname'] === 'string') names.add(event['Hostname'].split('.')[0]);
      for (const [field, value] of Object.entries(event)) {
        if (typeof value !== 'string' || !USER_FIELD.test(field)) continue;
        const name = value.slice(value.lastIndexOf('\\') + 1);
        if (/^[A-Za-z][\w-]{3,}$/.test(name) && !WELL_KNOWN.test(name)) names.add(name);
      }
    }
    const ways = new Set([...names].flatMap((name) => [name, name.toUpperCase(), name.toLowerCase()]));
    const longestFirst = [...ways].sort((a, b) => b.length - a.length);
    return new RegExp(`(?:(?<![\\w-])|(?<=\\\\t))(${longestFirst.join('|')})(?![\\w-])`, 'g');
  }

  #readLine(text: string, from: number, line: number, names: RegExp): void {
    const event = JSON.parse(text) as Record<string, unknown>;
    const base = Date.parse(String(event['@timestamp']));
    const taken: [number, number][] = [];
    const free = (at: number, length: number): boolean =>
      taken.every(([start, end]) => at + length <= start || at >= end) && taken.push([at, at + length]) > 0;
    for (const found of text.matchAll(STAMP)) {
      const [stamp, fraction] = found;
      const own = Date.parse(`${stamp.slice(0, 10)}T${stamp.slice(11)}Z`);
      if (Number.isNaN(own) || !free(found.index, stamp.length)) continue;
      this.#stampAt.push(from + found.index);
      this.#stampLine.push(line);
      this.#stampAfter.push(Number.isNaN(base) ? 0 : own - base);
      this.#stampFraction.push(fraction === undefined ? 0 : 3);
    }
    const span = (kind: Kind, at: number, token: string): void => {
      if (!free(at, token.length)) return;
      this.#spanAt.push(from + at);
      this.#spanToken.push(this.#token(kind, token));
    };
    for (const found of text.matchAll(names)) span('name', found.index, found[0]);
    for (const [field, value] of Object.entries(event)) {
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      const [kind, token] = variable(field, String(value)) ?? [];
      if (kind === undefined || token === undefined) continue;
      for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + token.length)) {
        if (stands(text, at, token.length)) span(kind, at, token);
      }
    }
  }

  #token(kind: Kind, text: string): number {
    const key = `${kind} ${text}`;
    const known = this.#tokenNumbers.get(key);
    if (known !== undefined) return known;
    const folded = text.toLowerCase();
    const name = kind === 'name' ? (this.#names.get(folded) ?? this.#names.size) : 0;
    if (kind === 'name') this.#names.set(folded, name);
    if (name >= NAMES_MAX) throw new Error(`the corpus has more than ${NAMES_MAX} hosts and users`);
    this.#tokenNumbers.set(key, this.#tokens.length);
    return this.#tokens.push({ kind, text: Buffer.from(text, 'latin1'), name, upper: text !== folded }) - 1;
  }

  /**
   * Writes repetition `number` over the one before.
   * @param timeOf event time, in milliseconds, of the event of a line
   */
  make(number: number, timeOf: (line: number) => number): void {
    const { bytes } = this;
    const written = this.#tokens.map((token) => rewritten(token, number));
    for (let i = 0; i < this.#spanAt.length; i++) bytes.set(written[this.#spanToken[i]], this.#spanAt[i]);
    for (let i = 0; i < this.#stampAt.length; i++) {
      const ms = timeOf(this.#stampLine[i]) + this.#stampAfter[i];
      writeTime(bytes, this.#stampAt[i], ms, this.#stampFraction[i]);
    }
  }
}

/** What of a field's value is another in each repetition; short numbers (System is process 4) and what is known everywhere stay. */
function variable(field: string, value: string): [Kind, string] | null {
  if (ID_FIELD.test(field)) {
    if (/^[1-9]\d{2,14}$/.test(value)) return ['decimal', value];
    return /^0x[1-9a-f][0-9a-f]{2,11}$/i.test(value) && !/^0x3e\d$/i.test(value)
      ? ['hexadecimal', value.slice(2)]
      : null;
  }
  if (GUID_FIELD.test(field)) {
    const guid = GUID.exec(value)?.[0];
    return guid === undefined || /^0{8}/.test(guid) ? null : ['guid', guid];
  }
  const account = SID_FIELD.test(field) ? /^S-1-5-21-(\d{3,10})-/.exec(value) : null;
  return account === null ? null : ['decimal', account[1]];
}

/** Whether what is found there is a value of its own and no part of another. */
function stands(text: string, at: number, length: number): boolean {
  const before = text[at - 1];
  const word = /[0-9A-Za-z]/;
  // Behind an escape (`\t3388`) and `0x` letters may stand.
  const opened = !word.test(before) || (before === 't' && text[at - 2] === '\\') || text.slice(at - 2, at) === '0x';
  const after = text[at + length];
  return opened && before !== '+' && before !== '.' && !word.test(after) && after !== '.';
}

function rewritten({ kind, text, name, upper }: Token, number: number): Buffer {
  const made = Buffer.from(text);
  const { length } = made;
  if (kind === 'name') writeDigits(made, length - NAME_TAIL, NAME_TAIL, number * NAMES_MAX + name, 36);
  else if (kind === 'guid') {
    writeDigits(made, 0, 8, (Number.parseInt(text.toString('latin1', 0, 8), 16) ^ mixed(number, 1)) >>> 0, 16);
    writeDigits(made, 28, 8, (Number.parseInt(text.toString('latin1', 28, 36), 16) ^ mixed(number, 2)) >>> 0, 16);
  } else {
    // Turned round the numbers of that length, so that different ones stay different.
    const base = kind === 'decimal' ? 10 : 16;
    const least = base ** (length - 1);
    const many = (base - 1) * least;
    const value = Number.parseInt(text.toString('latin1'), base) - least;
    writeDigits(made, 0, length, least + ((value + (mixed(number, length) % many)) % many), base);
  }
  return upper ? Buffer.from(made.toString('latin1').toUpperCase(), 'latin1') : made;
}

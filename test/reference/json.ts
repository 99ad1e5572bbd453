/**
 * A JSON reader that loses nothing: numbers keep their text, objects keep every entry in order. Plain recursive descent
 * over RFC 8259; lone surrogates become U+FFFD.
 */

export type Json =
  | { readonly is: 'string'; readonly text: string }
  /** The token as written. */
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'null' }
  | { readonly is: 'array'; readonly items: readonly Json[] }
  | { readonly is: 'object'; readonly entries: readonly (readonly [string, Json])[] };

export class JsonError extends Error {}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly text: string;
  at = 0;
  constructor(text: string) {
    this.text = text;
  }

  fail(expected: string): never {
    const got = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    throw new JsonError(`JSON at ${this.at}: expected ${expected}, got ${got}`);
  }

  space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) this.fail(word);
    this.at += word.length;
  }

  value(depth: number): Json {
    if (depth > 1000) this.fail('at most 1000 levels');
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return { is: 'string', text: this.string() };
      case 't':
        this.literal('true');
        return { is: 'boolean', value: true };
      case 'f':
        this.literal('false');
        return { is: 'boolean', value: false };
      case 'n':
        this.literal('null');
        return { is: 'null' };
      default: {
        NUMBER.lastIndex = this.at;
        const token = NUMBER.exec(this.text)?.[0];
        if (token === undefined) this.fail('a value');
        this.at += token.length;
        return { is: 'number', text: token };
      }
    }
  }

  object(depth: number): Json {
    const entries: [string, Json][] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return { is: 'object', entries };
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail('a key');
      const key = this.string();
      this.space();
      this.literal(':');
      entries.push([key, this.value(depth + 1)]);
      this.space();
      if (this.text[this.at] === '}') break;
      this.literal(',');
    }
    this.at++;
    return { is: 'object', entries };
  }

  array(depth: number): Json {
    const items: Json[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return { is: 'array', items };
    }
    for (;;) {
      items.push(this.value(depth + 1));
      this.space();
      if (this.text[this.at] === ']') break;
      this.literal(',');
    }
    this.at++;
    return { is: 'array', items };
  }

  string(): string {
    let out = '';
    this.at++;
    for (;;) {
      PLAIN.lastIndex = this.at;
      const run = PLAIN.exec(this.text)?.[0] ?? '';
      out += run;
      this.at += run.length;
      if (this.text[this.at] === '"') break;
      if (this.text[this.at] !== '\\') this.fail('a character of a string');
      const letter = this.text[this.at + 1] ?? '';
      if (letter === 'u') {
        const hex = this.text.slice(this.at + 2, this.at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.fail('four hexadecimal digits');
        out += String.fromCharCode(Number.parseInt(hex, 16));
        this.at += 6;
      } else {
        const plain = ESCAPES[letter];
        if (plain === undefined) this.fail('an escape of JSON');
        out += plain;
        this.at += 2;
      }
    }
    this.at++;
    return out.toWellFormed();
  }
}

/** One JSON document. Throws `JsonError`. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) reader.fail('the end');
  return value;
}

/** One or many JSON documents with nothing but white space between (pretty-printed exports). */
export function parseJsonDocuments(text: string): Json[] {
  const reader = new Reader(text);
  const documents: Json[] = [];
  for (reader.space(); reader.at < text.length; reader.space()) documents.push(reader.value(0));
  return documents;
}

/** The entries that count: of duplicate keys the last, at the place of the first. */
export function lastWins(entries: readonly (readonly [string, Json])[]): Map<string, Json> {
  return new Map(entries);
}

/** JSON text again, numbers as they were written. */
export function printJson(value: Json): string {
  switch (value.is) {
    case 'string':
      return JSON.stringify(value.text);
    case 'number':
      return value.text;
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'null';
    case 'array':
      return `[${value.items.map(printJson).join(',')}]`;
    case 'object':
      return `{${value.entries.map(([key, item]) => `${JSON.stringify(key)}:${printJson(item)}`).join(',')}}`;
  }
}

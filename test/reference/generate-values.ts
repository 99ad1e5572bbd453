/** Values of rules, each with texts that match it, or nearly. */
import type { Choices } from './choice.ts';
import { foldClass } from './fold.ts';

/** What a rule says, and what an event may say so that it is true. */
export interface Sample {
  /** As it stands in the YAML: a JSON scalar. */
  readonly written: string;
  /** A text that matches, as a rule; surely where `sure`. */
  readonly text: (choices: Choices) => string;
  readonly sure?: boolean;
}

const CHARS = [
  ...['a', 'b', 'k', 's', 'K', 'S', '1', '0', ' ', '-', '/', '.', '\\', '*', '?', '"', "'", '%', ':', '_'],
  ...['é', 'É', 'ß', 'ẞ', 'σ', 'ς', 'Σ', 'ı', 'İ', '\u212a', '\u017f', 'µ', '–', '—', '―', '😀', '𐐨', '𐐀', 'ﬀ'],
  ...['\0', '\t', '\n', '\u00a0', '\u2028', '\ufffd'],
] as const satisfies readonly string[];
const WORDS = ['cmd', 'powershell.exe', 'C:\\Windows\\', '-enc', ' /c ', 'admin', '4624', 'true', 'k'] as const;

export function word(c: Choices): string {
  if (c.chance(50)) return c.list(1, 4, () => c.pick(CHARS)).join('');
  return c.pick(WORDS);
}

/** Another text equal under simple case folding. */
export function otherCase(c: Choices, text: string): string {
  return [...text].map((char) => (c.chance(40) ? c.pick([char, ...foldClass(char)]) : char)).join('');
}

type Token = { readonly is: 'text'; readonly text: string } | { readonly is: '*' } | { readonly is: '?' };

/** Text and wildcards, escaped in one of the ways the specification allows, or written without any care. */
export function wildcardSample(
  c: Choices,
  wrap: 'whole' | 'contains' | 'startswith' | 'endswith',
  cased: boolean,
): Sample {
  const tokens: Token[] = c.list(1, 3, () => {
    if (c.chance(15)) return { is: '*' };
    if (c.chance(12)) return { is: '?' };
    return { is: 'text', text: word(c) };
  });
  const careless = c.chance(20);
  const written = tokens.map((token, i) => {
    if (token.is !== 'text') return token.is;
    if (careless) return token.text;
    const chars = [...token.text];
    return chars
      .map((char, j) => {
        if (char === '*' || char === '?') return `\\${char}`;
        if (char !== '\\') return char;
        const next = chars[j + 1] ?? (tokens[i + 1]?.is === 'text' ? 'x' : '*');
        return /[*?\\]/.test(next) || j === chars.length - 1 || c.chance(30) ? '\\\\' : '\\';
      })
      .join('');
  });
  const value = written.join('');
  const single = c.chance(40) && /^[ -~]*$/.test(value);
  return {
    written: single ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value),
    sure: !careless,
    text: (d) => {
      const body = tokens
        .map((token) => {
          if (token.is === '*') return d.chance(50) ? word(d) : '';
          if (token.is === '?') return d.pick(CHARS);
          return cased ? token.text : otherCase(d, token.text);
        })
        .join('');
      const left = wrap === 'contains' || wrap === 'endswith' ? d.pick(['', 'x', ' ', '😀']) : '';
      const right = wrap === 'contains' || wrap === 'startswith' ? d.pick(['', 'x', ' ', '\0']) : '';
      return left + body + right;
    },
  };
}

/** Expressions in the flavour the specification supports, with texts that match them. */
const EXPRESSIONS: readonly (readonly [string, ...string[]])[] = [
  ['cmd', 'cmd', 'a cmd b'],
  ['^cmd\\.exe$', 'cmd.exe'],
  ['(?:a|b)+k', 'abk', 'bbk'],
  ['[a-f0-9]{2,20}k', 'a0k', 'ffffk'],
  ['[^a-z]k$', ' k', 'Kk'],
  ['s.k', 'sak', 's\nk', 's k'],
  ['^b$', 'b', 'a\nb\nc'],
  ['\\d{1,3}\\.\\d{1,3}', '10.0', 'v1.22'],
  ['\\s-(?:enc|e)\\b', ' -enc', 'x -e y'],
  ['\\\\Windows\\\\', 'C:\\Windows\\x'],
  ['(?i)admin', 'ADMIN', 'aDmIn'],
  ['a{3}', 'aaa', 'baaa'],
  ['x*', '', 'xx'],
  ['é+', 'é', 'éé'],
  ['[k-s]{2}', 'ks', 'mn'],
  ['\\$\\{?k\\}?', `$\{k}`, '$k'],
];

export function regexSample(c: Choices, insensitive: boolean): Sample {
  const [expression, ...texts] = c.pick(EXPRESSIONS as [readonly [string, ...string[]]]);
  return {
    written: JSON.stringify(expression),
    text: (d) => {
      const text = texts[d.below(texts.length)] ?? '';
      return insensitive ? otherCase(d, text) : text;
    },
  };
}

const NETWORKS: readonly (readonly [string, ...string[]])[] = [
  ['10.0.0.0/8', '10.1.2.3', '::ffff:10.9.9.9', '::FFFF:0a01:0203'],
  ['192.168.1.7', '192.168.1.7', '::ffff:192.168.1.7'],
  ['192.168.0.0/16', '192.168.255.255', '192.169.0.0', '192.168.1', '192.168.1.256'],
  ['0.0.0.0/0', '1.2.3.4', '255.255.255.255', '::1', '1.2.3.4 '],
  ['127.0.0.0/8', '127.0.0.1', '128.0.0.1', 'localhost'],
  ['10.128.0.0/9', '10.128.0.1', '10.127.255.255'],
  ['::1/128', '::1', '0:0:0:0:0:0:0:1', '1'],
  ['fe80::/10', 'fe80::1', 'FEBF::1', 'fec0::1'],
  ['2001:db8::/33', '2001:db8:7fff::', '2001:db8:8000::', '2001:0DB8::192.0.2.1'],
];

export function networkSample(c: Choices): Sample {
  const [network, ...addresses] = c.pick(NETWORKS as [readonly [string, ...string[]]]);
  return { written: JSON.stringify(network), text: (d) => addresses[d.below(addresses.length)] ?? '' };
}

const NUMBERS = [
  ...['0', '1', '4624', '-5', '3.5', '9007199254740993', '18446744073709551617', '-9223372036854775808'],
  ...['0.1', '1000', '100'],
] as const;
/** Other ways to write numbers close to these, as JSON tokens or as texts. */
const NEARBY = [
  ...['0', '-0', '0.0', '1.0', '1e0', '4624', '4624.0', '4.624e3', '04624', '4623', '4625', '-5.0', '-4', '3.50'],
  ...['3.4999999999999999999', '9007199254740992', '9007199254740993', '9007199254740994', '18446744073709551616'],
  ...['18446744073709551617', '-9223372036854775809', '1E-1', '0.10', '1e3', '1E+2', '99.999999999999999999', '+5'],
] as const;

export function numberSample(c: Choices): Sample {
  const number = c.pick(NUMBERS as unknown as [string]);
  return { written: number, text: (d) => (d.chance(50) ? number : d.pick(NEARBY as unknown as [string])) };
}

const TIMES = [
  ...['2025-10-25 17:38:32.006', '2025-10-25T17:38:32.006926Z', '2024-12-30T00:00:00Z', '2021-01-03T23:59:59+09:00'],
  ...['2020-12-31 05:07:09', '2026-01-01', 'yesterday', '17:38', '2016-02-29T12:30:00.1234567Z'],
] as const;

export function timeSample(c: Choices, part: string): Sample {
  const choices: Record<string, [string, ...string[]]> = {
    minute: ['38', '0', '59', '30'],
    hour: ['17', '0', '23', '12'],
    day: ['25', '30', '3', '31', '1', '29'],
    week: ['43', '1', '53', '9'],
    month: ['10', '12', '1', '2'],
    year: ['2025', '2024', '2021', '2020', '2016'],
  };
  return { written: c.pick(choices[part] ?? ['0']), text: (d) => d.pick(TIMES as unknown as [string]) };
}

/** Text that becomes bytes, then Base64; the event holds those bytes at any offset. */
export function base64Sample(c: Choices, encoding: 'utf8' | 'utf16le' | 'utf16be' | 'utf16', offset: boolean): Sample {
  const text = c.pick(['cmd /c', 'http://', 'IEX ', 'ké', '😀k', 'ab']);
  return {
    written: JSON.stringify(text),
    text: (d) => {
      let bytes = Buffer.from(encoding === 'utf16' ? `\ufeff${text}` : text, encoding === 'utf8' ? 'utf8' : 'utf16le');
      if (encoding === 'utf16be') bytes = bytes.swap16();
      if (!offset) return bytes.toString('base64');
      const before = Buffer.from(d.list(0, 4, () => d.below(256)));
      const after = Buffer.from(d.list(0, 3, () => d.below(256)));
      return Buffer.concat([before, bytes, after]).toString('base64');
    },
  };
}

/** Text spread to bytes without Base64: letters with NULs between. */
export function wideSample(c: Choices, bigEndian: boolean): Sample {
  const text = c.pick(['cmd', 'k', 'a b']);
  const spread = [...text].map((char) => (bigEndian ? `\0${char}` : `${char}\0`)).join('');
  return { written: JSON.stringify(text), text: (d) => otherCase(d, spread) };
}

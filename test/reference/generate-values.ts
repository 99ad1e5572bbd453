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
  // Letters whose other case is longer or shorter in UTF-8, of another block, or one of three.
  ...['Ⱥ', 'ⱥ', '\u2126', 'ω', '\u212b', 'å', '\u1c80', 'в', 'ꭰ', 'Ꭰ', 'ᏸ', 'Ᏸ', 'ǅ', 'ǆ', 'ǰ', '𞤀', '𞤢'],
  ...['\0', '\t', '\n', '\b', '\x7f', '\u0085', '\u00a0', '\u2028', '\ufeff', '\uffff', '\ud7ff', '\ufffd'],
] as const satisfies readonly string[];
const WORDS = [
  ...['cmd', 'powershell.exe', 'C:\\Windows\\', '-enc', ' /c ', 'admin', '4624', 'true', 'k'],
  ...['\\\\host\\c$', 'http://a/b', '/add /y', ' -e', 'ab', 'abab', '%temp%', 'cmd.exe /c', '—x', '[a', 'a]'],
] as const satisfies readonly string[];

export function word(c: Choices): string {
  if (c.chance(50)) return c.list(1, 4, () => c.pick(CHARS)).join('');
  return c.pick(WORDS);
}

/**
 * Text longer than a block of the kernel, than the values it keeps across batches (2,048 bytes) or than V8's quick engine
 * gets (4,096 characters).
 */
export function longText(c: Choices): string {
  const unit = c.pick(['x', 'ab', 'cmd', '\\', '-', ' ', 'é', 'K', 'Ⱥ', '𐐨k', 'powershell.ex']);
  return unit.repeat(Math.ceil(c.pick([16, 33, 130, 2049, 4097]) / unit.length));
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
          if (token.is === '*') return d.chance(50) ? (d.chance(4) ? longText(d) : word(d)) : '';
          if (token.is === '?') return d.pick(CHARS);
          return cased ? token.text : otherCase(d, token.text);
        })
        .join('');
      const around = (short: [string, ...string[]]): string => (d.chance(5) ? longText(d) : d.pick(short));
      const left = wrap === 'contains' || wrap === 'endswith' ? around(['', 'x', ' ', '😀']) : '';
      const right = wrap === 'contains' || wrap === 'startswith' ? around(['', 'x', ' ', '\0']) : '';
      return left + body + right;
    },
  };
}

const PLAIN = ['ab/cd', 'c/d/', ' /c cmd', 'powershell', '4624', 'abab'] as const satisfies readonly string[];

/** At least four characters, each of which is one byte of JSON and nothing special to Sigma: what can be looked for undecoded. */
export function plainSample(c: Choices): Sample {
  const text = c.list(1, c.chance(20) ? 2 : 1, () => c.pick(PLAIN)).join('');
  return {
    written: JSON.stringify(text),
    text: (d) => {
      const around = (): string => (d.chance(10) ? longText(d) : d.pick(['', 'x', '\\', '\t', '/', 'é']));
      return around() + (d.chance(30) ? otherCase(d, text) : d.chance(30) ? text.toUpperCase() : text) + around();
    },
  };
}

/**
 * Expressions in the flavour the specification supports, with texts that match them. None takes exponential time: the
 * reference runs them on an engine that would not come back.
 */
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
  ['(?m)^k', 'x\nk', 'xk'],
  ['(?is)K.A$', 'k\na', 'xK\u0000a'],
  ['cmd.{0,5}(?:/c|/r).+clip', 'cmd  /c x clip', 'cmd/rclip', 'CMD /c a clip'],
  ['set.*&&.*(?:on|off)', 'set x && off', '&& set on', 'set &&on'],
  ['\\bcd\\b', 'a cd b', 'acd'],
  ['[\\d.-]+@[^@\\s]+\\.\\d{2,4}', '1.b@c-d.com', '1.2@c-d.123'],
  ['(abc|abd){2}x', 'abcabdx', 'abcx'],
  ['^(?:(?:a{2}){2}){2}$', 'aaaaaaaa', 'aaaaaaa'],
  ['^a{17,40}$', 'a'.repeat(17), 'a'.repeat(16), 'a'.repeat(40), 'a'.repeat(41)],
  ['(?:ab){3,}c?$', 'abababc', 'ababc'],
  ['a{0}b', 'b'],
  ['', '', 'x'],
  ['a|', '', 'x'],
  ['[ſk]', '\u017f', 'k', 's'],
  ['ßt', 'ẞt', 'ßt', 'sst'],
  ['Σς', 'σσ', 'ςΣ'],
  ['İx', 'İx', 'ix', 'ıx'],
  ['😀k', '😀k', 'k'],
  // The reference reads a class as one of units.
  ['[😀😁]', '😁', '𐐀'],
  ['𐐨', '𐐀', '𐐨'],
  ['[^\\x00-\\x7f]', 'é', 'a'],
  ['\\u00e9\\x41', 'éA', 'Éa'],
  ['[]a]{2}', ']a', 'a'],
  ['x{2', 'x{2'],
  ['\\/c\\s', '/c ', 'x /c\t'],
  ['^.{3}\\.exe$', 'abc.exe', 'ab.exe'],
  ['HKLM\\\\(?:SYSTEM|software)\\\\[^\\\\]+$', 'HKLM\\SYSTEM\\x', 'hklm\\Software\\x', 'HKLM\\SYSTEM\\x\\y'],
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
  ['::ffff:10.0.0.0/104', '10.1.2.3', '::ffff:10.1.2.3', '11.1.2.3', '::a00:1'],
  ['::ffff:0:0/96', '1.2.3.4', '::ffff:1.2.3.4', '::1.2.3.4'],
  ['::/0', '1.2.3.4', '::', 'fe80::1', '::ffff:1.2.3.4'],
  ['::fffe:0:0/95', '1.2.3.4', '::ffff:1.2.3.4', '::fffe:1.2.3.4'],
  ['1.2.3.4/32', '1.2.3.4', '1.2.3.4/32', '01.2.3.4', '1.2.3.4.', '0:0:0:0:0:ffff:102:304', '::ffff:102:305', '1.2.3'],
  ['10.1.2.3/8', '10.9.9.9', '010.9.9.9', '10.9.9', '0xa.1.1.1', '10.1.1.1:80', '167772161'],
  ['fe80::', 'fe80::', 'FE80:0::0', 'fe80::%eth0', '[fe80::]', 'fe80:::', ':fe80::', 'fe80::0:0:0:0:0:0:0'],
  ['a:b:c:d:e:f:1.2.3.4', 'A:B:C:D:E:F:102:304', 'a:b:c:d:e:f:1:2:3', 'a:b:c:d:e:f:g:1'],
];

export function networkSample(c: Choices): Sample {
  const [network, ...addresses] = c.pick(NETWORKS as [readonly [string, ...string[]]]);
  return { written: JSON.stringify(network), text: (d) => addresses[d.below(addresses.length)] ?? '' };
}

const NUMBERS = [
  ...['0', '1', '4624', '-5', '3.5', '9007199254740993', '18446744073709551617', '-9223372036854775808'],
  ...[
    '0.1',
    '1000',
    '100',
    '1e3',
    '-0',
    '1.50',
    '+7',
    '.5',
    '0x1F',
    '0.30000000000000004441',
    '1e-7',
    '12345678901234567890.5',
  ],
] as const;
/** Other ways to write numbers close to these, as JSON tokens or as texts. */
const NEARBY = [
  ...['0', '-0', '0.0', '1.0', '1e0', '4624', '4624.0', '4.624e3', '04624', '4623', '4625', '-5.0', '-4', '3.50'],
  ...['3.4999999999999999999', '9007199254740992', '9007199254740993', '9007199254740994', '18446744073709551616'],
  ...['18446744073709551617', '-9223372036854775809', '1E-1', '0.10', '1e3', '1E+2', '99.999999999999999999', '+5'],
  ...['1.5', '7', '0.50', '5e-1', '31', '1.0e-7', '0.0000001', '12345678901234567890.50', '0.30000000000000004'],
  ...['1e399', '-1e400', '1e401', '1e999999999', '1E-500', '-0.0', '00', '1.', '4624 ', 'NaN', 'Infinity', '0x1F'],
] as const;

export function numberSample(c: Choices): Sample {
  const number = c.pick(NUMBERS as unknown as [string]);
  return { written: number, text: (d) => (d.chance(50) ? number : d.pick(NEARBY as unknown as [string])) };
}

const TIMES = [
  ...['2025-10-25 17:38:32.006', '2025-10-25T17:38:32.006926Z', '2024-12-30T00:00:00Z', '2021-01-03T23:59:59+09:00'],
  ...['2020-12-31 05:07:09', '2026-01-01', 'yesterday', '17:38', '2016-02-29T12:30:00.1234567Z'],
  ...['2025/10/25 17:38', '2025-10-25t17:38:32z', '2025-10-25 17:38:32 UTC', '2025-10-25T17:38:32+0900', '2025-13-01'],
  ...['2024-02-30', '2025-10-25T24:00:00Z', '2025-10-25T17:60:00Z', '2027-01-03 00:00:00', '0099-12-31'],
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
      if (!offset) return d.chance(10) ? otherCase(d, bytes.toString('base64')) : bytes.toString('base64');
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

/** Values of the placeholders that generated rules use under `expand`. */
export const PLACEHOLDERS: Readonly<Record<string, readonly string[]>> = {
  one: ['cmd'],
  two: ['ad*n', 'C:\\Windows'],
};

export function placeholderSample(c: Choices): Sample {
  const name = c.pick(['one', 'two']);
  const [before, after] = [c.pick(['', 'x', '*', '\\%']), c.pick(['', '.exe', '%one%'])];
  return {
    written: JSON.stringify(`${before}%${name}%${after}`),
    text: (d) => {
      const value = d.pick(PLACEHOLDERS[name] as unknown as [string]);
      return [before.replace('\\', ''), value, after === '%one%' ? 'cmd' : after].join('').replaceAll('*', word(d));
    },
  };
}

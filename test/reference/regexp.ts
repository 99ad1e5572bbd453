/**
 * Sigma's regular expressions on V8's own engine: unanchored, case-sensitive unless `i`. Case-insensitivity is simple
 * folding, as everywhere, so such expressions are rewritten for the stricter `u` grammar and compiled with `iu`.
 */
export function regexp(written: string, flags: { i: boolean; m: boolean; s: boolean }): RegExp {
  let { i, m, s } = flags;
  let source = written;
  const inline = /^\(\?([ims]+)\)/.exec(source);
  if (inline !== null) {
    source = source.slice(inline[0].length);
    i ||= (inline[1] ?? '').includes('i');
    m ||= (inline[1] ?? '').includes('m');
    s ||= (inline[1] ?? '').includes('s');
  }
  source = anchors(source);
  const others = `${m ? 'm' : ''}${s ? 's' : ''}`;
  return i ? new RegExp(unicodeGrammar(source), `iu${others}`) : new RegExp(source, others);
}

/** PCRE's `\A`, `\z` and `\Z` outside classes, which JavaScript would read as letters. */
function anchors(source: string): string {
  return eachToken(source, (token, inClass) => {
    if (inClass) return token;
    if (token === '\\A') return '(?<![\\s\\S])';
    if (token === '\\z') return '(?![\\s\\S])';
    if (token === '\\Z') return '(?=\\n?(?![\\s\\S]))';
    return token;
  });
}

/** Escapes of characters that need none, and braces and brackets that stand for themselves, in the form `u` accepts. */
function unicodeGrammar(source: string): string {
  return eachToken(source, (token, inClass, rest) => {
    if (token.length === 2 && token.startsWith('\\')) {
      const letter = token.slice(1);
      if (/[\^$\\.*+?()[\]{}|/]/.test(letter) || (inClass && letter === '-')) return token;
      return /[A-Za-z0-9]/.test(letter) ? token : letter;
    }
    if (inClass) return token;
    if (token === ']' || token === '}') return `\\${token}`;
    if (token === '{' && !/^\{[0-9]+(?:,[0-9]*)?\}/.test(rest)) return '\\{';
    return token;
  });
}

type Rewrite = (token: string, inClass: boolean, rest: string) => string;

function eachToken(source: string, rewrite: Rewrite): string {
  let out = '';
  let inClass = false;
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const quantifier = inClass ? null : /^\{[0-9]+(?:,[0-9]*)?\}/.exec(rest);
    if (quantifier !== null) {
      out += quantifier[0];
      at += quantifier[0].length;
      continue;
    }
    const token = rest.startsWith('\\') ? rest.slice(0, 2) : String.fromCodePoint(rest.codePointAt(0) ?? 0);
    if (token === '[' && !inClass) {
      inClass = true;
      out += token;
      at += token.length;
      if (source[at] === '^') out += source[at++];
      // PCRE: a bracket right after the opening one stands for itself.
      if (source[at] === ']') {
        out += '\\]';
        at++;
      }
      continue;
    }
    if (token === ']' && inClass) {
      inClass = false;
      out += token;
      at += 1;
      continue;
    }
    out += token === '[' && inClass ? '\\[' : rewrite(token, inClass, rest);
    at += token.length;
  }
  return out;
}

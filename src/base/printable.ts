/**
 * Text from events, file names and rules made safe to print. An attacker writes log lines: what reaches a terminal must
 * not move the cursor, change colours or titles, turn the reading direction, or hide characters.
 */

// C0, DEL and C1 controls; Arabic letter mark, zero-width characters and direction marks, line and paragraph separators,
// direction embeddings, overrides and isolates; byte order mark, interlinear marks, language tags; lone surrogates.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return SHORT[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** `text` with every unsafe character written as `\n`, `\x1b` or `\u{202e}`; with `ascii`, all that is not ASCII too. */
export function printable(text: string, ascii = false): string {
  return text.replace(ascii ? NOT_ASCII : UNSAFE, escapeCharacter);
}

/**
 * JSON text with DEL, C1 controls and direction marks as `\uXXXX`: the same JSON, harmless on a terminal. Characters below
 * U+0020 cannot stand in valid JSON strings; line feed and tab between tokens are kept.
 */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    if (character === '\n' || character === '\t') return character;
    let escaped = '';
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

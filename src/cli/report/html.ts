/** Writing HTML: everything that is not ours is escaped by the tag, so that forgetting it is not possible. */
import { printable } from '../terminal/escape.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element content and quoted attributes; control characters and direction marks are made visible. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** HTML that is safe as it stands. Only `html` makes it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** A template whose values are escaped unless they are `Markup`. */
export function html(pieces: TemplateStringsArray, ...values: readonly Part[]): Markup {
  let text = pieces[0] ?? '';
  values.forEach((value, at) => {
    if (value instanceof Markup) text += value.text;
    else if (Array.isArray(value)) text += value.map((part: Markup) => part.text).join('');
    else text += escapeHtml(String(value));
    text += pieces[at + 1] ?? '';
  });
  return new Markup(text);
}

/** JSON for a script element that holds data: no `<` in it, so nothing can close the element or open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

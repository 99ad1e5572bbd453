/** Building the document. Text from events only ever becomes text nodes here, never HTML. */

export const $ = (id) => document.getElementById(id);

/** An element with properties and children; strings become text nodes. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function svg(tag, attributes = {}, text = '') {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text !== '') node.textContent = text;
  return node;
}

/** Control characters and direction marks made visible, as everywhere in weir. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
export const safe = (text) =>
  String(text).replace(UNSAFE, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
export const number = (value) => value.toLocaleString('en-US');
export const plural = (value, one) => `${number(value)} ${one}${value === 1 ? '' : 's'}`;
export const shownTime = (micros, digits = 19) =>
  micros === null ? 'no time' : new Date(micros / 1000).toISOString().replace('T', ' ').slice(0, digits);

export async function unpack(id) {
  const packed = Uint8Array.from(atob($(id).textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).text();
}

/** `12345` as `12k`, for small cells. */
export const compact = (value) =>
  value < 10_000 ? String(value) : value < 1e6 ? `${Math.floor(value / 1000)}k` : `${(value / 1e6).toFixed(1)}M`;

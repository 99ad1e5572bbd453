/** The elements of a list in an answer as they stand there, every digit and escape: events are not to be written anew. */

/** Of `{"items":[…]}` and the like, the elements of the list `name`; the answer is valid JSON, and the name stands in no element before. */
export function jsonItems(text: string, name: string): string[] {
  const items: string[] = [];
  const head = `"${name}":[`;
  const found = text.indexOf(head);
  if (found < 0) return items;
  let depth = 0;
  let from = found + head.length;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth++;
    else if (depth > 0 && (character === '}' || character === ']')) depth--;
    else if (depth === 0 && (character === ',' || character === ']')) {
      if (at > from) items.push(text.slice(from, at));
      from = at + 1;
      if (character === ']') return items;
    }
  }
  return items;
}

/** Of the quote that closes it. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}

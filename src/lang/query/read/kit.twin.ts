/** What queries are read as, for the tests of each step. */
import assert from 'node:assert/strict';
import { positionOf } from '../../diagnostic.ts';
import { printQuery } from '../../print.ts';
import { parseQuery } from '../parse.ts';

/** The text a query prints as again, on one line. */
export function again(text: string): string {
  const { tree, diagnostics } = parseQuery(text);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
    text,
  );
  assert.ok(tree !== null, text);
  return printQuery(tree).replaceAll('\n', ' ');
}

/** Place, message and suggestion of each error. */
export function errorsOf(text: string): string[] {
  return parseQuery(text).diagnostics.map(({ span, message, suggestion }) => {
    const { line, column } = positionOf(text, span.start);
    return `${line}:${column} ${message}${suggestion === null ? '' : ` (${suggestion})`}`;
  });
}

/** Each text is printed as stated: steps have one spelling for what can be written in several ways. */
export function spellings(cases: readonly (readonly [written: string, printed: string])[]): void {
  for (const [written, printed] of cases) assert.equal(again(written), printed, written);
}

/** Each text has these errors and no others. */
export function errors(cases: readonly (readonly [text: string, ...errors: RegExp[]])[]): void {
  for (const [text, ...wanted] of cases) {
    const found = errorsOf(text);
    wanted.forEach((pattern, i) => void assert.match(found[i] ?? 'no error', pattern, text));
    assert.equal(found.length, wanted.length, `${text}: ${found.join(' ; ')}`);
  }
}

/** Examples of functions, for the tests of each theme: what an expression gives, stated by hand. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileExpression } from '../index.ts';
import { formatJson } from '../json.ts';
import { TOOLS } from '../kit.twin.ts';
import { childrenOf, type Expression } from '../tree.ts';
import { DateTime, TimeSpan, type Value } from '../value.ts';

/** Fields of the one event. */
const EVENT: Readonly<Record<string, readonly Value[]>> = {
  list: ['b', 'a', 'b'],
  numbers: [3n, 1.5],
  one: ['x'],
};
const NOW = Date.UTC(2026, 2, 15, 12, 30);

/** Dates and spans by their type, all else as JSON. */
function shown(value: Value): string {
  if (value instanceof DateTime) return `datetime ${formatJson(value).slice(1, -1)}`;
  if (value instanceof TimeSpan) return `span ${formatJson(value).slice(1, -1)}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return formatJson(value);
}

export function compiled(text: string) {
  const result = compileExpression(text, TOOLS);
  assert.ok(result.ok, `${text}: ${JSON.stringify(result.diagnostics)}`);
  return result;
}

/** Several values with `&` between them. */
function answer(text: string): string {
  const values = compiled(text).program.evaluate((path) => EVENT[path] ?? [], NOW);
  return values.length === 0 ? 'null' : values.map(shown).join(' & ');
}

function callsOf(node: Expression): string[] {
  return [...(node.kind === 'call' ? [node.name] : []), ...childrenOf(node).flatMap(callsOf)];
}

/** Every function of a table has an example, and each gives what is stated. */
export function examples(title: string, table: object, cases: Readonly<Record<string, string>>): void {
  suite(title, () => {
    test('give what is stated', () => {
      const wrong = Object.entries(cases)
        .map(([text, wanted]) => ({ text, wanted, came: answer(text) }))
        .filter(({ wanted, came }) => wanted !== came)
        .map(({ text, wanted, came }) => `${text}: wanted ${wanted}, came ${came}`);
      assert.deepEqual(wrong, []);
    });

    test('have an example each', () => {
      const seen = new Set(Object.keys(cases).flatMap((text) => callsOf(compiled(text).tree)));
      assert.deepEqual(
        Object.keys(table).filter((name) => !seen.has(name)),
        [],
      );
    });
  });
}

/** Does this rule match this event? Straight from the specification. */
import type { Condition } from './condition.ts';
import { canonical, compareDecimals } from './decimal.ts';
import type { Event, Value } from './event.ts';
import { fold } from './fold.ts';
import type { Rewrite } from './lanes.ts';
import type { Detection, Open, Order, Search, Test } from './rule.ts';
import { timePart } from './timestamp.ts';

/** The detection on one event, its fields read through `rewrite`. */
export function matchesDetection(detection: Detection, event: Event, rewrite: Rewrite): boolean {
  const read = (field: string): readonly Value[] | undefined => event.field(rewrite.get(field) ?? field);
  const search = (node: Search): boolean => {
    switch (node.is) {
      case 'and':
        return node.args.every(search);
      case 'or':
        return node.args.some(search);
      case 'item': {
        const found = node.field === null ? event.all : read(node.field);
        const holds = (tests: readonly Test[]): boolean => tests.some((test) => matchesTest(test, found, read));
        return (node.all ? node.values.every(holds) : node.values.some(holds)) !== node.neq;
      }
    }
  };
  const condition = (node: Condition): boolean => {
    switch (node.is) {
      case 'and':
        return node.args.every(condition);
      case 'or':
        return node.args.some(condition);
      case 'not':
        return !condition(node.arg);
      case 'name': {
        const found = detection.searches.get(node.name);
        return found !== undefined && search(found);
      }
    }
  };
  return detection.conditions.some(condition);
}

/** `values` is undefined for an absent field. */
function matchesTest(
  test: Test,
  values: readonly Value[] | undefined,
  read: (field: string) => readonly Value[] | undefined,
): boolean {
  if (test.is === 'exists') return (values !== undefined) === test.expected;
  if (test.is === 'null') return values === undefined || values.some((value) => value.is === 'null');
  const present = (values ?? []).filter((value) => value.is !== 'null');
  switch (test.is) {
    case 'text':
      return present.some((value) => test.fits(test.cased ? value.text : value.folded));
    case 'order':
      return present.some((value) => inOrder(numberOf(value), test.order, test.than));
    case 'time':
      return present.some((value) => {
        const part = timePart(value.text, test.part);
        return part !== null && inOrder(String(part), test.order, test.than);
      });
    case 'fieldref': {
      const others = (read(test.field) ?? []).filter((value) => value.is !== 'null');
      return present.some((value) => others.some((other) => sameText(value.text, other.text, test.open, test.cased)));
    }
  }
}

/** Text counts as a number only in its canonical form, and what has too many digits to be given one (1e999) as none. */
function numberOf(value: Value): string | null {
  const number = canonical(value.text);
  if (number === null || /[eE+]/.test(number)) return null;
  return value.is === 'number' || (value.is === 'string' && number === value.text) ? number : null;
}

function inOrder(left: string | null, order: Order | 'eq', right: string): boolean {
  if (left === null) return false;
  const sign = compareDecimals(left, right);
  switch (order) {
    case 'eq':
      return sign === 0;
    case 'lt':
      return sign < 0;
    case 'lte':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
  }
}

function sameText(left: string, right: string, open: Open, cased: boolean): boolean {
  const a = cased ? left : fold(left);
  const b = cased ? right : fold(right);
  if (open.left && open.right) return a.includes(b);
  if (open.left) return a.endsWith(b);
  if (open.right) return a.startsWith(b);
  return a === b;
}

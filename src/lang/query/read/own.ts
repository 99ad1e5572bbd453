/** Steps that Kusto has not: sequence, detect, explain. */
import type { Expression } from '../../tree.ts';
import { TimeSpan } from '../../value.ts';
import type { DetectTarget, SequenceStep } from '../tree.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

export const sequence: OperatorEntry = {
  syntax: 'sequence [by expression, …] within span [condition] ![condition] [condition] …',
  about:
    'rows that happen one after the other, with the same values of by, all within the span; ![…] is what must not happen in between',
  example: 'sequence by user.name within 5m [event.outcome == "failure"] [event.outcome == "success"]',
  read: (reader) => {
    const { cursor } = reader;
    const by = cursor.accept('by') ? reader.list(() => reader.named()) : [];
    if (!cursor.expect('within', 'Write within and a span, as in within 5m.')) return { kind: 'error' };
    const within = width(reader);
    if (within === null) return { kind: 'error' };
    const steps: SequenceStep[] = [];
    while (cursor.is('[') || cursor.is('!')) {
      const step = sequenceStep(reader);
      if (step === null) return { kind: 'error' };
      steps.push(step);
    }
    if (!steps.some(({ absent }) => !absent)) {
      cursor.unexpected(['[condition]'], 'A sequence has one step at least that happens.');
      return { kind: 'error' };
    }
    return { kind: 'sequence', by, within, steps };
  },
};

/** A span or the name of a let: a bracket behind it is the first step, not a member. */
function width({ cursor }: QueryReader): Expression | null {
  const token = cursor.peek();
  if (token.kind === 'value' && token.value instanceof TimeSpan) {
    cursor.take();
    return { kind: 'literal', value: token.value, span: token.span };
  }
  if (token.kind === 'name' && !cursor.is('(', 1)) {
    cursor.take();
    return { kind: 'field', keys: [token.text], span: token.span };
  }
  cursor.unexpected(['a span'], 'Write within 5m, or the name of a let.');
  return null;
}

function sequenceStep(reader: QueryReader): SequenceStep | null {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const absent = cursor.accept('!');
  if (!cursor.expect('[')) return null;
  const condition = reader.expression();
  const { end } = cursor.peek().span;
  return cursor.expect(']') ? { absent, condition, span: { start, end } } : null;
}

export const detect: OperatorEntry = {
  syntax: 'detect rule:"id or title" | pack:name, …',
  about: 'rows that Sigma rules match, with the rule; one for each row and rule',
  example: 'detect rule:"Suspicious PowerShell Download"',
  read: (reader) => {
    const targets: DetectTarget[] = [];
    do {
      const target = detectTarget(reader);
      if (target === null) return { kind: 'error' };
      targets.push(target);
      reader.cursor.accept(',');
    } while (reader.cursor.is(':', 1));
    return { kind: 'detect', targets };
  },
};

function detectTarget(reader: QueryReader): DetectTarget | null {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const kind = reader.choice(['rule', 'pack']);
  if (!cursor.expect(':', 'Write rule:"id or title" or pack:name.')) return null;
  const token = cursor.peek();
  if (token.kind === 'value' && typeof token.value === 'string') {
    cursor.take();
    return { kind, text: token.value, span: { start, end: token.span.end } };
  }
  const word = reader.compound();
  if (word === null) {
    cursor.unexpected([`a ${kind}`], 'Put it in quotes.');
    return null;
  }
  return { kind, text: word.text, span: { start, end: word.span.end } };
}

export const explain: OperatorEntry = {
  syntax: 'explain',
  about: 'what would be done, not the rows: before a query, or as its last step',
  example: 'explain',
  read: (reader, { nested }) => {
    if (nested) {
      const { span } = reader.cursor.last ?? reader.cursor.peek();
      reader.report('lang.syntax', span, 'explain is of a whole query, not of a part', 'Move it to the end.');
    }
    reader.explain = true;
    if (!nested && reader.cursor.is('|')) {
      reader.cursor.unexpected(['the end'], 'explain is the last step.');
    }
    return null;
  },
};

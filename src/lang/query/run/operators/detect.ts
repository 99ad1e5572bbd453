import { ExtendedRow, mapBatches } from '../streams.ts';
import type { StageOf } from './stage.ts';

const ADDED = ['rule.id', 'rule.name', 'rule.level'];

/** Rows that rules match, once for each rule, with the rule beside them. */
export const detect: StageOf<'detect'> = async (node, input, context) => {
  const detector = await context.environment.detector(node.targets);
  const columns = [...new Set([...input.columns, ...ADDED])];
  return mapBatches(input, { columns }, context, async (rows) => {
    const matches = await detector(rows);
    return matches.map(({ row, rule }) => {
      const own = new Map([
        ['rule.id', [rule.id]],
        ['rule.name', [rule.name]],
        ['rule.level', [rule.level]],
      ]);
      return new ExtendedRow(rows[row], own);
    });
  });
};

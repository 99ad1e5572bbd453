import { pathOf } from '../../../tree.ts';
import { argumentError } from '../error.ts';
import { cell } from '../row.ts';
import { mapRows } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** `project-rename to = from`: columns stay where they are. Names may be swapped. */
export const projectRename: StageOf<'project-rename'> = (node, input, context) => {
  const renamed = new Map(node.columns.map(({ to, from }) => [pathOf(from.keys), pathOf(to.keys)]));
  const columns = input.columns.map((name) => renamed.get(name) ?? name);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) {
    throw argumentError(`project-rename would make two columns ${twice}`, 'Choose another name, or project one away.');
  }
  return mapRows(input, { columns }, context, (row) => {
    const own = new Map();
    for (const name of row.keys()) own.set(renamed.get(name) ?? name, cell(row, name));
    return own;
  });
};

/** What each operator does. */
import type { OperatorKind } from '../../tree.ts';
import { count } from './count.ts';
import { detect } from './detect.ts';
import { distinct } from './distinct.ts';
import { extend } from './extend.ts';
import { join } from './join.ts';
import { projectAway, projectKeep, projectReorder } from './keep.ts';
import { makeSeries } from './make-series.ts';
import { mvExpand } from './mv-expand.ts';
import { parse } from './parse.ts';
import { project } from './project.ts';
import { projectRename } from './rename.ts';
import { render } from './render.ts';
import { search } from './search.ts';
import { sequence } from './sequence.ts';
import { sort } from './sort.ts';
import type { StageOf } from './stage.ts';
import { summarize } from './summarize.ts';
import { take } from './take.ts';
import { top } from './top.ts';
import { union } from './union.ts';
import { where } from './where.ts';

export const OPERATOR_WORK: { readonly [Kind in Exclude<OperatorKind, 'error'>]: StageOf<Kind> } = {
  search,
  where,
  extend,
  project,
  'project-away': projectAway,
  'project-keep': projectKeep,
  'project-reorder': projectReorder,
  'project-rename': projectRename,
  summarize,
  count,
  distinct,
  top,
  sort,
  take,
  union,
  join,
  parse,
  'mv-expand': mvExpand,
  'make-series': makeSeries,
  render,
  sequence,
  detect,
};

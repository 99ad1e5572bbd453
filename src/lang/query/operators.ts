/** The steps of a pipeline by name: what parser, completion and documentation know of them. */
import { distinct, extend, project, projectAway, projectKeep, projectRename, projectReorder } from './read/columns.ts';
import { makeSeries, mvExpand, render, summarize } from './read/groups.ts';
import { detect, explain, sequence } from './read/own.ts';
import { parse, parseWhere } from './read/parse-text.ts';
import type { OperatorEntry, OperatorTable } from './read/reader.ts';
import { count, search, sort, take, top, where } from './read/rows.ts';
import { asof, join, union } from './read/tables.ts';

export const QUERY_OPERATORS: Readonly<Record<string, OperatorEntry>> = {
  search,
  where,
  extend,
  project,
  'project-away': projectAway,
  'project-keep': projectKeep,
  'project-rename': projectRename,
  'project-reorder': projectReorder,
  summarize,
  count,
  distinct,
  top,
  sort,
  take,
  union,
  join,
  parse,
  'parse-where': parseWhere,
  'mv-expand': mvExpand,
  'make-series': makeSeries,
  render,
  sequence,
  detect,
  asof,
  explain,
};

/** Other names of steps, as Kusto has them. */
export const QUERY_OPERATOR_ALIASES: Readonly<Record<string, string>> = {
  filter: 'where',
  order: 'sort',
  limit: 'take',
  mvexpand: 'mv-expand',
};

export const OPERATOR_TABLE: OperatorTable = { entries: QUERY_OPERATORS, aliases: QUERY_OPERATOR_ALIASES };

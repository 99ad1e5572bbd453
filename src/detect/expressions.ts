/** What expressions (`src/lang`) are run with here: the case folding and the regular expressions of rules, these in linear time. */
import type { Tools } from '../lang/index.ts';
import { compileGroups, compileRegex } from './sigma/evaluate.ts';
import { foldSimple } from './sigma/fold.ts';
import { translateGroups, translateRegex } from './sigma/regex.ts';

const FLAGS = { ignoreCase: false, multiLine: false, dotAll: false };

export const expressionTools: Tools = {
  fold: foldSimple,
  regex: (pattern) => ({ test: compileRegex(translateRegex(pattern, FLAGS)) }),
  groups: (pattern) => compileGroups(translateGroups(pattern)),
};

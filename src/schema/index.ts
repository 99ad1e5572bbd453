export {
  CATALOGUE_VERSION,
  CLASSES,
  type ClassEntry,
  catalogue,
  classOfFacts,
  type EventClass,
  type Field,
  type FieldType,
  fieldNamed,
} from './catalogue/index.ts';
export {
  applies,
  type Discriminators,
  factName,
  factsFor,
  knownFacts,
  laneFacts,
  laneName,
  type Routing,
} from './lanes.ts';
export { namesOf, type RankedName } from './names.ts';
export { keysOf, unescaped } from './path.ts';
export { isProven, PROVEN } from './proven.ts';
export { isEventXml, recognise, xmlColumns } from './recognise.ts';
export { SOURCES } from './sources/index.ts';
export type { Fact, LaneRow, NameRow, Path, SourceType } from './types.ts';
export {
  NOTHING,
  READERS,
  type ReaderName,
  type Supply,
  UNIFIED_VERSION,
  type UnifiedRow,
  unifiedRows,
  unifierOf,
} from './unified/index.ts';
export * from './validate/index.ts';

/** Writes `docs/sources.md`; counts the lanes over ../shared/data and writes `docs/lanes.md` and the list of `src/schema/proven.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { SOURCES } from '../../src/schema/index.ts';
import { sigmaRules } from '../reference/corpus.ts';
import { vendorCorpora, windowsCorpora } from './corpora.ts';
import { lanesDocument, provenEntries } from './lane-table.ts';
import { countLanes } from './proof.ts';
import { sourcesDocument } from './sources-document.ts';

writeFileSync(new URL('../../docs/sources.md', import.meta.url), sourcesDocument(SOURCES));

const corpora = [...vendorCorpora(), ...(await windowsCorpora())];
const counts = countLanes(
  [...sigmaRules().values()],
  corpora.flatMap(({ lines }) => lines),
);
writeFileSync(new URL('../../docs/lanes.md', import.meta.url), lanesDocument(counts));
const proven = new URL('../../src/schema/proven.ts', import.meta.url);
const list = /(PROVEN: readonly Routing\[\] = \[)[^\]]*\];/;
writeFileSync(
  proven,
  readFileSync(proven, 'utf8').replace(list, (_, open: string) => `${open}\n${provenEntries(counts)}];`),
);

/** Writes the documents that are made of tables in the code: `npm run docs`. */
import fs from 'node:fs';
import path from 'node:path';
import { queryLanguageDocument } from '../src/lang/query/cases/document.ts';
import { configReference } from '../src/server/index.ts';
import { repoRoot } from './repo.ts';

const write = (name: string, text: string): void => fs.writeFileSync(path.join(repoRoot, 'docs', name), text);

write('configuration.md', configReference());
write('query-language.md', queryLanguageDocument());

/** Writes what is generated from the catalogue. Run: node bin/node24.js test/schema/write.ts && npx biome format --write docs/schema */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchema } from './json-schema.ts';
import { markdown } from './markdown.ts';
import { typescript } from './typescript.ts';

const path = (rel: string): string => fileURLToPath(new URL(`../../${rel}`, import.meta.url));

mkdirSync(path('docs/schema'), { recursive: true });
mkdirSync(path('src/schema/security-event'), { recursive: true });
writeFileSync(path('docs/schema/security-event.schema.json'), `${JSON.stringify(jsonSchema())}\n`);
writeFileSync(path('docs/security-event.md'), markdown());
for (const [rel, text] of Object.entries(typescript())) writeFileSync(path(`src/schema/${rel}`), text);

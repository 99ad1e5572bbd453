/** Writes docs/configuration.md from the schema of the configuration: `npm run docs`. */
import fs from 'node:fs';
import path from 'node:path';
import { configReference } from '../src/server/index.ts';
import { repoRoot } from './repo.ts';

fs.writeFileSync(path.join(repoRoot, 'docs', 'configuration.md'), configReference());

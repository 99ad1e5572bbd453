/** Brings the tables of docs/proof.md up to date. Run: node bin/node24.js test/mutants/write.ts */
import fs from 'node:fs';
import path from 'node:path';
import { repoRoot } from '../../scripts/repo.ts';
import { withTables } from './proof-document.ts';

const file = path.join(repoRoot, 'docs/proof.md');
fs.writeFileSync(file, withTables(fs.readFileSync(file, 'utf8')));

/** The rules in this folder, for the page about them and the tests. */
import { fileURLToPath } from 'node:url';
import { readText, walkFiles } from '../src/base/index.ts';

export interface ShippedRule {
  /** Relative to `rules/`, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly id: string;
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const SIZE_MAX = 64 * 1024;

/** Every rule file, by path. */
export function readShippedRules(): ShippedRule[] {
  const rules: ShippedRule[] = [];
  for (const file of walkFiles(FOLDER, (error) => {
    throw error;
  })) {
    if (!file.endsWith('.yml')) continue;
    const text = readText(file, SIZE_MAX);
    const id = /^id: (.+)$/m.exec(text)?.[1];
    if (id === undefined) throw new Error(`${file} has no id`);
    rules.push({ path: file.slice(FOLDER.length).replaceAll('\\', '/'), text, id });
  }
  return rules.sort((a, b) => (a.path < b.path ? -1 : 1));
}

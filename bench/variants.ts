/** More rules than there are: variants of real ones, each looking for other values. */
import fs from 'node:fs';
import path from 'node:path';
import type { RuleFile } from '../src/detect/index.ts';

/**
 * `count` rules for Windows: the real ones first, then variants with an id of their own and a number in every value that is a
 * word, so that nothing about them can be shared and none fires.
 */
export function ruleVariants(folders: readonly string[], count: number): RuleFile[] {
  const files: RuleFile[] = folders.flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yml'))
      .sort()
      .map((name) => ({ path: path.join(folder, name), text: fs.readFileSync(path.join(folder, name), 'utf8') })),
  );
  const windows = files.filter(({ text }) => /product: windows/.test(text));
  // A spread over all folders, the same for every count.
  const real = windows.filter(
    (_, i) =>
      count >= windows.length ||
      Math.floor((i * count) / windows.length) !== Math.floor(((i - 1) * count) / windows.length),
  );
  const made: RuleFile[] = real.slice(0, count);
  for (let i = 0; made.length < count; i++) {
    const { path: from, text } = windows[i % windows.length];
    const round = Math.floor(i / windows.length) + 1;
    const tag = `${round}v${i % 97}`;
    const [head = '', detection = ''] = text.split(/^detection:/m);
    made.push({
      path: `${from}#${round}`,
      text: `${head.replace(/^id: *([0-9a-f]{8})/m, (_, hex: string) => `id: ${(Number.parseInt(hex, 16) ^ (round * 0x01000193)).toString(16).replace('-', '').padStart(8, '0')}`)}detection:${detection.replace(/^(\s+- ['"]?[^'"\n|:]*[A-Za-z]{4})/gm, `$1${tag}`).replace(/^(\s+\w+(?:\|\w+)*: ['"][^'"\n]*[A-Za-z]{4})/gm, `$1${tag}`)}`,
    });
  }
  return made;
}

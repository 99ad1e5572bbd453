/** Loads sources with a mutant in them, as often as one likes in one process: what depends on the changed file is loaded anew. */
import fs from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { repoFiles, repoRoot } from '../../scripts/repo.ts';
import type { Mutant } from './types.ts';

/** The source with the mutant in it; `round` tells counters apart. Throws where its place is not there, or not once. */
export function mutate(source: string, { find, replace, file }: Mutant, round: number): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`src/${file} has ${places} places for the mutant of ${JSON.stringify(find)}`);
  let number = 0;
  const counted = replace.replaceAll(/@nth\((\d+)\)/g, (_, nth: string) => {
    const name = `globalThis.weirMutant${round}n${number++}`;
    return `((${name} = (${name} ?? 0) + 1) === ${nth})`;
  });
  return source.replace(find, () => counted);
}

/** Which files import which, of those the program and its stage consist of. */
function importers(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of [...repoFiles('src'), ...repoFiles('test/simulation'), ...repoFiles('test/mutants')]) {
    if (!file.endsWith('.ts') || /\.test\.ts$/.test(file)) continue;
    const name = path.join(repoRoot, file);
    for (const [, specifier] of fs
      .readFileSync(name, 'utf8')
      .matchAll(/^(?:import|export)(?! type)[^'"`;]*?'(\.[^']+)'/gm)) {
      const target = path.join(path.dirname(name), specifier);
      found.set(target, [...(found.get(target) ?? []), name]);
    }
  }
  return found;
}

interface Round {
  readonly mutant: Mutant | null;
  /** The changed file and all that depend on it. */
  readonly anew: ReadonlySet<string>;
}

const rounds: Round[] = [];
const graph = importers();
const STAGE = path.join(import.meta.dirname, 'stage.ts');

function roundOf(url: string): number | null {
  const [, number] = /\?round=(\d+)$/.exec(url) ?? [];
  return number === undefined ? null : Number(number);
}

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const round = roundOf(context.parentURL ?? '');
    if (round === null || !found.url.startsWith('file:')) return found;
    return rounds[round].anew.has(fileURLToPath(found.url)) ? { ...found, url: `${found.url}?round=${round}` } : found;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const round = roundOf(url);
    const mutant = round === null ? null : rounds[round].mutant;
    if (round === null || mutant === null || fileURLToPath(url) !== path.join(repoRoot, 'src', mutant.file))
      return loaded;
    return { ...loaded, source: mutate(String(loaded.source), mutant, round) };
  },
});

/** The stage over sources with a mutant in them, or none. */
export async function stageWith(mutant: Mutant | null): Promise<typeof import('./stage.ts')> {
  const anew = new Set([STAGE]);
  const visit = (file: string): void => {
    if (anew.has(file) && file !== STAGE) return;
    anew.add(file);
    graph.get(file)?.forEach(visit);
  };
  if (mutant !== null) visit(path.join(repoRoot, 'src', mutant.file));
  const round = rounds.push({ mutant, anew }) - 1;
  return (await import(`${pathToFileURL(STAGE).href}?round=${round}`)) as typeof import('./stage.ts');
}

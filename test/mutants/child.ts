/** A process that makes a test build, and for each mutant it is told of lets the scenario run in it: `node child.ts TREE`. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { live, RULE_SETS, type Surroundings } from './scenario.ts';
import type { Mutant } from './types.ts';

export interface Order {
  /** Null: the sources as they are. */
  readonly mutant: Mutant | null;
  readonly folder: string;
}

export interface Done {
  /** What stopped the server. */
  readonly stopped: string | null;
  /** Why the mutant could not be made. */
  readonly failed: string | null;
}

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

async function compiled(tree: string): Promise<Surroundings['sets']> {
  type Prepare = typeof import('../../src/pipeline/prepare.ts');
  type RuleSet = typeof import('../../src/pipeline/live/rule-set.ts');
  const of = <T>(file: string): Promise<T> => import(pathToFileURL(path.join(tree, 'src', file)).href) as Promise<T>;
  const [{ prepareRules }, { liveRules }] = await Promise.all([
    of<Prepare>('pipeline/prepare.ts'),
    of<RuleSet>('pipeline/live/rule-set.ts'),
  ]);
  const sets: Surroundings['sets'][number][] = [];
  for (const [i, files] of RULE_SETS.entries()) {
    const folder = path.join(tree, `rules-${i}`);
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
    sets.push(liveRules(await prepareRules({ paths: [folder], cache: null })));
  }
  return sets;
}

const [, file, tree] = process.argv;
if (process.send !== undefined && file === import.meta.filename && tree !== undefined) {
  const answer = (done: Done): void => void process.send?.(done);
  const sets = await compiled(tree);
  let round = 0;
  process.on('message', async ({ mutant, folder }: Order) => {
    const name = mutant === null ? null : path.join(tree, 'src', mutant.file);
    const source = name === null ? '' : fs.readFileSync(name, 'utf8');
    round++;
    try {
      if (name !== null && mutant !== null) fs.writeFileSync(name, mutate(source, mutant, round));
      answer({ stopped: await live({ tree, folder, sets, round, mutant }), failed: null });
    } catch (error) {
      answer({ stopped: null, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    } finally {
      if (name !== null) fs.writeFileSync(name, source);
    }
  });
  answer({ stopped: null, failed: null });
}

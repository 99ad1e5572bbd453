/** A process that for each mutant it is told of lets the scenario run over sources that have it. */
import fs from 'node:fs';
import path from 'node:path';
import { prepareRules } from '../../src/pipeline/index.ts';
import { liveRules } from '../../src/pipeline/live/rule-set.ts';
import { stageWith } from './loading.ts';
import { live, RULE_SETS } from './scenario.ts';
import type { Rules } from './stage.ts';
import type { Mutant } from './types.ts';

export interface Order {
  /** Null: the sources as they are. */
  readonly mutant: Mutant | null;
  readonly folder: string;
}

export interface Done {
  /** What stopped the server. */
  readonly stopped: string | null;
  /** Why there is nothing to look at. */
  readonly failed: string | null;
}

async function compiled(folder: string): Promise<Rules[]> {
  const sets: Rules[] = [];
  for (const [i, files] of RULE_SETS.entries()) {
    const place = path.join(folder, `rules-${i}`);
    fs.mkdirSync(place, { recursive: true });
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(place, name), text);
    sets.push(liveRules(await prepareRules({ paths: [place], cache: null })));
  }
  return sets;
}

const answer = (done: Done): void => void process.send?.(done);
const sets = await compiled(process.argv[2]);
process.on('message', async ({ mutant, folder }: Order) => {
  try {
    answer({ stopped: await live({ stage: await stageWith(mutant), folder, sets, mutant }), failed: null });
  } catch (error) {
    answer({ stopped: null, failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
answer({ stopped: null, failed: null });

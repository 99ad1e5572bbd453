/** Stages for the API: which are switched off for a tenant, since when and by whom. */
import { type Backend, Problem } from '../../gateway/index.ts';
import { isStage, type StageSwitch, SWITCHES } from '../../pipeline/index.ts';
import type { BackendParts } from './index.ts';

type Status = Awaited<ReturnType<Backend['stages']['switch']>>;

const shown = (stage: string, last: StageSwitch | null): Status => ({
  stage,
  on: last?.on ?? true,
  since: last === null ? null : new Date(last.at).toISOString(),
  by: last?.by ?? null,
});

export function stagesBackend({ node, onStages }: BackendParts): Backend['stages'] {
  return {
    list: (tenant) => Promise.resolve(SWITCHES.map((stage) => shown(stage, node.stages.get(tenant, stage)))),
    async switch(tenant, stage, on, by) {
      if (!isStage(stage)) throw new Problem('item.not_found', `the stages are ${SWITCHES.join(', ')}`);
      // What is so already stays as it was entered.
      if (on !== node.stages.isOff(tenant, stage)) return shown(stage, node.stages.get(tenant, stage));
      const change = await node.switchStage(tenant, stage, on, by);
      onStages();
      return shown(stage, change);
    },
  };
}

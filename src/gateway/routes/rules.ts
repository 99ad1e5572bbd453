/** Rules and stages: what runs, what does not, and why. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { idText, pageOf, pageQuery, RuleStatus, StageStatus } from '../shapes.ts';

export const ruleRoutes: readonly ApiRoute[] = [
  route(
    {
      method: 'GET',
      path: '/v1/rules',
      scope: 'read',
      summary: 'Rules by id, with their state and why it is not active.',
      query: z.strictObject({ ...pageQuery, state: RuleStatus.shape.state.nullable().default(null) }),
      response: pageOf(RuleStatus),
    },
    async ({ principal, query }, { backend }) => {
      const { items, next } = await backend.rules.list(principal.tenant, query);
      return { items: [...items], next };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/stages',
      scope: 'read',
      summary: 'The stages events pass through, and which are switched off for this tenant.',
      response: z.strictObject({ items: z.array(StageStatus) }),
    },
    async ({ principal }, { backend }) => ({ items: [...(await backend.stages.list(principal.tenant))] }),
  ),
  route(
    {
      method: 'PUT',
      path: '/v1/stages/:stage',
      scope: 'admin',
      summary: 'Switches a stage on or off for this tenant; the ledger records the range it was off.',
      params: z.strictObject({ stage: idText }),
      body: z.strictObject({ on: z.boolean() }),
      response: StageStatus,
    },
    ({ principal, params: { stage }, body }, { backend }) =>
      backend.stages.switch(principal.tenant, stage, body.on, principal.credential),
  ),
];

/** Rules and stages: what runs, what does not, and why. */
import { z } from 'zod';
import { type ApiRoute, route } from '../route.ts';
import { idText, pageOf, pageQuery, RuleStatus, RulesReloaded, StageStatus } from '../shapes.ts';

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
      method: 'POST',
      path: '/v1/rules/reload',
      scope: 'operate',
      summary: 'Loads the rule files as they are now; answered when the new set is in force, whole, or why it is not.',
      response: RulesReloaded,
    },
    (_, { backend }) => backend.rules.reload(),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/rules/:id/release',
      scope: 'operate',
      summary: 'Takes a rule out of quarantine: it is run again from here on.',
      params: z.strictObject({ id: idText }),
      response: RulesReloaded,
    },
    ({ params: { id } }, { backend }) => backend.rules.release(id),
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

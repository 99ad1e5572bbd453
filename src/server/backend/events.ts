/** Single events for the API. */
import { type Backend, Problem } from '../../gateway/index.ts';
import type { LiveNode } from '../../pipeline/index.ts';
import type { BackendParts } from './index.ts';

const ID = /^(.{1,100}\/\d{1,5})\/(\d{1,15})\/(\d{1,9})$/;

/** Where a rule stands among those in force. */
function ruleIn(node: LiveNode, id: string) {
  const { rules } = node;
  if (rules.state !== 'ready') throw new Problem('http.unavailable', 'the rules are still being loaded');
  const { detections, correlations, rules: pack } = rules.rules;
  const index = detections.findIndex((rule) => rule.id === id);
  if (index >= 0) return { image: pack.image, index, version: detections[index].version };
  if (!correlations.some((rule) => rule.id === id)) throw new Problem('item.not_found', `no rule ${id} is in force`);
  throw new Problem('item.conflict', `${id} is a correlation: ask about one of the rules it counts`);
}

export function eventsBackend({ node, audit, latency }: BackendParts): Backend['events'] {
  return {
    async get(tenant, id, whyNot) {
      const [, log, position, row] = ID.exec(id) ?? [];
      if (log !== `${node.log}/0`) throw new Problem('item.not_found');
      const rule = whyNot === null ? null : ruleIn(node, whyNot);
      const record = await audit.event({ tenant, position: Number(position), row: Number(row) }, rule);
      if (record === null) throw new Problem('item.not_found');
      const { event, hits, whyNot: answer, ...rest } = record;
      const told = JSON.stringify({ ...rest, why_not: answer === null ? null : { rule: whyNot, ...answer } });
      // The event and its hits are JSON already, with numbers beyond a double.
      return `${told.slice(0, -1)},"event":${event},"hits":[${hits.join(',')}]}`;
    },
    async near(tenant, id, limit) {
      const [, log, position, row] = ID.exec(id) ?? [];
      if (log !== `${node.log}/0`) throw new Problem('item.not_found');
      const { rules } = node;
      if (rules.state !== 'ready') throw new Problem('http.unavailable', 'the rules are still being loaded');
      const place = { tenant, position: Number(position), row: Number(row) };
      const near = await audit.near(place, rules.rules.rules.image, limit);
      if (near === null) throw new Problem('item.not_found');
      return { ...near, items: near.items.map((item) => ({ ...item, missing: [...item.missing] })) };
    },
    waterfall(tenant, id) {
      const steps = latency.waterfall(tenant, node.log, id);
      if (steps === null) {
        return Promise.reject(new Problem('item.not_found', 'the event is not known, or not among the recent ones'));
      }
      return Promise.resolve({
        event_id: id,
        steps: steps.map(({ stage, atMs, sinceReceivedMs, tookMs }) => {
          const time = new Date(atMs).toISOString();
          return { stage, time, since_received_ms: sinceReceivedMs, took_ms: tookMs };
        }),
      });
    },
  };
}

/** `GET /metrics`: OpenMetrics for Prometheus and its kin. */
import { type Metrics, OPENMETRICS_TYPE } from '../../base/index.ts';
import type { Door } from '../../gateway/index.ts';

export function metricsDoor(metrics: Metrics): Door {
  return {
    method: 'GET',
    path: '/metrics',
    scope: 'metrics',
    handle: async (_request, response) => {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': OPENMETRICS_TYPE, 'content-length': Buffer.byteLength(text) });
      response.end(text);
    },
  };
}

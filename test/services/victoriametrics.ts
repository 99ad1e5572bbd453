/** VictoriaMetrics, as Debian has it. A sample that is written twice counts once (`-dedup.minScrapeInterval`). */
import type { ServiceOptions } from './server.ts';

export const victoriametrics: ServiceOptions = {
  program: 'victoria-metrics',
  package: 'victoria-metrics',
  ready: '/health',
  arguments: (folder, port) => [
    `-storageDataPath=${folder}/data`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=2y',
    '-search.latencyOffset=0s',
    '-dedup.minScrapeInterval=1ms',
  ],
};

/** InfluxDB 1.6, as Debian has it. */
import fs from 'node:fs';
import path from 'node:path';
import type { ServiceOptions } from './server.ts';

export const influxdb: ServiceOptions = {
  program: 'influxd',
  package: 'influxdb',
  ready: '/ping',
  arguments(folder, port, other) {
    const file = path.join(folder, 'influxdb.conf');
    const lines = [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${other}"`,
      '[meta]',
      `dir = "${folder}/meta"`,
      '[data]',
      `dir = "${folder}/data"`,
      `wal-dir = "${folder}/wal"`,
      'query-log-enabled = false',
      '[http]',
      `bind-address = "127.0.0.1:${port}"`,
      'log-enabled = false',
      '[monitor]',
      'store-enabled = false',
    ];
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    return ['-config', file];
  },
};

/** `weir audit`: who asked what of the API, of a running server or of a folder. */
import { folderOwner } from '../../base/index.ts';
import { type AuditPage, readAudit } from '../../journal/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverPages } from '../serverPages.ts';
import { timeOfApi } from '../since.ts';

export interface AuditFlags {
  readonly data?: string;
  readonly since?: string;
}

const PAGE = 1000;

/** JSON, one call a line, oldest first. */
export async function auditCommand(flags: AuditFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const since = flags.since === undefined ? null : timeOfApi('--since', flags.since);
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  const found = url === null ? inFolder(folder, since) : await ofServer(folder, url, since);
  let [calls, lost] = [0, 0];
  for (const record of found) {
    calls++;
    lost += Number(record['lost']);
    process.stdout.write(`${JSON.stringify(record)}\n`);
  }
  process.stderr.write(`${calls} calls${lost === 0 ? '' : `, and ${lost} of which nothing could be kept`}\n`);
  return EXIT.done;
}

async function ofServer(folder: string, url: string, since: number | null): Promise<Record<string, unknown>[]> {
  const records = await serverPages<Record<string, unknown>>(folder, url, '/v1/audit');
  return since === null ? records : records.filter(({ time }) => Date.parse(String(time)) >= since);
}

function* inFolder(folder: string, since: number | null): Generator<Record<string, unknown>> {
  for (let after: string | null = null; ; ) {
    const page: AuditPage | null = readAudit(`${folder}/chain`, { after, limit: PAGE, sinceMs: since });
    for (const { at, ...record } of page?.items ?? []) yield { time: new Date(at).toISOString(), ...record };
    after = page?.next ?? null;
    if (after === null) return;
  }
}

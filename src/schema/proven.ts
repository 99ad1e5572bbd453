/** Lanes shown to work on events we did not write; written by `test/shapes/write-docs.ts`, held true by a test. */
import { laneFacts, type Routing } from './lanes.ts';

/** Logsources of which at least 3 SigmaHQ rules fire and 3 stay silent on such events; `docs/lanes.md` has the counts. */
export const PROVEN: readonly Routing[] = [
  { category: 'antivirus' },
  { category: 'webserver' },
  { product: 'aws', service: 'cloudtrail' },
  { product: 'azure', service: 'activitylogs' },
  { product: 'azure', service: 'auditlogs' },
  { product: 'gcp', service: 'gcp.audit' },
  { product: 'github', service: 'audit' },
  { product: 'kubernetes', service: 'audit' },
  { product: 'linux', category: 'process_creation' },
  { product: 'okta', service: 'okta' },
  { product: 'windows', service: 'security' },
  { product: 'windows', service: 'system' },
  { product: 'windows', category: 'file_event' },
  { product: 'windows', category: 'image_load' },
  { product: 'windows', category: 'network_connection' },
  { product: 'windows', category: 'pipe_created' },
  { product: 'windows', category: 'process_access' },
  { product: 'windows', category: 'process_creation' },
  { product: 'windows', category: 'ps_script' },
  { product: 'windows', category: 'registry_delete' },
  { product: 'windows', category: 'registry_event' },
  { product: 'windows', category: 'registry_set' },
];

const LANES: ReadonlySet<string> = new Set(PROVEN.map(laneFacts));

/** Whether the lane of a logsource is proven. */
export function isProven(logsource: Routing): boolean {
  const facts = laneFacts(logsource);
  return facts !== '' && LANES.has(facts);
}

/**
 * What an event is about. Its class says what it must have, besides what every event has: of each group of `requires` one field
 * at least. A class is found from the logsources the event belongs to (`src/schema/lanes.ts`); classes without any are for events
 * that say themselves what they are.
 */
import type { Fact } from '../types.ts';
import type { EventClass } from './types.ts';

export interface ClassEntry {
  readonly id: string;
  /** Group of fields it uses most. */
  readonly family: EventClass;
  readonly title: string;
  /** Value of `event.category`. */
  readonly category: string | null;
  readonly requires: readonly (readonly string[])[];
  /** Sigma categories of such events. */
  readonly lanes: readonly string[];
  /** Sigma `product/service` pairs whose events are all of it, `*` for any. */
  readonly services?: readonly string[];
}

const ACTOR = ['process.executable', 'process.name', 'process.pid', 'process.entity_id'];
const ADDRESSES = ['source.ip', 'destination.ip', 'source.address', 'destination.address', 'client.ip', 'server.ip'];

export const CLASSES: readonly ClassEntry[] = [
  {
    id: 'process',
    family: 'endpoint',
    title: 'A process began, ended, or was reached into',
    category: 'process',
    requires: [ACTOR],
    lanes: [
      'process_creation',
      'process_termination',
      'process_access',
      'process_tampering',
      'create_remote_thread',
      'raw_access_thread',
    ],
  },
  {
    id: 'file',
    family: 'endpoint',
    title: 'A file was made, changed, read or removed',
    category: 'file',
    requires: [['file.path', 'file.name']],
    lanes: [
      'file_event',
      'file_change',
      'file_delete',
      'file_delete_detected',
      'file_block_executable',
      'file_block_shredding',
      'file_executable_detected',
      'create_stream_hash',
    ],
  },
  {
    id: 'registry',
    family: 'endpoint',
    title: 'The registry was changed',
    category: 'registry',
    requires: [['registry.path', 'registry.key']],
    lanes: ['registry_event', 'registry_add', 'registry_delete', 'registry_set', 'registry_rename'],
  },
  {
    id: 'module',
    family: 'endpoint',
    title: 'A process loaded a module',
    category: 'library',
    requires: [['dll.path', 'dll.name', 'file.path']],
    lanes: ['image_load'],
  },
  {
    id: 'driver',
    family: 'endpoint',
    title: 'A driver was loaded',
    category: 'driver',
    requires: [['dll.path', 'dll.name', 'file.path', 'file.name']],
    lanes: ['driver_load'],
  },
  {
    id: 'pipe',
    family: 'endpoint',
    title: 'A named pipe was made or opened',
    category: 'file',
    requires: [['weir.pipe.name', 'file.name']],
    lanes: ['pipe_created'],
  },
  {
    id: 'script',
    family: 'endpoint',
    title: 'A script ran',
    category: 'process',
    requires: [['weir.script.text', 'message', 'process.command_line']],
    lanes: ['ps_script', 'ps_module', 'ps_classic_script', 'ps_classic_start', 'ps_classic_provider_start'],
  },
  {
    id: 'dns',
    family: 'network',
    title: 'A name was asked for',
    category: 'network',
    requires: [['dns.question.name', 'dns.answers.name', 'dns.answers.data', 'dns.resolved_ip']],
    lanes: ['dns_query', 'dns'],
  },
  {
    id: 'network',
    family: 'network',
    title: 'Machines exchanged traffic, or a device let or did not let them',
    category: 'network',
    requires: [ADDRESSES],
    lanes: ['network_connection', 'firewall'],
  },
  {
    id: 'web',
    family: 'web',
    title: 'A web page or interface was asked for',
    category: 'web',
    requires: [['url.original', 'url.full', 'url.path', 'url.domain', 'http.request.method']],
    lanes: ['webserver', 'proxy'],
  },
  {
    id: 'malware',
    family: 'endpoint',
    title: 'A scanner found malware',
    category: 'malware',
    requires: [['rule.name', 'file.path', 'file.name', 'message', 'event.code']],
    lanes: ['antivirus'],
  },
  {
    id: 'email',
    family: 'email',
    title: 'A message was sent, received or judged',
    category: 'email',
    requires: [['email.from.address', 'email.sender.address', 'email.to.address', 'email.message_id']],
    lanes: [],
  },
  {
    id: 'authentication',
    family: 'identity',
    title: 'Somebody logged on or off, or tried to',
    category: 'authentication',
    requires: [['user.name', 'user.id', 'user.email', 'user.target.name', 'source.ip']],
    lanes: [],
    services: ['azure/signinlogs', 'cisco/duo'],
  },
  {
    id: 'identity',
    family: 'identity',
    title: 'An account, group or right was changed or used',
    category: 'iam',
    requires: [['event.action', 'event.code']],
    lanes: [],
    services: ['azure/auditlogs', 'azure/riskdetection', 'azure/pim', 'okta/okta', 'onelogin/onelogin.events'],
  },
  {
    id: 'cloud',
    family: 'cloud',
    title: 'An interface of a cloud platform was called',
    category: 'api',
    requires: [['event.action', 'weir.cloud.api']],
    lanes: [],
    services: [
      'aws/cloudtrail',
      'azure/activitylogs',
      'gcp/gcp.audit',
      'gcp/google_workspace.admin',
      'm365/*',
      'kubernetes/*',
      'github/*',
      'bitbucket/*',
    ],
  },
  {
    id: 'vulnerability',
    family: 'vulnerability',
    title: 'A weakness was found',
    category: 'vulnerability',
    requires: [['vulnerability.id', 'vulnerability.description']],
    lanes: [],
  },
  { id: 'base', family: 'base', title: 'Anything else', category: null, requires: [], lanes: [] },
];

const BASE = CLASSES[CLASSES.length - 1];

/** The class of an event of these facts; where they name several (an alert on any traffic) it is of none of them. */
export function classOfFacts(facts: readonly Fact[]): ClassEntry {
  const categories = new Set(facts.map((fact) => fact.category));
  const services = new Set(facts.flatMap(({ product, service }) => [`${product}/${service}`, `${product}/*`]));
  const named = CLASSES.filter(
    ({ lanes, services: own = [] }) =>
      lanes.some((lane) => categories.has(lane)) || own.some((pair) => services.has(pair)),
  );
  return named.length === 1 ? named[0] : BASE;
}

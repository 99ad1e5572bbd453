/** Every route of the API. Adding one is an entry in a file here. */
import type { ApiRoute } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backups.ts';
import { bookRoutes } from './books.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { hitRoutes } from './hits.ts';
import { holdRoutes } from './holds.ts';
import { huntRoutes } from './hunts.ts';
import { keyRoutes } from './keys.ts';
import { logRoutes } from './log.ts';
import { savedQueryRoutes } from './queries.ts';
import { queryRoutes } from './query.ts';
import { ruleRoutes } from './rules.ts';
import { tenantRoutes } from './tenants.ts';
import { userRoutes } from './users.ts';
import { validationRoutes } from './validation.ts';

export const apiRoutes: readonly ApiRoute[] = [
  ...hitRoutes,
  ...eventRoutes,
  ...queryRoutes,
  ...savedQueryRoutes,
  ...holdRoutes,
  ...huntRoutes,
  ...bookRoutes,
  ...deadLetterRoutes,
  ...ruleRoutes,
  ...validationRoutes,
  ...healthRoutes,
  ...alertRoutes,
  ...logRoutes,
  ...auditRoutes,
  ...backupRoutes,
  ...keyRoutes,
  ...userRoutes,
  ...tenantRoutes,
];

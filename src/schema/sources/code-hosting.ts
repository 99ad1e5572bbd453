import { aliases, columns } from '../rows.ts';
import type { SourceType } from '../types.ts';

export const github: SourceType = {
  id: 'github.audit',
  title: 'GitHub audit log',
  version: 1,
  detect: {
    all: ['action'],
    any: [
      ['actor', 'actor_id', 'actor_location.country_code'],
      ['org', 'business', 'repo', '_document_id', 'operation_type'],
    ],
  },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'github', service: 'audit' }] }],
  time: ['created_at'],
  host: ['actor_ip'],
  references: [
    'https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/audit-log-events-for-your-enterprise',
  ],
};

export const githubEcs: SourceType = {
  ...github,
  id: 'github.audit_ecs',
  title: 'GitHub audit log as ECS (Elastic Agent)',
  detect: {
    all: ['event.action'],
    any: [['github.category', 'github.org', 'github.permission', 'github.repository_public']],
  },
  names: [...aliases({ action: 'event.action', actor: 'user.name' }), ...columns({ 'github.{x*}': '{x*}' })],
  references: ['https://www.elastic.co/docs/reference/integrations/github'],
};

export const bitbucket: SourceType = {
  id: 'bitbucket.audit',
  title: 'Bitbucket audit log',
  version: 1,
  detect: { all: ['auditType.action'], any: [['auditType.category', 'auditType.area']] },
  names: [],
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'bitbucket', service: 'audit' }] }],
  time: ['timestamp'],
  host: ['source', 'node'],
  references: ['https://confluence.atlassian.com/bitbucketserver/audit-log-events-776640423.html'],
};

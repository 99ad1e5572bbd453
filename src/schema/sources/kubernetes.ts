import { columns } from '../rows.ts';
import type { NameRow, SourceType } from '../types.ts';

/** Short names that rules use for parts of the request. */
function names(event: string): NameRow[] {
  return columns({
    [`${event}objectRef.apiGroup`]: 'apiGroup',
    [`${event}requestObject.spec.volumes.hostPath.path`]: 'hostPath',
    [`${event}requestObject.spec.template.spec.volumes.hostPath.path`]: 'hostPath',
    [`${event}requestObject.spec.containers.securityContext.capabilities.{x*}`]: 'capabilities',
    [`${event}requestObject.spec.template.spec.containers.securityContext.capabilities.{x*}`]: 'capabilities',
    ...(event === '' ? {} : { [`${event}{x*}`]: '{x*}' }),
  });
}

export const kubernetes: SourceType = {
  id: 'kubernetes.audit',
  title: 'Kubernetes audit events (API server, EKS, AKS)',
  version: 1,
  detect: { all: ['verb'], any: [['objectRef.resource', 'auditID', 'requestURI', 'responseStatus.code']] },
  names: names(''),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ product: 'kubernetes', category: 'application', service: 'audit' }] }],
  time: ['requestReceivedTimestamp', 'stageTimestamp'],
  host: ['sourceIPs'],
  references: ['https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/'],
};

export const kubernetesEcs: SourceType = {
  ...kubernetes,
  id: 'kubernetes.audit_ecs',
  title: 'Kubernetes audit events as ECS (Elastic Agent)',
  detect: { all: ['kubernetes.audit.verb'] },
  names: names('kubernetes.audit.'),
  references: ['https://www.elastic.co/docs/reference/integrations/kubernetes/audit-logs'],
};

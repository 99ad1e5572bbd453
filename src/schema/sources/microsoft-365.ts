import { aliases, columns } from '../rows.ts';
import type { SourceType } from '../types.ts';

export const microsoft365: SourceType = {
  id: 'm365.audit',
  title: 'Microsoft 365 unified audit log (Management Activity API)',
  version: 1,
  detect: {
    all: ['Operation'],
    any: [
      ['Workload', 'RecordType'],
      ['CreationTime', 'UserId', 'OrganizationId', 'Id'],
    ],
  },
  names: [
    ...aliases({
      eventSource: ['Workload', 'Source'],
      // An alert's own name is in Name or AlertType's place; its Operation only says that there was one.
      eventName: ['Name', 'Operation'],
      status: ['ResultStatus', 'Status'],
    }),
    // Name and value pairs: rules ask for either.
    ...columns({
      'Parameters.{x}': 'Parameters',
      'OperationProperties.{x}': 'OperationProperties',
      'ExtendedProperties.{x}': 'ExtendedProperties',
      'ModifiedProperties.{x}': 'ModifiedProperties',
    }),
  ],
  discriminators: ['Workload'],
  lanes: [
    { when: {}, facts: [{ product: 'm365', service: 'audit' }] },
    { when: { Workload: ['Exchange'] }, facts: [{ product: 'm365', service: 'exchange' }] },
    {
      when: { Workload: ['SecurityComplianceCenter'] },
      facts: [
        { product: 'm365', service: 'threat_management' },
        { product: 'm365', service: 'threat_detection' },
      ],
    },
  ],
  time: ['CreationTime'],
  host: ['ClientIP', 'ClientIPAddress'],
  references: [
    'https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema',
  ],
};

export const microsoft365Ecs: SourceType = {
  ...microsoft365,
  id: 'm365.audit_ecs',
  title: 'Microsoft 365 unified audit log as ECS (Filebeat, Elastic Agent)',
  detect: { all: ['o365.audit.Operation'] },
  names: [
    ...aliases({
      eventSource: ['o365.audit.Workload'],
      eventName: ['o365.audit.Name', 'o365.audit.Operation'],
      status: ['o365.audit.ResultStatus', 'o365.audit.Status'],
    }),
    ...columns({
      'o365.audit.Parameters.{x}': ['Parameters', 'Parameters.{x}'],
      'o365.audit.OperationProperties.{x}': 'OperationProperties',
      'o365.audit.{x*}': '{x*}',
    }),
  ],
  references: ['https://www.elastic.co/docs/reference/integrations/o365'],
};

const FIELDS = [
  'Operation',
  'Workload',
  'ResultStatus',
  'ObjectId',
  'ApplicationId',
  'RequestType',
  'Directionality',
  'DeliveryAction',
];

/** Warehouses that fold column names (Athena, Snowflake) export the same records in lower case. */
export const microsoft365Lowered: SourceType = {
  ...microsoft365,
  id: 'm365.audit_lowered',
  title: 'Microsoft 365 unified audit log with lower-case keys',
  detect: { all: ['operation', 'workload'] },
  names: [
    ...aliases({
      ...Object.fromEntries(FIELDS.map((name) => [name, name.toLowerCase()])),
      eventSource: 'workload',
      eventName: ['name', 'operation'],
      status: 'resultstatus',
      CreationTime: 'creationtime',
    }),
    ...columns({
      'parameters.{x}': ['Parameters', 'Parameters.{x}'],
      'operationproperties.{x}': 'OperationProperties',
    }),
  ],
  host: ['clientip'],
};

import { aliases, columns } from '../rows.ts';
import type { LaneRow, SourceType } from '../types.ts';

const LANES: readonly LaneRow[] = [{ when: {}, facts: [{ product: 'aws', service: 'cloudtrail' }] }];

export const awsCloudtrail: SourceType = {
  id: 'aws.cloudtrail',
  title: 'AWS CloudTrail',
  version: 1,
  detect: { all: ['eventSource', 'eventName'], any: [['eventVersion', 'awsRegion', 'recipientAccountId']] },
  // Rules ask for text anywhere in these objects.
  names: columns({
    'requestParameters.{x*}': 'requestParameters',
    'responseElements.{x*}': 'responseElements',
  }),
  discriminators: [],
  lanes: LANES,
  time: ['eventTime'],
  host: ['sourceIPAddress'],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  ],
};

export const awsCloudtrailEcs: SourceType = {
  ...awsCloudtrail,
  id: 'aws.cloudtrail_ecs',
  title: 'AWS CloudTrail as ECS (Filebeat, Elastic Agent)',
  detect: {
    all: ['event.action', 'event.provider'],
    any: [['aws.cloudtrail.event_version', 'aws.cloudtrail.event_type']],
  },
  names: [
    ...aliases({
      eventSource: 'event.provider',
      eventName: 'event.action',
      errorCode: 'aws.cloudtrail.error_code',
      errorMessage: 'aws.cloudtrail.error_message',
      eventType: 'aws.cloudtrail.event_type',
      userAgent: ['user_agent.original', 'aws.cloudtrail.user_agent'],
      sourceIPAddress: ['source.address', 'source.ip'],
      awsRegion: 'cloud.region',
      'userIdentity.type': 'aws.cloudtrail.user_identity.type',
      'userIdentity.arn': 'aws.cloudtrail.user_identity.arn',
      'userIdentity.sessionContext.sessionIssuer.type':
        'aws.cloudtrail.user_identity.session_context.session_issuer.type',
      'responseElements.ConsoleLogin': 'aws.cloudtrail.console_login.response_elements.login',
      'additionalEventData.MFAUsed': 'aws.cloudtrail.console_login.additional_eventdata.mfa_used',
      requestParameters: 'aws.cloudtrail.request_parameters',
      responseElements: 'aws.cloudtrail.response_elements',
    }),
    ...columns({
      'aws.cloudtrail.flattened.request_parameters.{x*}': ['requestParameters.{x*}', 'requestParameters'],
      'aws.cloudtrail.flattened.response_elements.{x*}': ['responseElements.{x*}', 'responseElements'],
      'aws.cloudtrail.flattened.additional_eventdata.{x*}': 'additionalEventData.{x*}',
    }),
  ],
  references: ['https://www.elastic.co/docs/reference/integrations/aws/cloudtrail'],
};

/** Cloud platforms, containers and what orchestrates them. */
import type { FieldSet, Row } from './types.ts';

const CLOUD: readonly Row[] = [
  ['provider', 'keyword', 'recommended', 'Who runs the platform.', 'aws'],
  ['account.id', 'keyword', 'recommended', 'Account, subscription or tenant at the provider.', '666777888999'],
  ['account.name', 'keyword', 'optional', 'Its name.', 'example-prod'],
  ['project.id', 'keyword', 'optional', 'Project.', 'my-project'],
  ['project.name', 'keyword', 'optional', 'Its name.', 'my project'],
  ['region', 'keyword', 'recommended', 'Region.', 'eu-central-1'],
  ['availability_zone', 'keyword', 'optional', 'Zone.', 'eu-central-1c'],
  ['service.name', 'keyword', 'recommended', 'Service that was called.', 's3'],
  ['instance.id', 'keyword', 'optional', 'Virtual machine.', 'i-1234567890abcdef0'],
  ['instance.name', 'keyword', 'optional', 'Its name.', 'web-1'],
  ['machine.type', 'keyword', 'optional', 'Its size.', 't2.medium'],
];

/** What ECS has no field for: what an interface was called with, and as whom. */
const WEIR: readonly Row[] = [
  ['cloud.api', 'keyword', 'optional', 'Whole name of the operation.', 'iam.googleapis.com/CreateRole'],
  ['cloud.request', 'flattened', 'optional personal', 'Parameters of the call.', '{"bucketName":"logs"}'],
  ['cloud.response', 'flattened', 'optional personal', 'Answer to the call.', '{"ConsoleLogin":"Success"}'],
  ['cloud.resource.id', 'keyword', 'recommended', 'Resource that was used or changed.', 'arn:aws:s3:::logs'],
  ['cloud.resource.type', 'keyword', 'optional', 'Kind of it.', 'AWS::S3::Bucket'],
  ['cloud.resource.name', 'keyword', 'optional', 'Name of it.', 'logs'],
  ['cloud.permission', 'keyword', 'optional list', 'Rights the call needed.', 'storage.objects.get'],
];

export const CLOUD_FIELDS: readonly FieldSet[] = [
  { at: 'cloud.', class: 'cloud', rows: CLOUD },
  { at: 'weir.', class: 'cloud', rows: WEIR },
  {
    at: 'container.',
    class: 'cloud',
    rows: [
      ['id', 'keyword', 'optional', 'Container.', '5b1c3f0a9e77'],
      ['name', 'keyword', 'optional', 'Its name.', 'web'],
      ['runtime', 'keyword', 'optional', 'What runs it.', 'containerd'],
      ['image.name', 'keyword', 'recommended', 'Image it was made from.', 'nginx'],
      ['image.tag', 'keyword', 'optional list', 'Tags of the image.', '1.27'],
      ['image.hash.all', 'keyword', 'optional list', 'Digests of the image.', 'sha256:f8fefc80…'],
      ['labels', 'object', 'optional', 'Its labels.', '{"app":"web"}'],
      ['security_context.privileged', 'boolean', 'optional', 'Whether it may do what its host may.', 'false'],
    ],
  },
  {
    at: 'orchestrator.',
    class: 'cloud',
    rows: [
      ['type', 'keyword', 'optional', 'What orchestrates.', 'kubernetes'],
      ['cluster.name', 'keyword', 'recommended', 'Cluster.', 'prod-1'],
      ['cluster.id', 'keyword', 'optional', 'Its identity.', 'c-7f2a'],
      ['cluster.url', 'keyword', 'optional', 'Where its interface is.', 'https://10.0.0.1:6443'],
      ['cluster.version', 'keyword', 'optional', 'Its version.', '1.31'],
      ['api_version', 'keyword', 'optional', 'Version of the interface that was used.', 'v1'],
      ['namespace', 'keyword', 'recommended', 'Namespace.', 'kube-system'],
      ['organization', 'keyword', 'optional', 'Organisation.', 'example'],
      ['resource.type', 'keyword', 'recommended', 'Kind of resource.', 'pods'],
      ['resource.name', 'keyword', 'recommended', 'Resource.', 'web-7d4b9'],
      ['resource.id', 'keyword', 'optional', 'Its identity.', 'f3a1'],
      ['resource.ip', 'ip', 'optional list', 'Its addresses.', '10.244.1.7'],
      ['resource.parent.type', 'keyword', 'optional', 'Kind of what it belongs to.', 'DaemonSet'],
    ],
  },
  {
    at: 'faas.',
    class: 'cloud',
    rows: [
      ['id', 'keyword', 'optional', 'Function.', 'arn:aws:lambda:eu-central-1:123456789012:function:hello'],
      ['name', 'keyword', 'optional', 'Its name.', 'hello'],
      ['version', 'keyword', 'optional', 'Its version.', '123'],
      ['execution', 'keyword', 'optional', 'This run of it.', 'af9d5aa4'],
      ['coldstart', 'boolean', 'optional', 'Whether it had to be loaded first.', 'true'],
      ['trigger.type', 'keyword', 'optional', 'What started it.', 'http'],
    ],
  },
];

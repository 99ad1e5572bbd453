import { aliases } from '../rows.ts';
import type { SourceType } from '../types.ts';

export const awsVpcFlow: SourceType = {
  id: 'aws.vpc_flow',
  title: 'AWS VPC flow logs',
  version: 1,
  detect: {
    all: [],
    any: [
      ['srcaddr', 'srcAddr', 'src_addr'],
      ['dstaddr', 'dstAddr', 'dst_addr'],
      ['dstport', 'dstPort', 'dst_port'],
    ],
  },
  names: aliases({
    src_ip: ['srcaddr', 'srcAddr', 'src_addr'],
    dst_ip: ['dstaddr', 'dstAddr', 'dst_addr'],
    src_port: ['srcport', 'srcPort'],
    dst_port: ['dstport', 'dstPort'],
  }),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ category: 'firewall' }] }],
  time: ['start'],
  host: ['src_ip'],
  references: ['https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html'],
};

export const awsRoute53Resolver: SourceType = {
  id: 'aws.route53_resolver',
  title: 'Amazon Route 53 Resolver query logs',
  version: 1,
  detect: { all: ['query_name', 'query_type'], any: [['rcode', 'query_class', 'query_timestamp']] },
  names: aliases({
    query: 'query_name',
    record_type: 'query_type',
    answer: ['answers.Rdata', 'answers.rdata'],
    src_ip: 'srcaddr',
  }),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ category: 'dns' }] }],
  time: ['query_timestamp'],
  host: ['srcids.instance', 'srcaddr'],
  references: ['https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html'],
};

export const awsWaf: SourceType = {
  id: 'aws.waf',
  title: 'AWS WAF web ACL logs',
  version: 1,
  detect: { all: ['httpRequest.httpMethod', 'httpRequest.uri'] },
  names: aliases({
    'cs-method': 'httpRequest.httpMethod',
    'cs-uri-stem': 'httpRequest.uri',
    'cs-uri-query': ['httpRequest.args', 'httpRequest.uri'],
    'cs-host': 'httpRequest.host',
    'c-ip': 'httpRequest.clientIp',
    'sc-status': 'responseCodeSent',
  }),
  discriminators: [],
  lanes: [{ when: {}, facts: [{ category: 'webserver' }] }],
  time: ['timestamp'],
  host: ['httpSourceId'],
  references: ['https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html'],
};

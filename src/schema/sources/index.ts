/** Every source type, in the order in which they are tried. One file a source, one line here. */
import type { SourceType } from '../types.ts';
import { auditbeat, auditd, auditdEcs, laurel } from './auditd.ts';
import { awsCloudtrail, awsCloudtrailEcs } from './aws-cloudtrail.ts';
import { awsRoute53Resolver, awsVpcFlow, awsWaf } from './aws-network.ts';
import { azureActivity, azureEntra, azureGraphAudit, azureGraphSignin, azureRisk } from './azure.ts';
import { bitbucket, github, githubEcs } from './code-hosting.ts';
import { adguardDns, ecsDns, gcpDns, plainDns, umbrellaDns } from './dns.ts';
import { ecsEndpoint, eslogger, falcon, osquery, SIGMA_NAMED, teleport } from './endpoint.ts';
import { gcpAudit, gcpAuditEcs, gcpAuditPubsub, googleWorkspace } from './gcp.ts';
import { duo, okta, oktaEcs, onelogin } from './identity.ts';
import { kubernetes, kubernetesEcs } from './kubernetes.ts';
import { microsoft365, microsoft365Ecs, microsoft365Lowered } from './microsoft-365.ts';
import { ecsFirewall, fortigate, fortigateEcs, opencanary, plainFirewall, rpcFirewall } from './network.ts';
import { suricata } from './suricata.ts';
import { syslog } from './syslog.ts';
import { WEB } from './web.ts';
import { windowsChainsaw, windowsEvtxJson, windowsEvtxJsonBare } from './windows-evtx-json.ts';
import { windowsNxlog } from './windows-flat.ts';
import { windowsWinlogbeat, windowsWinlogbeat6 } from './windows-winlogbeat.ts';
import { windowsXml } from './windows-xml.ts';
import { ZEEK } from './zeek.ts';

export const SOURCES: readonly SourceType[] = [
  windowsEvtxJson,
  windowsWinlogbeat,
  windowsEvtxJsonBare,
  windowsChainsaw,
  windowsNxlog,
  windowsWinlogbeat6,
  // Before what a shipper wraps around it is taken for the event.
  windowsXml,
  rpcFirewall,
  awsCloudtrail,
  awsCloudtrailEcs,
  gcpAudit,
  gcpAuditPubsub,
  gcpAuditEcs,
  googleWorkspace,
  microsoft365,
  microsoft365Ecs,
  microsoft365Lowered,
  okta,
  oktaEcs,
  onelogin,
  duo,
  kubernetes,
  kubernetesEcs,
  azureRisk,
  azureEntra,
  azureActivity,
  azureGraphSignin,
  azureGraphAudit,
  githubEcs,
  bitbucket,
  laurel,
  auditbeat,
  auditdEcs,
  suricata,
  ...ZEEK,
  fortigateEcs,
  fortigate,
  opencanary,
  awsVpcFlow,
  awsRoute53Resolver,
  awsWaf,
  eslogger,
  osquery,
  falcon,
  teleport,
  ecsEndpoint,
  ...SIGMA_NAMED,
  auditd,
  ecsDns,
  gcpDns,
  umbrellaDns,
  adguardDns,
  ...WEB,
  plainDns,
  github,
  plainFirewall,
  ecsFirewall,
  syslog,
];

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { factName, factsFor, namesOf, recognise } from '../index.ts';

type Leaf = string | number | boolean | null;

/** Reads an event given as column → value the way rules do: its source type, a field by name, its facts. */
function read(event: Readonly<Record<string, Leaf>>) {
  const source = recognise(new Set(Object.keys(event)));
  assert.ok(source, JSON.stringify(event));
  const names = namesOf(source);
  const field = (wanted: string): Leaf | undefined => {
    const found = Object.entries(event)
      .flatMap(([path, value]) => names(path).map(({ name, rank }) => ({ name, rank, value })))
      .filter(({ name }) => name === wanted)
      .sort((a, b) => a.rank - b.rank);
    return found[0]?.value;
  };
  const text = (name: string) => {
    const value = field(name);
    return value === undefined || value === null ? null : String(value);
  };
  const facts = factsFor(source, Object.fromEntries(source.discriminators.map((name) => [name, text(name)])));
  return { id: source.id, field, facts: facts.map(factName) };
}

describe('Windows shapes', () => {
  it('lets event data beat System except for EventID and Channel', () => {
    const { field } = read({
      'Event.System.Channel': 'Application',
      'Event.System.EventID': 1,
      'Event.System.Level': 2,
      'Event.EventData.Level': 'high',
      'Event.EventData.EventID': 99,
      'Event.EventData.Channel': 'other',
    });
    assert.deepEqual([field('EventID'), field('Channel'), field('Level')], [1, 'Application', 'high']);
  });

  it('names attributes, text beside attributes, UserData without its wrapper, and Defender’s names without spaces', () => {
    const { field } = read({
      'Event.System.Channel': 'System',
      'Event.System.EventID.#text': 7045,
      'Event.System.EventID.#attributes.Qualifiers': 16384,
      'Event.System.Provider.#attributes.Name': 'Service Control Manager',
      'Event.System.TimeCreated.#attributes.SystemTime': '2026-01-01T00:00:00Z',
      'Event.UserData.Operation_Started.ProviderName': 'x',
      'Event.EventData.Data.#text': 'unnamed',
      'Event.EventData.Threat Name': 'EICAR',
    });
    assert.equal(field('EventID'), 7045);
    assert.equal(field('EventID_Qualifiers'), 16384);
    assert.equal(field('Provider_Name'), 'Service Control Manager');
    assert.equal(field('TimeCreated'), '2026-01-01T00:00:00Z');
    assert.equal(field('ProviderName'), 'x');
    assert.equal(field('Data'), 'unnamed');
    assert.equal(field('ThreatName'), 'EICAR');
  });

  it('reads other converters’ attributes the same', () => {
    const at = read({ 'Event.System.Channel': 'a', 'Event.System.EventID': 1, 'Event.System.Provider.@Name': 'P' });
    const separate = read({
      'Event.System.Channel': 'a',
      'Event.System.EventID': 1,
      'Event.System.Provider_attributes.Name': 'P',
    });
    assert.deepEqual([at.field('Provider_Name'), separate.field('Provider_Name')], ['P', 'P']);
  });

  it('reads NXLog’s renamed System fields, and keeps Defender’s Source Name apart from NXLog’s SourceName', () => {
    const { field, facts } = read({
      Channel: 'Microsoft-Windows-Windows Defender/Operational',
      EventID: 1116,
      SourceName: 'Microsoft-Windows-Windows Defender',
      'Source Name': 'Real-Time Protection',
      Hostname: 'HOST',
      ExecutionProcessID: 4,
    });
    assert.equal(field('Provider_Name'), 'Microsoft-Windows-Windows Defender');
    assert.equal(field('SourceName'), 'Real-Time Protection');
    assert.equal(field('Computer'), 'HOST');
    assert.equal(field('Execution_ProcessID'), 4);
    assert.deepEqual(facts, ['windows', 'windows/windefend', 'windows/antivirus/windefend']);
  });

  it('reads Winlogbeat’s fields, unnamed data included, and falls back to ECS where event data was moved there', () => {
    const { field, facts } = read({
      'winlog\\.channel': 'Windows PowerShell',
      'event\\.code': '400',
      'winlog\\.event_data\\.param3': 'HostApplication=x',
      'winlog\\.user_data\\.Outer.Inner': 'nested, as in the event’s XML',
      'winlog\\.computer_name': 'HOST',
      'process\\.command_line': 'cmd /c',
    });
    assert.equal(field('Data'), 'HostApplication=x');
    assert.equal(field('Outer.Inner'), 'nested, as in the event’s XML');
    assert.equal(field('Computer'), 'HOST');
    assert.equal(field('CommandLine'), 'cmd /c');
    assert.equal(field('winlog.event_data.param3'), 'HostApplication=x');
    assert.deepEqual(facts, ['windows', 'windows/powershell-classic', 'windows/ps_classic_start/powershell-classic']);
  });
});

describe('cloud sources', () => {
  it('reads CloudTrail and its ECS form by the same names', () => {
    const native = read({
      eventVersion: '1.08',
      eventSource: 'ec2.amazonaws.com',
      eventName: 'X',
      'requestParameters.layers': 'l',
    });
    const ecs = read({
      'event.provider': 'ec2.amazonaws.com',
      'event.action': 'X',
      'aws.cloudtrail.event_version': '1.08',
      'aws.cloudtrail.flattened.request_parameters.layers': 'l',
    });
    for (const { field, facts } of [native, ecs]) {
      assert.deepEqual(
        [field('eventSource'), field('eventName'), field('requestParameters.layers'), field('requestParameters')],
        ['ec2.amazonaws.com', 'X', 'l', 'l'],
      );
      assert.deepEqual(facts, ['aws/cloudtrail']);
    }
  });

  it('tells Entra audits from sign-ins and Azure activity', () => {
    const audit = read({
      category: 'AuditLogs',
      operationName: 'Add member to role',
      'properties.loggedByService': 'Core Directory',
    });
    assert.deepEqual(
      [audit.field('properties.message'), audit.field('LoggedByService'), audit.facts[0]],
      ['Add member to role', 'Core Directory', 'azure/auditlogs'],
    );
    const signIn = read({
      category: 'SignInLogs',
      operationName: 'Sign-in activity',
      'properties.appId': 'a',
      'properties.status.errorCode': 50097,
    });
    assert.deepEqual([signIn.field('ResultType'), ...signIn.facts], [50097, 'azure/signinlogs']);
    const activity = read({
      operationName: 'MICROSOFT.KEYVAULT/VAULTS/DELETE',
      resourceId: '/subscriptions/x',
      category: 'Administrative',
    });
    assert.deepEqual([activity.field('CategoryValue'), ...activity.facts], ['Administrative', 'azure/activitylogs']);
    const risk = read({ riskEventType: 'tokenIssuerAnomaly' });
    assert.deepEqual(risk.facts, ['azure/riskdetection', 'azure/pim']);
  });

  it('reads Google’s audit log under every prefix rules use, direct and through Pub/Sub', () => {
    for (const entry of ['', 'data.']) {
      const { field, facts } = read({
        [`${entry}protoPayload.methodName`]: 'v1.compute.firewalls.delete',
        [`${entry}protoPayload.serviceName`]: 'login.googleapis.com',
      });
      assert.equal(field('gcp.audit.method_name'), 'v1.compute.firewalls.delete');
      assert.equal(field('data.protoPayload.methodName'), 'v1.compute.firewalls.delete');
      assert.equal(field('protoPayload.serviceName'), 'login.googleapis.com');
      assert.deepEqual(facts, ['gcp/gcp.audit', 'gcp/google_workspace.login']);
    }
  });

  it('reads Microsoft 365 alerts and parameters', () => {
    const alert = read({
      Operation: 'AlertTriggered',
      Workload: 'SecurityComplianceCenter',
      Name: 'User restricted from sending email',
      Id: 'x',
    });
    assert.deepEqual(
      [alert.field('eventSource'), alert.field('eventName')],
      ['SecurityComplianceCenter', 'User restricted from sending email'],
    );
    assert.deepEqual(alert.facts, ['m365/audit', 'm365/threat_management', 'm365/threat_detection']);
    const rule = read({ Operation: 'New-InboxRule', Workload: 'Exchange', 'Parameters.Name': 'ForwardTo', Id: 'x' });
    assert.deepEqual([rule.field('Parameters'), rule.facts.at(-1)], ['ForwardTo', 'm365/exchange']);
    const lowered = read({ operation: 'New-InboxRule', workload: 'Exchange', 'parameters.Value': 'x@y' });
    assert.deepEqual([lowered.field('Operation'), lowered.field('Parameters')], ['New-InboxRule', 'x@y']);
  });

  it('reads Kubernetes’ short names', () => {
    const { field } = read({
      verb: 'create',
      'objectRef.resource': 'pods',
      'objectRef.apiGroup': 'apps',
      'requestObject.spec.volumes.hostPath.path': '/',
    });
    assert.deepEqual([field('apiGroup'), field('hostPath')], ['apps', '/']);
  });
});

describe('network and web sources', () => {
  it('gives Zeek logs their service and the categories they are, and taxonomy names', () => {
    const http = read({ _path: 'http', ts: 1, uid: 'C', uri: '/x', user_agent: 'curl' });
    assert.deepEqual(http.facts, ['zeek/proxy/http', 'zeek/webserver/http']);
    assert.deepEqual([http.field('c-uri'), http.field('c-useragent'), http.field('uri')], ['/x', 'curl', '/x']);
    const dns = read({
      ts: 1,
      uid: 'C',
      'id\\.resp_p': 53,
      query: 'a.example',
      qtype_name: 'TXT',
      rcode_name: 'NOERROR',
    });
    assert.deepEqual([dns.field('record_type'), dns.field('id.resp_p'), dns.facts[0]], ['TXT', 53, 'zeek/dns/dns']);
    const ecs = read({ 'event.dataset': 'zeek.dce_rpc', 'zeek.session_id': 'C', 'zeek.dce_rpc.endpoint': 'spoolss' });
    assert.deepEqual([ecs.field('endpoint'), ecs.facts[0]], ['spoolss', 'zeek/dce_rpc']);
  });

  it('gives Suricata events the categories of their type', () => {
    const { field, facts } = read({
      event_type: 'dns',
      flow_id: 1,
      src_ip: '192.0.2.1',
      'dns.rrname': 'a.example',
      dest_port: 53,
    });
    assert.deepEqual([field('query'), field('dst_port')], ['a.example', 53]);
    assert.deepEqual(facts, ['suricata', 'suricata/dns/dns']);
  });

  it('puts a request target where rules look for it, path and query apart where the log has them apart', () => {
    const nginx = read({ request_method: 'GET', request_uri: '/a?b', status: 404, http_user_agent: 'x' });
    assert.deepEqual(
      [nginx.field('cs-uri-query'), nginx.field('cs-uri-stem'), nginx.field('sc-status')],
      ['/a?b', '/a?b', 404],
    );
    const iis = read({ 'cs-method': 'GET', 'cs-uri-stem': '/a', 'cs-uri-query': 'b', 'sc-status': 200 });
    assert.deepEqual([iis.field('cs-uri-stem'), iis.field('cs-uri-query'), ...iis.facts], ['/a', 'b', 'webserver']);
    const proxy = read({ 'c-uri': 'http://a.example/x', 'cs-method': 'GET', 'cs(User-Agent)': 'x' });
    assert.deepEqual([proxy.field('c-useragent'), ...proxy.facts], ['x', 'proxy']);
  });

  it('gives FortiGate records the lane of their type', () => {
    assert.deepEqual(read({ type: 'event', subtype: 'vpn', logid: '1', action: 'Add' }).facts, [
      'fortigate/event',
      'fortios/sslvpnd',
    ]);
    assert.deepEqual(read({ type: 'traffic', subtype: 'forward', logid: '1', vd: 'root' }).facts, [
      'fortigate/firewall/traffic',
    ]);
  });
});

describe('hosts', () => {
  it('gives syslog messages the services of their program', () => {
    assert.deepEqual(read({ program: 'sshd', message: 'x' }).facts, [
      'linux',
      'linux/syslog',
      'linux/sshd',
      'linux/auth',
    ]);
    assert.deepEqual(read({ 'process.name': 'CROND', message: 'x' }).facts, [
      'linux',
      'linux/syslog',
      'linux/cron',
      'linux/auth',
    ]);
  });

  it('reads auditd records of every shipper under auditd’s names', () => {
    assert.equal(read({ 'auditd.log.record_type': 'EXECVE', 'auditd.log.a0': 'rm' }).field('a0'), 'rm');
    assert.equal(read({ type: 'EXECVE', argc: 1, a0: 'rm' }).field('type'), 'EXECVE');
    const laurel = read({ ID: '1', 'SYSCALL.SYSCALL': 'execve', 'SYSCALL.exe': '/bin/rm', 'EXECVE.argc': 2 });
    assert.deepEqual([laurel.field('Image'), laurel.facts.at(-1)], ['/bin/rm', 'linux/process_creation']);
  });

  it('takes the product of endpoint events from their operating system, and leaves Windows to its event logs', () => {
    const event = (os: string) =>
      read({
        'event.category': 'process',
        'event.action': 'exec',
        'host.os.type': os,
        'process.executable': '/bin/sh',
        'process.command_line': 'sh',
      });
    assert.deepEqual(event('linux').facts, ['linux', 'linux/process_creation']);
    assert.deepEqual(event('macos').facts, ['macos', 'macos/process_creation']);
    assert.deepEqual(event('windows').facts, []);
    assert.equal(event('linux').field('CommandLine'), 'sh');
    assert.deepEqual(read({ event_simpleName: 'ProcessRollup2', event_platform: 'Mac', CommandLine: 'x' }).facts, [
      'macos',
      'macos/process_creation',
    ]);
  });

  it('takes the product of records with Sigma names from what they say, else from the executable’s path', () => {
    const record = (event: Record<string, string>) => read({ CommandLine: 'x', ...event }).facts;
    assert.deepEqual(record({ Image: '/bin/sh', os: 'Linux' }), ['linux', 'linux/process_creation']);
    assert.deepEqual(record({ Image: '/Applications/a', product: 'macos' }), ['macos', 'macos/process_creation']);
    assert.deepEqual(record({ Image: '/System/Library/x' }), ['macos', 'macos/process_creation']);
    assert.deepEqual(record({ Image: '/bin/sh' }), [
      'linux',
      'linux/process_creation',
      'macos',
      'macos/process_creation',
    ]);
    assert.deepEqual(record({ Image: '/c/x', os: 'Windows 11' }), []);
    assert.deepEqual(record({ Image: 'C:\\Windows\\cmd.exe' }), []);
    assert.deepEqual(record({ Image: '/bin/sh', os: 'linux', TargetFilename: '/x' }), ['linux', 'linux/file_event']);
    assert.equal(recognise(new Set(['Image', 'CommandLine', 'Channel'])), null);
  });

  it('reads osquery’s process events', () => {
    const { field, facts } = read({
      name: 'process_events',
      'columns.path': '/usr/bin/nc',
      'columns.cmdline': 'nc -l',
      'decorations.platform': 'ubuntu',
    });
    assert.deepEqual(
      [field('Image'), field('CommandLine'), ...facts],
      ['/usr/bin/nc', 'nc -l', 'linux', 'linux/process_creation'],
    );
  });
});

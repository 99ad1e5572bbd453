import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isEventXml, keysOf, recognise, SOURCES, xmlColumns } from './index.ts';

function idOf(...columns: string[]): string | null {
  return recognise(new Set(columns))?.id ?? null;
}

describe('recognise', () => {
  it('knows the shapes of a Windows event by their columns', () => {
    assert.equal(idOf('Event.System.Channel', 'Event.System.EventID', 'Event.EventData.Image'), 'windows.evtx_json');
    assert.equal(idOf('Event.System.Channel', 'Event.System.EventID.#text'), 'windows.evtx_json');
    assert.equal(idOf('System.Channel', 'System.EventID'), 'windows.evtx_json_bare');
    assert.equal(idOf('Channel', 'EventID', 'SourceModuleType'), 'windows.nxlog');
    assert.equal(idOf('winlog.channel', 'winlog.event_id', 'message'), 'windows.winlogbeat');
    assert.equal(idOf('winlog\\.channel', 'event\\.code'), 'windows.winlogbeat');
    assert.equal(idOf('winlog.channel', 'event.code', 'event.original'), 'windows.winlogbeat');
    assert.equal(idOf('log_name', 'event_id', 'event_data.Image'), 'windows.winlogbeat6');
  });

  it('takes an event for XML only where a column really holds an event', () => {
    const columns = new Set(['message', 'host.name']);
    assert.equal(recognise(columns), null);
    assert.equal(recognise(columns, (path) => path === 'message')?.id, 'windows.xml');
    assert.equal(recognise(new Set(['event\\.original']), (path) => path === 'event\\.original')?.id, 'windows.xml');
  });

  it('knows other sources by their columns', () => {
    assert.equal(idOf('eventVersion', 'eventSource', 'eventName', 'awsRegion'), 'aws.cloudtrail');
    assert.equal(idOf('protoPayload.methodName', 'logName'), 'gcp.audit');
    assert.equal(idOf('data.protoPayload.methodName'), 'gcp.audit_pubsub');
    assert.equal(idOf('eventType', 'published', 'actor.id'), 'okta.system');
    assert.equal(idOf('Operation', 'Workload', 'CreationTime'), 'm365.audit');
    assert.equal(idOf('operationName', 'resourceId', 'category', 'callerIpAddress'), 'azure.activity');
    assert.equal(idOf('operationName', 'resourceId', 'category', 'properties.loggedByService'), 'azure.entra');
    assert.equal(idOf('verb', 'objectRef.resource', 'auditID'), 'kubernetes.audit');
    assert.equal(idOf('action', 'actor', 'org', '_document_id'), 'github.audit');
    assert.equal(idOf('auditType.action', 'auditType.category'), 'bitbucket.audit');
    assert.equal(idOf('event_type_id'), 'onelogin.events');
    assert.equal(idOf('event_type', 'reason', 'factor'), 'cisco.duo');
    assert.equal(idOf('logtype', 'node_id', 'src_host'), 'opencanary');
    assert.equal(idOf('EventLog', 'EventID', 'InterfaceUuid', 'OpNum'), 'rpc_firewall');
    assert.equal(idOf('type', 'subtype', 'logid', 'cfgpath', 'action'), 'fortinet.fortigate');
    assert.equal(idOf('timestamp', 'flow_id', 'event_type', 'src_ip', 'dest_ip'), 'suricata.eve');
    assert.equal(idOf('type', 'msg', 'a0', 'a1', 'argc'), 'linux.auditd');
    assert.equal(idOf('ID', 'SYSCALL.syscall', 'SYSCALL.exe'), 'linux.laurel');
    assert.equal(idOf('program', 'message', 'hostname'), 'linux.syslog');
  });

  it('knows Zeek logs with and without _path', () => {
    assert.equal(idOf('_path', 'ts', 'uid', 'query'), 'zeek.path');
    assert.equal(idOf('ts', 'uid', 'id\\.orig_h', 'operation', 'endpoint', 'named_pipe', 'rtt'), 'zeek.dce_rpc');
    assert.equal(idOf('ts', 'uid', 'id.orig_h', 'trans_depth', 'method', 'uri', 'user_agent'), 'zeek.http');
    assert.equal(idOf('ts', 'uid', 'query', 'qtype_name', 'rcode_name', 'rejected', 'Z'), 'zeek.dns');
    assert.equal(idOf('ts', 'uid', 'proto', 'conn_state', 'history'), 'zeek.conn');
    assert.equal(idOf('ts', 'fingerprint', 'certificate.serial'), 'zeek.x509');
    assert.equal(idOf('ts', 'uid', 'cookie', 'result', 'security_protocol'), 'zeek.rdp');
    assert.equal(idOf('ts', 'uid', 'request_type', 'client', 'service', 'cipher'), 'zeek.kerberos');
    assert.equal(idOf('ts', 'uid', 'action', 'path', 'name', 'size', 'times.modified'), 'zeek.smb_files');
  });

  it('knows web, DNS and firewall records', () => {
    assert.equal(idOf('cs-method', 'cs-uri-stem', 'cs-uri-query', 'sc-status', 'c-ip'), 'web.w3c');
    assert.equal(idOf('c-uri', 'cs-method', 'c-useragent'), 'web.proxy');
    assert.equal(idOf('remote_addr', 'request_method', 'request_uri', 'status'), 'web.access_request_method');
    assert.equal(idOf('request.method', 'request.uri', 'status'), 'web.caddy');
    assert.equal(idOf('http.request.method', 'url.original', 'user_agent.original'), 'web.ecs');
    assert.equal(idOf('query', 'record_type', 'answer'), 'dns.plain');
    assert.equal(idOf('dns.question.name', 'source.ip'), 'dns.ecs');
    assert.equal(idOf('src_ip', 'dst_ip', 'dst_port', 'action'), 'firewall.plain');
  });

  it('is null for what no source type knows', () => {
    assert.equal(idOf(), null);
    assert.equal(idOf('a', 'b.c'), null);
  });
});

describe('xmlColumns', () => {
  it('lists the columns that may hold an event as XML, best first', () => {
    const syslog = new Set(['message', 'event\\.original', 'program']);
    assert.deepEqual(xmlColumns(syslog), ['event\\.original', 'message']);
    assert.deepEqual(xmlColumns(new Set(['verb', 'auditID'])), []);
  });

  it('lists every column of an event that nothing else recognises', () => {
    assert.deepEqual(xmlColumns(new Set(['a', 'message', 'b'])), ['message', 'a', 'b']);
    assert.equal(recognise(new Set(['a', 'b']), (path) => path === 'b')?.id, 'windows.xml');
    assert.equal(recognise(new Set(['verb', 'auditID']), () => true)?.id, 'kubernetes.audit');
  });
});

describe('isEventXml', () => {
  it('takes a rendered event and nothing that only looks like one', () => {
    assert.equal(isEventXml("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"), true);
    assert.equal(isEventXml('\uFEFF <?xml version="1.0"?>\n<Event>'), true);
    assert.equal(isEventXml('<Events><Event/></Events>'), false);
    assert.equal(isEventXml('log: <Event>'), false);
    assert.equal(isEventXml(''), false);
    assert.equal(isEventXml(`<?xml ${'?'.repeat(100_000)}`), false);
  });
});

describe('SOURCES', () => {
  it('has ids once each, what can be detected, at most 4 discriminators and a reference', () => {
    assert.equal(new Set(SOURCES.map(({ id }) => id)).size, SOURCES.length);
    for (const { id, detect, discriminators, references, lanes } of SOURCES) {
      assert.ok(detect.all.length + (detect.any ?? []).length > 0, id);
      assert.ok(discriminators.length <= 4, id);
      assert.ok(references.length > 0, id);
      for (const { when, unless = {}, facts } of lanes) {
        for (const name of [...Object.keys(when), ...Object.keys(unless)])
          assert.ok(discriminators.includes(name), `${id}: ${name}`);
        assert.ok(facts.length > 0, id);
      }
    }
  });

  it('has templates whose holes in a name all stand in the path', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\*?\}/g)].map(([hole]) => hole);
    for (const { id, names } of SOURCES) {
      for (const { path, name } of names) {
        for (const hole of holes(name)) assert.ok(holes(path).includes(hole), `${id}: ${path} → ${name}`);
        assert.ok(
          keysOf(path).every((key) => key !== ''),
          `${id}: ${path}`,
        );
      }
    }
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isProven as isProvenInSource, PROVEN, SOURCES } from '../../src/schema/index.ts';
import { sigmaRules } from '../reference/corpus.ts';
import { skipWithout } from '../shared.ts';
import { vendorCorpora, windowsCorpora } from './corpora.ts';
import { lanesDocument } from './lane-table.ts';
import { countLanes, isProven, laneOf } from './proof.ts';
import { sourcesDocument } from './sources-document.ts';
import { accessLog, auditdRecord, syslogMessage } from './text-logs.ts';

describe('the proof of lanes', () => {
  it('holds for every lane the program calls proven, and docs/lanes.md has its counts', async (t) => {
    if (skipWithout(t, 'vendor-logs') === null || skipWithout(t, 'windows-mordor') === null) return;
    const corpora = [...vendorCorpora(), ...(await windowsCorpora())];
    const counts = countLanes(
      [...sigmaRules().values()],
      corpora.flatMap(({ lines }) => lines),
    );
    const named = ({ product, category, service }: (typeof PROVEN)[number]) => laneOf({ product, category, service });
    assert.deepEqual(
      PROVEN.map(named),
      counts.filter(isProven).map(({ lane }) => lane),
    );
    assert.equal(
      readFileSync(new URL('../../docs/lanes.md', import.meta.url), 'utf8'),
      lanesDocument(counts),
      'docs/lanes.md is out of date: run test/shapes/write-docs.ts',
    );
  });

  it('needs three rules that fire and three that stay silent', () => {
    const count = { lane: 'x', rules: 6, events: 1, fired: 3, silent: 3, known: true };
    assert.equal(isProven(count), true);
    assert.equal(isProven({ ...count, fired: 2, silent: 4 }), false);
    assert.equal(isProven({ ...count, fired: 4, silent: 2 }), false);
    assert.equal(isProvenInSource({ product: 'windows', service: 'no such service' }), false);
  });
});

describe('docs/sources.md', () => {
  it('says what the table of source types says', () => {
    const written = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8');
    assert.equal(written, sourcesDocument(SOURCES), 'docs/sources.md is out of date: run test/shapes/write-docs.ts');
  });
});

describe('text logs as JSON', () => {
  it('splits an access log line into nginx’s names', () => {
    assert.deepEqual(
      accessLog('192.0.2.1 - bob [04/Jan/2020:07:25:02 +0000] "GET /a?b=c HTTP/1.1" 404 522 "-" "curl/8"'),
      {
        remote_addr: '192.0.2.1',
        remote_user: 'bob',
        time_local: '04/Jan/2020:07:25:02 +0000',
        request_method: 'GET',
        request_uri: '/a?b=c',
        status: 404,
        http_referer: '-',
        http_user_agent: 'curl/8',
      },
    );
    assert.equal(accessLog('hello'), null);
  });

  it('splits an auditd record into its keys', () => {
    assert.deepEqual(auditdRecord('type=EXECVE msg=audit(1.2:3): argc=2 a0="rm" a1=2D72'), {
      type: 'EXECVE',
      msg: 'audit(1.2:3)',
      argc: '2',
      a0: 'rm',
      a1: '2D72',
    });
    assert.equal(auditdRecord('type EXECVE'), null);
  });

  it('splits a syslog line into time, host, program and message', () => {
    assert.deepEqual(syslogMessage('Feb 12 14:10:21 host sshd[16378]: Invalid user pascal'), {
      timestamp: 'Feb 12 14:10:21',
      hostname: 'host',
      program: 'sshd',
      pid: '16378',
      message: 'Invalid user pascal',
    });
    assert.equal(syslogMessage('no syslog'), null);
  });
});

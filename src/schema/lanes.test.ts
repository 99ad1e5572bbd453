import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applies,
  type Fact,
  factName,
  factsFor,
  isProven,
  knownFacts,
  laneFacts,
  laneName,
  SOURCES,
  type SourceType,
} from './index.ts';

function sourceNamed(id: string): SourceType {
  const found = SOURCES.find((source) => source.id === id);
  assert.ok(found, id);
  return found;
}

const evtx = sourceNamed('windows.evtx_json');
const names = (facts: readonly Fact[]) => facts.map(factName);

describe('factsFor', () => {
  it('compares channels case-insensitively and event ids as text', () => {
    const facts = factsFor(evtx, { Channel: 'SECURITY', EventID: '4688' });
    assert.deepEqual(names(facts), ['windows', 'windows/security', 'windows/process_creation/security']);
    assert.deepEqual(facts[2]?.rewrite, { Image: 'NewProcessName', ParentImage: 'ParentProcessName' });
  });

  it('makes every Windows event product windows, and nothing more in channels thor.yml does not list', () => {
    assert.deepEqual(names(factsFor(evtx, { Channel: 'Microsoft-Windows-Kernel-IO/Operational', EventID: '1' })), [
      'windows',
    ]);
    assert.deepEqual(names(factsFor(evtx, { Channel: null, EventID: null })), ['windows']);
    assert.deepEqual(names(factsFor(evtx, { Channel: 'Security', EventID: '4663' })), ['windows', 'windows/security']);
  });

  it('tells registry_add from registry_delete by the event type', () => {
    const facts = factsFor(evtx, { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: '12' });
    assert.deepEqual(
      facts.filter(({ where }) => where).map((fact) => [fact.category, fact.where]),
      [
        ['registry_add', { EventType: ['CreateKey'] }],
        ['registry_delete', { EventType: ['DeleteKey', 'DeleteValue'] }],
      ],
    );
  });

  it('keeps Sysmon for Linux apart from Windows', () => {
    assert.deepEqual(names(factsFor(evtx, { Channel: 'Linux-Sysmon/Operational', EventID: '1' })), [
      'linux',
      'linux/sysmon',
      'linux/process_creation/sysmon',
    ]);
  });

  it('matches values that end in * by what stands before', () => {
    const facts = factsFor(sourceNamed('linux.syslog'), { program: 'apache2' });
    assert.deepEqual(names(facts), ['linux', 'linux/syslog', 'apache']);
  });
});

describe('applies', () => {
  const process: Fact = {
    product: 'windows',
    category: 'process_creation',
    service: 'security',
    rewrite: { Image: 'NewProcessName' },
  };

  it('asks that every attribute given equals the fact’s, in any case', () => {
    assert.equal(applies({ product: 'Windows', category: 'process_creation' }, process), true);
    assert.equal(applies({ category: 'process_creation' }, process), true);
    assert.equal(applies({ product: 'linux', category: 'process_creation' }, process), false);
    assert.equal(applies({ product: 'windows', service: 'system' }, { product: 'windows' }), false);
    assert.equal(applies({ product: 'windows' }, { product: 'windows', service: 'system' }), true);
  });

  it('keeps a fact that rewrites or asks further for rules that name its category', () => {
    assert.equal(applies({ product: 'windows', service: 'security' }, process), false);
    assert.equal(applies({ product: 'windows' }, { product: 'windows', category: 'x', where: { a: ['b'] } }), false);
  });
});

describe('laneName', () => {
  it('names the most specific facts', () => {
    assert.equal(laneName([]), 'none');
    assert.equal(
      laneName(factsFor(evtx, { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: '1' })),
      'windows/process_creation/sysmon',
    );
    assert.equal(
      laneName([{ product: 'zeek', category: 'proxy' }, { product: 'zeek', category: 'dns' }, { product: 'zeek' }]),
      'zeek/dns + zeek/proxy',
    );
  });
});

describe('knownFacts', () => {
  it('has every lane once and none that thor.yml does not know', () => {
    const facts = names(knownFacts());
    assert.ok(facts.includes('windows/antivirus/windefend'));
    assert.ok(facts.includes('aws/cloudtrail'));
    assert.equal(facts.filter((name) => name === 'windows/process_creation/sysmon').length, 1);
    assert.equal(
      facts.some((name) => name.startsWith('windows/file_access')),
      false,
    );
  });

  it('is empty for a logsource that can never fire', () => {
    assert.equal(laneFacts({ product: 'windows', category: 'file_access' }), '');
    assert.equal(laneFacts({ product: 'kubernetes', service: 'audit' }), 'kubernetes/application/audit');
  });
});

describe('isProven', () => {
  it('is asked of logsources and answers for the lane they mean', () => {
    assert.equal(isProven({ product: 'kubernetes', category: 'application', service: 'audit' }), true);
    assert.equal(isProven({ product: 'windows', category: 'process_creation' }), true);
    assert.equal(isProven({ product: 'windows', category: 'sysmon_error' }), false);
    assert.equal(isProven({ product: 'windows', category: 'file_access' }), false);
  });
});

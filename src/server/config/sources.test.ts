import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig, sourcePolicy } from './index.ts';
import { scratchFile } from './samples.twin.ts';

test('the nearest place that says something of a source wins, setting by setting; checks and masks add up', (t) => {
  const { write } = scratchFile(t);
  const config = loadConfig({
    file: write(`detect: {lateness: 5s}
sources:
  "*": {validation: warn, time_zone: UTC, business_checks: {a: "1", b: "1"}, requests_per_s: 5, mask: {user.name: hide, source.ip: network}}
  windows: {time_zone: Europe/Berlin, business_checks: {b: "2"}, compliance_checks: {c: "2"}}
tenants:
  acme:
    sources:
      "*": {validation: enforce, silent_after: off}
      windows: {silent_after: 15m, business_checks: {a: "4"}, lateness: 0ms, mask: {user.name: pseudonym}}
`),
  });
  assert.deepEqual(sourcePolicy(config, 'acme', 'windows'), {
    validation: 'enforce',
    business_checks: { a: '4', b: '2' },
    compliance_checks: { c: '2' },
    mask: { 'user.name': 'pseudonym', 'source.ip': 'network' },
    retention_class: 'default',
    severity: 'medium',
    class: '',
    time_zone: 'Europe/Berlin',
    lateness: 0,
    silent_after: 900_000,
    requests_per_s: 5,
  });
  assert.equal(sourcePolicy(config, 'acme', 'other').validation, 'enforce');
  assert.equal(sourcePolicy(config, 'acme', 'other').silent_after, 'off');
  assert.deepEqual(sourcePolicy(config, 'globex', 'other'), {
    validation: 'warn',
    business_checks: { a: '1', b: '1' },
    compliance_checks: {},
    mask: { 'user.name': 'hide', 'source.ip': 'network' },
    retention_class: 'default',
    severity: 'medium',
    class: '',
    time_zone: 'UTC',
    lateness: 5000,
    silent_after: 'auto',
    requests_per_s: 5,
  });
  assert.equal(sourcePolicy(config, 'globex', 'windows').time_zone, 'Europe/Berlin');
});

test('names that every object has are tenants and sources like any other', () => {
  const config = loadConfig();
  assert.equal(sourcePolicy(config, 'constructor', 'toString').validation, 'off');
  assert.equal(sourcePolicy(config, '__proto__', '*').time_zone, 'UTC');
});

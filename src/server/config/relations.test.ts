import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals, scratchFile } from './samples.twin.ts';

test('settings that do not go together are refused at the one to change', (t) => {
  const { write } = scratchFile(t);
  const told = (text: string): string => refusals(write(text)).join('\n');
  assert.match(
    told('listen:\n  host: 0.0.0.0\n'),
    /^2:9: listen.host: 0.0.0.0 is beyond loopback and there is no TLS: give listen.tls/,
  );
  assert.equal(told('listen: {host: 0.0.0.0, insecure_http: true}\n'), '');
  assert.equal(told('listen: {host: 0.0.0.0, tls: {auto: true}}\n'), '');
  assert.equal(told('listen: {host: "::1"}\n'), '');
  assert.match(told('listen: {tls: {cert: a}}\n'), /^1:22: listen.tls.cert: needs key beside it$/);
  assert.match(told('listen: {tls: {key: a}}\n'), /listen.tls.key: needs cert beside it$/);
  assert.match(told('listen: {tls: {auto: true, key: a}}\n'), /1:22: listen.tls.auto: either auto or/);
  assert.match(
    told('journal: {group_bytes: 2MiB, segment_bytes: 1MiB}\n'),
    /journal.group_bytes: must not be larger than/,
  );
  assert.match(told('journal: {max_bytes: 100MiB}\n'), /journal.max_bytes: must hold at least two/);
  // metrics-section
  assert.match(told('metrics: {store: influxdb}\n'), /metrics.store: influxdb needs metrics.url beside it/);
  assert.match(told('metrics: {store: off, series: {a: {}}}\n'), /metrics.store: series are derived into a store/);
  assert.match(told('metrics: {series: {weir_a: {}}}\n'), /names that begin so are those of weir's own/);
  assert.match(told('metrics: {series: {a: {labels: {value: x}}}}\n'), /take another/);
  assert.match(told('metrics: {series: {a: {where: "x =="}}}\n'), /makes a query that cannot be asked/);
  assert.equal(
    told('auth: {jwt: {sso: {issuer: i, audience: a}}}\n'),
    '1:19: auth.jwt.sso: needs one of jwks_url and jwks_file\n1:19: auth.jwt.sso: needs one of tenant and tenant_claim',
  );
});

test('expressions of checks are judged by whoever can, wherever they stand', (t) => {
  const { write } = scratchFile(t);
  const file = write(`sources: {"*": {business_checks: {one: "bad"}}}
tenants: {acme: {sources: {w: {compliance_checks: {two: "bad", three: "good"}}}}}
`);
  const checkExpression = (text: string): string | null => (text === 'bad' ? 'column 1: unknown field bad' : null);
  assert.deepEqual(refusals(file, { checkExpression }), [
    '1:40: sources.*.business_checks.one: column 1: unknown field bad',
    '2:57: tenants.acme.sources.w.compliance_checks.two: column 1: unknown field bad',
  ]);
  assert.deepEqual(refusals(file), []);
});

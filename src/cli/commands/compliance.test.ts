/** `weir compliance report` (compliance.ts, pipeline/store/compliance.ts) over a folder that a server with policies and a hold has left. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { controlResults, Evidence } from '../../pipeline/index.ts';
import { newFolder, openServer } from '../../server/server.twin.ts';
import { type ComplianceFlags, complianceReportCommand } from './compliance.ts';

type Report = Evidence & { readonly controls: ReturnType<typeof controlResults> };

async function printed(
  t: TestContext,
  flags: ComplianceFlags,
): Promise<{ readonly text: string; readonly status: number }> {
  const parts: string[] = [];
  const write = t.mock.method(process.stdout, 'write', (text: string) => parts.push(text) > 0);
  const status = await complianceReportCommand(flags);
  write.mock.restore();
  return { text: parts.join(''), status };
}

test('the report says control by control what is shown, what is missing, and what was not looked at', async (t) => {
  const folder = newFolder();
  const data = path.join(folder, 'data');
  const config = path.join(folder, 'weir.yaml');
  fs.writeFileSync(
    config,
    `data: ${data}\nretention: {policies: {cards: {reason: pci_dss, delete_after: 400d}, all: {reason: gdpr, delete_after: 500d}}}\n`,
  );
  const server = await openServer({ folder });
  await server.send('{"n":1}\n{"n":2}\n', '?source=web');
  await server.ask('POST', '/v1/holds', {
    body: { name: 'case 1', reason: 'a | b', sources: ['web'] },
  });
  const running = JSON.parse((await printed(t, { config, format: 'json' })).text) as Report;
  assert.equal(running.verified, null);
  assert.deepEqual(running.access?.keys.map(({ name }) => name).sort(), ['admin', 'ingest']);
  await server.close();
  const { text, status } = await printed(t, { config, format: 'json' });
  const report = JSON.parse(text) as Report;
  assert.equal(status, 0);
  const state = (control: string): string | undefined =>
    report.controls.find((one) => one.control.includes(control))?.state;
  assert.deepEqual(
    [state('10.5.1'), state('10.2.1'), state('10.3.4'), state('210.2-06'), state('5(1)(e)'), state('312(a)(1)')],
    ['shown', 'shown', 'shown', 'missing', 'shown', 'shown'],
  );
  assert.deepEqual(report.retention[0], { name: 'cards', reason: 'pci_dss', keepDays: 366, deleteAfterDays: 400 });
  assert.deepEqual(
    report.holds.map(({ name, sources }) => [name, sources]),
    [['case 1', ['web']]],
  );
  assert.equal(report.verified?.findings, 0);
  const markdown = (await printed(t, { config, verify: false })).text;
  assert.match(markdown, /^# Evidence of 20\d\d-/);
  assert.match(markdown, /\| PCI DSS v4\.0, requirement 10\.3\.4 \| Changes to logs are found \| not looked at \|/);
  assert.match(markdown, /\| case 1 \| a \\\| b \| key:/);
  fs.appendFileSync(path.join(data, 'chain', 'segments.ndjson'), 'x\n');
  assert.equal((await printed(t, { config, format: 'json' })).status, 1);
  fs.rmSync(folder, { recursive: true });
});

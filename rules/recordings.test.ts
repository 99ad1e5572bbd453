import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadRules } from '../src/detect/index.ts';
import { prepareRuleSet, scan } from '../src/pipeline/index.ts';
import { skipWithout } from '../test/shared.ts';
import { readShippedRules } from './shipped.ts';

const RULES = readShippedRules();

async function counts(path: string): Promise<Record<string, number>> {
  const rules = prepareRuleSet(loadRules(RULES));
  const { hits } = await scan({ paths: [path], rules, threads: 1, recover: false, onHits: () => {} });
  return Object.fromEntries(RULES.filter(({ id }) => Object.hasOwn(hits, id)).map(({ id, path }) => [path, hits[id]]));
}

/** Twenty attacks, recorded by others: 130,431 events. Looked at one by one: each hit is part of an attack or of its preparation. */
it('finds attacks in recordings of others, and little else', async (t) => {
  const folder = skipWithout(t, 'windows-mordor');
  if (folder === null) return;
  assert.deepEqual(await counts(folder), {
    'windows/command_and_control_download_by_system_tool.yml': 2,
    'windows/credential_access_lsass_memory_read.yml': 2,
    'windows/credential_access_secrets_dumped_by_command.yml': 2,
    'windows/defense_impairment_security_log_cleared.yml': 5,
    'windows/execution_powershell_long_encoded_command.yml': 8,
    'windows/execution_script_block_runs_download.yml': 4,
    'windows/execution_wmi_starts_shell.yml': 2,
    'windows/persistence_service_from_odd_place.yml': 1,
  });
});

it('finds the attacks in audit logs of AWS that others made', async (t) => {
  const folder = skipWithout(t, 'vendor-logs/stratus/docs/detonation-logs');
  if (folder === null) return;
  assert.deepEqual(await counts(folder), {
    'aws/defense_impairment_trail_stopped.yml': 3,
    'aws/exfiltration_storage_shared_outside.yml': 3,
    'aws/initial_access_console_without_second_factor.yml': 1,
    'aws/persistence_access_key_for_another_user.yml': 2,
  });
});

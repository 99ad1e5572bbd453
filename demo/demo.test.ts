import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { readShippedRules } from '../rules/shipped.ts';
import { scanText } from '../src/pipeline/index.ts';
import { type StoryLine, story, storyFiles } from './story.ts';

/** Rule → steps of the story whose every event it finds. */
const DETECTIONS: Readonly<Record<string, readonly string[]>> = {
  'aws/defense_impairment_trail_stopped.yml': ['trail stopped'],
  'aws/exfiltration_storage_shared_outside.yml': ['snapshot shared'],
  'aws/persistence_access_key_for_another_user.yml': ['key made'],
  'azure/initial_access_device_code_sign_in.yml': ['device code'],
  'azure/persistence_secret_added_to_application.yml': ['application secret'],
  'linux/command_and_control_reverse_shell.yml': ['reverse shell'],
  'linux/credential_access_cloud_keys_read.yml': ['cloud keys'],
  'linux/credential_access_password_hashes_read.yml': ['hashes read'],
  'linux/defense_impairment_logs_or_history_removed.yml': ['log removed'],
  'linux/persistence_start_file_written.yml': ['cron file'],
  'linux/persistence_web_server_starts_shell.yml': ['shell command', 'shell command', 'reverse shell'],
  'linux/privilege_escalation_setuid_bit_set.yml': ['setuid set'],
  'm365/collection_inbox_rule_hides_mail.yml': ['inbox rule'],
  'network/command_and_control_script_fetches_from_address.yml': ['download'],
  'network/exfiltration_large_upload_to_file_sharing.yml': ['upload'],
  'network/initial_access_attack_in_web_request.yml': ['traversal', 'traversal'],
  'network/lateral_movement_remote_service_or_task.yml': ['service call'],
  'windows/collection_archive_with_password.yml': ['archive'],
  'windows/credential_access_lsass_memory_read.yml': ['memory read'],
  'windows/credential_access_secrets_dumped_by_command.yml': ['dump command'],
  'windows/defense_impairment_defender_protection_off.yml': ['protection off'],
  'windows/defense_impairment_event_logs_cleared_by_command.yml': ['log clearing'],
  'windows/defense_impairment_security_log_cleared.yml': ['log cleared'],
  'windows/execution_office_starts_interpreter.yml': ['macro'],
  'windows/execution_powershell_long_encoded_command.yml': ['macro'],
  'windows/execution_script_block_runs_download.yml': ['stage'],
  'windows/impact_recovery_made_impossible.yml': ['copies deleted'],
  'windows/initial_access_risky_mail_attachment.yml': ['attachment'],
  'windows/lateral_movement_program_copied_to_admin_share.yml': ['program copied'],
  'windows/persistence_run_key_to_user_folder.yml': ['run key'],
  'windows/persistence_scheduled_task_registered_hidden.yml': ['task'],
  'windows/persistence_scheduled_task_runs_script.yml': ['task command'],
  'windows/persistence_service_from_odd_place.yml': ['service installed'],
  'windows/resource_development_antivirus_names_attack_tool.yml': ['tool found'],
  'windows/stealth_system_loader_runs_user_file.yml': ['dump command'],
};

/** Correlation → the events it fires on, in order, and for whom; it fires once and needs each of the steps. */
const CORRELATIONS: Readonly<Record<string, { steps: readonly string[]; group: Record<string, string> }>> = {
  'aws/discovery_key_tries_its_rights.yml': {
    steps: Array(6).fill('rights tried'),
    group: { 'userIdentity.accessKeyId': 'AKIAIOSFODNN7EXAMPLE' },
  },
  'network/exfiltration_dns_tunnel.yml': { steps: Array(20).fill('tunnel'), group: { src_ip: '10.20.1.20' } },
  'network/reconnaissance_web_server_scanned.yml': {
    steps: Array(10).fill('scan'),
    group: { 'c-ip': '203.0.113.201' },
  },
  'windows/credential_access_kerberoasting.yml': {
    steps: Array(5).fill('weak tickets'),
    group: { TargetUserName: 'marta.okafor@LARKFIELD.EXAMPLE' },
  },
  'windows/credential_access_password_spraying.yml': {
    steps: Array(8).fill('spraying'),
    group: { IpAddress: '10.20.4.27' },
  },
  'windows/discovery_survey_of_a_new_foothold.yml': {
    steps: Array(5).fill('survey'),
    group: { Computer: 'LF-WS-07.larkfield.example', User: 'LARKFIELD\\marta.okafor' },
  },
  'windows/lateral_movement_copied_program_becomes_service.yml': {
    steps: ['program copied', 'service installed'],
    group: { Computer: 'LF-FS-01.larkfield.example' },
  },
};

const RULES = readShippedRules();
const LINES = story();
const INTRUSION = LINES.filter(({ step }) => step !== undefined);

/** Every hit as `rule: step`, a correlation's as `rule: group: step, step …`; sorted. */
async function found(lines: readonly StoryLine[]): Promise<string[]> {
  const { hits, summary } = await scanText(RULES, lines.map(({ text }) => `${text}\n`).join(''));
  assert.equal(summary.events, lines.length);
  assert.deepEqual(summary.unparsed, []);
  const paths = new Map(RULES.map(({ path, id }) => [id, path]));
  const steps = new Map(lines.map(({ text, step }) => [text, step]));
  const stepOf = (event: unknown): string => steps.get(JSON.stringify(event)) ?? `background ${JSON.stringify(event)}`;
  return hits
    .map(({ rule, event, events, correlation }) => {
      const what =
        events === undefined ? stepOf(event) : `${JSON.stringify(correlation?.group)}: ${events.map(stepOf)}`;
      return `${paths.get(rule.id)}: ${what}`;
    })
    .sort();
}

/** What is to be found when the steps named are not there. */
function expected(...without: string[]): string[] {
  const single = Object.entries(DETECTIONS).flatMap(([path, steps]) =>
    steps.filter((step) => !without.includes(step)).map((step) => `${path}: ${step}`),
  );
  const together = Object.entries(CORRELATIONS)
    .filter(([, { steps }]) => !steps.some((step) => without.includes(step)))
    .map(([path, { steps, group }]) => `${path}: ${JSON.stringify(group)}: ${steps}`);
  return [...single, ...together].sort();
}

it('finds the intrusion among two days of events, and nothing else', async () => {
  assert.ok(LINES.length > 7000);
  assert.deepEqual(await found(LINES), expected());
});

it('finds nothing without rules', async () => {
  const { hits, summary } = await scanText([], LINES.map(({ text }) => `${text}\n`).join(''));
  assert.deepEqual(hits, []);
  assert.equal(summary.events, LINES.length);
});

it('finds nothing in the background alone', async () => {
  assert.deepEqual(await found(LINES.filter(({ step }) => step === undefined)), []);
});

it('steps taken out of the story take exactly their own hits away', async () => {
  const steps = [...new Set(INTRUSION.map((line) => line.step ?? ''))];
  // One half of the steps at a time, by each bit of their numbers: any two steps are apart in some of the scans.
  for (let bit = 1; bit < steps.length; bit *= 2) {
    const out = steps.filter((_, i) => (i & bit) !== 0);
    const rest = INTRUSION.filter(({ step }) => step === undefined || !out.includes(step));
    assert.deepEqual(await found(rest), expected(...out), String(out));
  }
});

const CHANGES: readonly { step: string; from: string; to: string; lost: readonly string[] }[] = [
  // PowerShell started by hand is still encoded.
  { step: 'macro', from: 'WINWORD.EXE', to: 'notepad.exe', lost: ['windows/execution_office_starts_interpreter.yml'] },
  {
    step: 'upload',
    from: '"cs-bytes":486203114',
    to: '"cs-bytes":19999999',
    lost: ['network/exfiltration_large_upload_to_file_sharing.yml'],
  },
  {
    step: 'key made',
    from: 'report-mailer',
    to: 'shop-deploy',
    lost: ['aws/persistence_access_key_for_another_user.yml'],
  },
  { step: 'memory read', from: '0x1fffff', to: '0x1000', lost: ['windows/credential_access_lsass_memory_read.yml'] },
  // The service comes too late to belong to the copied program.
  {
    step: 'service installed',
    from: 'T11:30:09',
    to: 'T11:36:09',
    lost: ['windows/lateral_movement_copied_program_becomes_service.yml'],
  },
  // Four different commands, one of them twice.
  { step: 'survey', from: 'ipconfig', to: 'whoami', lost: ['windows/discovery_survey_of_a_new_foothold.yml'] },
  { step: 'weak tickets', from: '0x17', to: '0x12', lost: ['windows/credential_access_kerberoasting.yml'] },
];

for (const { step, from, to, lost } of CHANGES) {
  it(`${step}: ${from} changed to ${to} loses ${lost}`, async () => {
    const changed = INTRUSION.map((line) =>
      line.step === step ? { ...line, text: line.text.replaceAll(from, to) } : line,
    );
    assert.notDeepEqual(changed, INTRUSION);
    const rest = expected().filter((hit) => !lost.some((path) => hit.startsWith(path)));
    assert.deepEqual(await found(changed), rest);
  });
}

it('the story that is committed is the one the generator makes', () => {
  for (const [name, text] of storyFiles()) {
    const committed = readFileSync(fileURLToPath(new URL(`story/${name}.ndjson.gz`, import.meta.url)));
    assert.ok(gunzipSync(committed).equals(Buffer.from(text)), `${name}: run node bin/node24.js demo/story.ts`);
  }
});

it('README.md names the rules that find something, and no other', () => {
  const text = readFileSync(fileURLToPath(new URL('README.md', import.meta.url)), 'utf8');
  const named = [...text.matchAll(/\(\.\.\/rules\/([a-z0-9_/]+\.yml)\)/g)].map(([, path]) => path);
  assert.deepEqual([...new Set(named)].sort(), [...Object.keys(DETECTIONS), ...Object.keys(CORRELATIONS)].sort());
});

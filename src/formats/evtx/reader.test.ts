// Real logs, whole files: reader, forward and page.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildChunk, buildFile, element } from '../../../test/fuzz/evtx-builder.ts';
import { readAll } from '../../../test/fuzz/evtx-read.ts';
import { skipWithout } from '../../../test/shared.ts';
import { readEvtx } from './index.ts';

/** The JSON files were written by an evtx_dump that cut white space at the end of values. */
function trimmed(value: unknown): unknown {
  if (typeof value === 'string') return value.trimEnd();
  if (Array.isArray(value)) return value.map(trimmed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, trimmed(inner)]));
}

/** Where a pair of files differs because its JSON was made another way: finer time, other case. */
const OTHERWISE: Readonly<Record<string, readonly [RegExp, string][]>> = {
  'ad691d92-15f2-4181-9aa4-723c74f9ddc3': [
    [/"2026-03-20T08:31:26.751156500Z"/, '"2026-03-20T08:31:26.751156Z"'],
    [/Explorer\.exe"/, 'Explorer.EXE"'],
  ],
};

test('every regression log is the JSON that lies beside it, keys in the same order', async (t) => {
  const folder = skipWithout(t, 'sigma-regression');
  if (folder === null) return;
  let pairs = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.evtx'))) {
    const id = name.slice(0, -'.evtx'.length);
    const { lines, unparsed } = await readAll(readFileSync(`${folder}/${name}`));
    let wanted: string = readFileSync(`${folder}/${id}.json`, 'utf8');
    for (const [pattern, replacement] of OTHERWISE[id] ?? []) wanted = wanted.replace(pattern, replacement);
    const documents = wanted.split(/(?<=^\})\s*(?=^\{)/m).map((document): unknown => JSON.parse(document));
    assert.deepEqual(unparsed, [], name);
    assert.deepEqual(
      lines.map((line) => JSON.stringify(trimmed(JSON.parse(line)))),
      documents.map((document) => JSON.stringify(trimmed(document))),
      name,
    );
    pairs++;
  }
  assert.equal(pairs, 134);
});

/** Records of each log; the same numbers, and the same contents, as evtx_dump gives. */
const RECORDS: Readonly<Record<string, number>> = {
  '4765_sidhistory_add_t1178.evtx': 3,
  'CA_4624_4625_LogonType2_LogonProc_chrome.evtx': 4,
  'CA_keefarce_keepass_credump.evtx': 5,
  'DE_Fake_ComputerAccount_4720.evtx': 2,
  'DE_WinEventLogSvc_Crash_System_7036.evtx': 6,
  'DE_sysmon-3-rdp-tun.evtx': 73,
  'DSE_bypass_BYOV_TDL_dummydriver_sysmon_6_7_13.evtx': 8,
  'LM_5145_Remote_FileCopy.evtx': 869,
  'LM_REMCOM_5145_TargetHost.evtx': 30,
  'LM_WMI_4624_4688_TargetHost.evtx': 8,
  'LM_renamed_psexecsvc_5145.evtx': 22,
  'LM_sysmon_remote_task_src_powershell.evtx': 3,
  'LM_wmi_PoisonHandler_Mr-Un1k0d3r_sysmon_1_13.evtx': 15,
  'LsassSilentProcessExit_process_exit_monitor_3001_lsass.evtx': 2,
  'Persistence_Winsock_Catalog Change EventId_1.evtx': 2,
  'PrivEsc_CVE-2020-1313_Sysmon_13_UScheduler_Cmdline.evtx': 4,
  'Runas_4624_4648_Webshell_CreateProcessAsUserA.evtx': 3,
  'Sysmon_Exec_CompiledHTML.evtx': 2,
  'Sysmon_UACME_30.evtx': 11,
  'Sysmon_UACME_37_FileCreate.evtx': 7,
  'Sysmon_UACME_45.evtx': 8,
  'Sysmon_UACME_64.evtx': 530,
  'UACME_59_Sysmon.evtx': 7,
  'WinDefender_Events_1117_1116_AtomicRedTeam.evtx': 11,
  'Win_4985_T1186_Process_Doppelganging.evtx': 2,
  'Zerologon_CVE-2020-1472_DFIR_System_NetLogon_Error_EventID_5805.evtx': 2,
  'de_powershell_execpolicy_changed_sysmon_13.evtx': 5,
  'dfir_rdpsharp_target_RdpCoreTs_168_68_131.evtx': 40,
  'discovery_UEFI_Settings_rweverything_sysmon_6.evtx': 1,
  'discovery_psloggedon.evtx': 4,
  'eop_appcontainer_il_broker_filewrite.evtx': 3,
  'etw_rpc_zerologon.evtx': 415,
  'exec_emotet_ps_800_get-item.evtx': 1,
  'exec_persist_rundll32_mshta_scheduledtask_sysmon_1_3_11.evtx': 8,
  'exec_sysmon_1_ftp.evtx': 4,
  'exec_sysmon_lobin_regsvr32_sct.evtx': 3,
  'faxhell_sysmon_7_1_18_3_bindshell_dllhijack.evtx': 10,
  'maldoc_mshta_via_shellbrowserwind_rundll32.evtx': 11,
  'persist_valid_account_guest_rid_hijack.evtx': 4,
  'persistence_security_dcshadow_4742.evtx': 10,
  'powercat_revShell_sysmon_1_3.evtx': 9,
  'privesc_seimpersonate_tosys_spoolsv_sysmon_17_18.evtx': 7,
  'privexchange_dirkjan.evtx': 8,
  'remote_sam_registry_access_via_backup_operator_priv.evtx': 31,
  'rundll32_cmd_schtask.evtx': 50,
  'smbmap_upload_exec_sysmon.evtx': 27,
  'susp_explorer_exec.evtx': 3,
  'sysmon_10_lsass_mimikatz_sekurlsa_logonpasswords.evtx': 1,
  'sysmon_11_7_1_uacbypass_windirectory_mocking.evtx': 10,
  'sysmon_13_rdp_settings_tampering.evtx': 20,
  'sysmon_1_13_11_cmstp_ini_uacbypass.evtx': 5,
  'sysmon_1_7_elevate_uacbypass_sysprep.evtx': 15,
  'sysmon_1_smss_child_proc_bootexecute_setupexecute.evtx': 1,
  'sysmon_lolbas_rundll32_zipfldr_routethecall_shell.evtx': 2,
  'temp_scheduled_task_4698_4699.evtx': 2,
  'tutto_malseclogon.evtx': 15,
};

test('every log of attacks is read whole, and its events stay what they were', async (t) => {
  const folder = skipWithout(t, 'evtx');
  if (folder === null) return;
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  for (const name of Object.keys(RECORDS)) {
    const { lines, ids, unparsed, report } = await readAll(readFileSync(`${folder}/${name}`));
    assert.deepEqual(unparsed, [], name);
    assert.equal(report.records, lines.length);
    assert.equal(new Set(ids).size, ids.length, name);
    counts[name] = lines.length;
    for (const line of lines) hash.update(line);
  }
  assert.deepEqual(counts, RECORDS);
  assert.equal(hash.digest('hex'), 'a31bf97af947acb120d5f5fdb9581fa46cbc676d82004a62327067a2e1c75567');
});

test('recover finds more than the live areas, gives nothing twice, and leaves the live events alone', async (t) => {
  const folder = skipWithout(t, 'evtx');
  if (folder === null) return;
  let carved = 0;
  for (const name of Object.keys(RECORDS)) {
    const file = readFileSync(`${folder}/${name}`);
    const plain = await readAll(file);
    const recovered = await readAll(file, { recover: true });
    assert.deepEqual(recovered.lines, plain.lines, name);
    assert.equal(recovered.report.carved, recovered.carved.length);
    carved += recovered.carved.length;
  }
  assert.equal(carved, 282);
});

test('events do not depend on the pieces in which the file arrives', async () => {
  const event = element('Event', { xmlns: 'u' }, element('A', {}, 'x'));
  const chunk = (id: number) => buildChunk([{ id, fragment: { kind: 'bare', root: event } }]);
  const file = buildFile(chunk(1), chunk(2), chunk(3));
  const { lines, ids } = await readAll(file);
  assert.equal(lines.length, 3);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1000, max: file.length }), async (blockBytes) => {
      const pieces = await readAll(file, { blockBytes });
      assert.deepEqual([pieces.lines, pieces.ids, pieces.unparsed], [lines, ids, []]);
    }),
    { numRuns: 50 },
  );
});

test('a chunk of lines tells where its first event lies, and blocks may come asynchronously', async () => {
  const record = (id: number) => ({ id, fragment: { kind: 'bare' as const, root: element('Event') } });
  const file = buildFile(buildChunk([record(2 ** 40), record(5)]));
  async function* blocks(): AsyncGenerator<Uint8Array> {
    yield file.subarray(0, 5000);
    yield new Uint8Array(0);
    yield file.subarray(5000);
  }
  const chunks = [];
  for await (const chunk of readEvtx(blocks(), { recover: false, report: () => assert.fail() })) chunks.push(chunk);
  const [chunk] = chunks;
  assert.equal(chunks.length, 1);
  assert.equal(new TextDecoder().decode(chunk.bytes), '{"Event":null}\n{"Event":null}\n');
  assert.deepEqual([chunk.firstRecord, chunk.position, chunk.records], [1, 4096 + 512, Float64Array.of(2 ** 40, 5)]);
});

test('the source is closed when the reader stops early', async () => {
  const file = buildFile(
    buildChunk([{ id: 1, fragment: { kind: 'bare', root: element('Event', {}, 'x'.repeat(30_000)) } }]),
  );
  let closed = false;
  function* blocks(): Generator<Uint8Array> {
    try {
      yield file;
      for (;;) yield file.subarray(4096);
    } finally {
      closed = true;
    }
  }
  for await (const _ of readEvtx(blocks(), { recover: false, report: () => {} })) break;
  assert.ok(closed);
});

test('long logs come in several chunks, numbered through', async () => {
  const text = 'x'.repeat(30_000);
  const chunk = (id: number) => buildChunk([{ id, fragment: { kind: 'bare', root: element('Event', {}, text) } }]);
  const file = buildFile(...Array.from({ length: 100 }, (_, i) => chunk(i + 1)));
  const sizes: number[] = [];
  let next = 1;
  for await (const { bytes, firstRecord, records } of readEvtx([file], { recover: false, report: () => {} })) {
    assert.equal(firstRecord, next);
    next += records?.length ?? 0;
    sizes.push(bytes.length);
  }
  assert.equal(next, 101);
  assert.deepEqual(sizes, [1_050_455, 1_050_455, 900_390]);
});

/** Runs the real command, from source, as a user would. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const WEIR = fileURLToPath(new URL('../../bin/weir.js', import.meta.url));
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export function startWeir(args: readonly string[], settings: RunSettings = {}): ChildProcess {
  return spawn(process.execPath, [WEIR, ...args], {
    cwd: settings.cwd ?? ROOT,
    env: { ...process.env, WEIR_DEV: '1', LC_ALL: 'C.UTF-8', NO_COLOR: '1', ...settings.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Collects what a started command writes until it ends. */
export async function ended(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

export async function weir(args: readonly string[], settings: RunSettings = {}): Promise<Result> {
  const child = startWeir(args, settings);
  child.stdin?.on('error', () => {});
  child.stdin?.end(settings.input ?? '');
  return ended(child);
}

/** A folder that goes away after the test. */
export function scratch(t: TestContext): { readonly folder: string; write(name: string, text: string): string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  };
  return { folder, write };
}

export const RULE_ID = 'a0000000-0000-4000-8000-000000000001';
export const RULE = `title: Shell started
id: ${RULE_ID}
level: high
tags: [attack.execution]
logsource: {product: windows, category: process_creation, definition: kept}
detection:
  selection:
    Image|endswith: '\\cmd.exe'
  condition: selection
`;

/** A Sysmon process creation, NXLog-flattened. */
export function processEvent(image: string, second = 0, more: object = {}): string {
  return `${JSON.stringify({
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    Hostname: 'ws-1.corp.example',
    '@timestamp': `2026-03-02T10:00:${String(second).padStart(2, '0')}.000Z`,
    Image: image,
    ...more,
  })}\n`;
}

/** Writes `sbom.json` (CycloneDX) from the lock file; the same lock file gives the same bytes. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { repoRoot } from './repo.ts';

interface Bom {
  serialNumber?: string;
  metadata: { timestamp?: string; tools?: unknown; component: { name: string; version: string } };
  components: { 'bom-ref': string }[];
  dependencies: { ref: string }[];
}

/** Takes out what differs from run to run and machine to machine: serial number, time, npm's version, folder name. */
export function normaliseBom(bom: Bom, name: string): Bom {
  const { serialNumber: _serial, ...rest } = bom;
  const { timestamp: _time, tools: _tools, ...metadata } = rest.metadata;
  return {
    ...rest,
    metadata: { ...metadata, component: { ...metadata.component, name } },
    components: rest.components.toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
    dependencies: rest.dependencies.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)),
  };
}

if (import.meta.main) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout, stderr, status, error } = spawnSync('npm', args, {
    cwd: repoRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined || status !== 0) throw new Error(`npm sbom failed: ${error?.message ?? stderr}`);
  const { name } = JSON.parse(fs.readFileSync(path.join(repoRoot, 'package.json'), 'utf8')) as { name: string };
  const bom = normaliseBom(JSON.parse(stdout) as Bom, name);
  fs.writeFileSync(path.join(repoRoot, 'sbom.json'), `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(`sbom: ${bom.components.length} components in sbom.json\n`);
}

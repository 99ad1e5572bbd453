/** `weir compliance report`: evidence per control, from a data folder and the configuration its server runs with. */
import { folderOwner, now } from '../../base/index.ts';
import { openMeta } from '../../meta/index.ts';
import {
  type AccessEvidence,
  complianceMarkdown,
  controlResults,
  gatherEvidence,
  type VerifiedEvidence,
  verifyFolder,
} from '../../pipeline/index.ts';
import { loadConfig, retentionSettings } from '../../server/index.ts';
import { EXIT, oneOf } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverPages } from '../serverPages.ts';

export interface ComplianceFlags {
  readonly data?: string;
  readonly config?: string;
  readonly format?: string;
  readonly verify?: boolean;
}

const FORMATS = ['markdown', 'json'] as const;
const PAGE = { limit: 1000, after: null };

export async function complianceReportCommand(flags: ComplianceFlags): Promise<number> {
  const format = oneOf('--format', flags.format ?? 'markdown', FORMATS);
  const config = loadConfig({ file: flags.config, secrets: 'skip' });
  const folder = flags.data ?? config.data;
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  const access = url === null ? accessOfFolder(folder) : await accessOfServer(folder, url);
  const verified = flags.verify === false || url !== null ? null : verifiedNow(folder);
  const evidence = gatherEvidence(folder, retentionSettings(config).policies, { verified, access });
  const at = new Date(now()).toISOString();
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify({ at, controls: controlResults(evidence), ...evidence })}\n`
      : complianceMarkdown(at, evidence),
  );
  if (verified === null) {
    const why =
      url === null ? 'as was asked' : `since a server runs on ${folder}: stop it, or look at a restored backup`;
    process.stderr.write(`weir: nothing was verified, ${why}\n`);
  }
  return verified !== null && verified.findings > 0 ? EXIT.failed : EXIT.done;
}

function verifiedNow(folder: string): VerifiedEvidence {
  const { findings, events, segments, head } = verifyFolder({ folder, detection: false });
  const at = new Date(now()).toISOString();
  return { at, findings: findings.length, events, segments: segments.segments, head, segmentHead: segments.head };
}

/** Of the operator's tenant; of others whoever administers them reports. */
function accessOfFolder(folder: string): AccessEvidence {
  using meta = openMeta(folder);
  const users = meta.users.list('default', PAGE).items;
  const keys = meta.keys.list('default', PAGE).items;
  return {
    users: users.map(({ name, role, disabledMs }) => ({ name, role, disabled: disabledMs !== null })),
    keys: keys.map(({ name, scopes, expiresMs }) => ({
      ...{ name, scopes },
      expires: expiresMs === null ? null : new Date(expiresMs).toISOString(),
    })),
  };
}

async function accessOfServer(folder: string, url: string): Promise<AccessEvidence> {
  const users = await serverPages<AccessEvidence['users'][number]>(folder, url, '/v1/users');
  const keys = await serverPages<{ name: string; scopes: string[]; expires: string | null }>(folder, url, '/v1/keys');
  return {
    users: users.map(({ name, role, disabled }) => ({ name, role, disabled })),
    keys: keys.map(({ name, scopes, expires }) => ({ name, scopes, expires })),
  };
}

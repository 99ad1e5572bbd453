/** A data folder that no server has, as the target: a node is opened in it, and what it takes is evaluated before it is closed. */
import { type FolderLock, fileInfo, lockFolder, now, sha256, sleep } from '../../base/index.ts';
import { openMeta, readCredentials } from '../../meta/index.ts';
import { Audit } from '../live/audit.ts';
import { Deliveries } from '../live/deliveries.ts';
import { LiveNode } from '../live/node.ts';
import type { Outcome } from './resume.ts';
import type { Outgoing, Target } from './target.ts';

export interface FolderTargetOptions {
  readonly folder: string;
  readonly threads: number;
  readonly version: string;
  /** Rules to evaluate with; null for those that were in force last, or `shippedRules` where none were. */
  readonly rules: readonly string[] | null;
  readonly shippedRules: string;
  /** Folder for compiled rules; null for none. */
  readonly cache: string | null;
  /** The journal can take nothing more. */
  onBroken(error: Error): void;
}

export interface FolderTarget extends Target {
  /** Resolves when everything taken is evaluated; before that, calls back with how far that is. */
  evaluate(onProgress: (done: number, all: number) => void, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const LOOK_MS = 100;

/** Throws `folder.in_use`, `journal.…`, `disk.…`. */
export async function openFolderTarget(options: FolderTargetOptions): Promise<FolderTarget> {
  const lock = lockFolder(options.folder);
  try {
    return await open(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The credential whose keys a server on this folder would use: so a taking begun there can end here, and the other way round. */
function credentialOf(folder: string): {
  readonly tenant: string;
  readonly credential: string;
  readonly scope: string;
} {
  const local = { tenant: 'default', credential: 'folder', scope: 'folder' };
  const kept = readCredentials(folder);
  if (kept === null || fileInfo(`${folder}/meta.db`) === null) return local;
  const meta = openMeta(folder);
  try {
    const found = meta.keys.check(kept.ingest_key);
    if (found === null) return local;
    const { id, tenant } = found.key;
    return { tenant, credential: `key:${id}`, scope: sha256(kept.ingest_key).slice(0, 16) };
  } finally {
    meta.close();
  }
}

async function open(options: FolderTargetOptions, lock: FolderLock): Promise<FolderTarget> {
  const { folder, threads, version } = options;
  const { tenant, credential, scope } = credentialOf(folder);
  const node = await LiveNode.open({ folder, threads, version, onBroken: (error) => options.onBroken(error) });
  const audit = new Audit(`${folder}/journal`, () => node.progress.durable);
  // All keys there ever were: reading the journal tells.
  const deliveries = new Deliveries(node, audit, Number.POSITIVE_INFINITY);
  let requests = 0;
  const rules = loadRules(node, options);
  // Whoever evaluates hears of it.
  rules.catch(() => {});
  return {
    log: node.log,
    tenant,
    scope,
    keepMs: Number.POSITIVE_INFINITY,
    deliver: async ({ lines, source, key }: Outgoing): Promise<Outcome> => {
      const { accepted, dead } = await deliveries.ingest({
        tenant,
        source,
        credential,
        door: 'ingest',
        request: `ingest-${++requests}`,
        receivedAt: now(),
        format: 'ndjson',
        encoding: 'identity',
        // The node takes its body with its memory.
        body: Uint8Array.from(lines),
        idempotency: key,
      });
      return { accepted, dead };
    },
    evaluate: async (onProgress, signal) => {
      await rules;
      const { durable } = node.progress;
      let done = false;
      const evaluated = node.evaluated(durable - 1).then(() => {
        done = true;
      });
      while (!done && signal?.aborted !== true) {
        onProgress(node.progress.committed + 1, durable);
        await Promise.race([evaluated, sleep(LOOK_MS)]);
      }
    },
    close: async () => {
      await rules.catch(() => {});
      await audit.close();
      await node.close();
      lock.release();
    },
  };
}

async function loadRules(node: LiveNode, { rules, shippedRules, cache }: FolderTargetOptions): Promise<void> {
  if (rules === null && (await node.resumeRules())) return;
  await node.loadRules({ paths: rules ?? [shippedRules], cache });
}

/** A server's folder as the source of a backup: asked through its API, with the admin key of the folder. */
import type { BackupSource } from '../pipeline/index.ts';
import { backupError } from '../pipeline/index.ts';
import { problemOf, serverKey } from './serverPages.ts';

interface Begun {
  readonly id: string;
  readonly evaluated: number;
  readonly late: number;
  readonly chain_key: string | null;
}

interface Held {
  readonly position: number;
  readonly catalogue: string;
  readonly segment_ledger_bytes: number;
}

export function serverSource(folder: string, url: string): BackupSource {
  let id: string | null = null;
  const key = serverKey(folder, url, 'a backup needs a key that may operate');
  const call = async (method: 'POST' | 'PUT' | 'DELETE', path: string): Promise<Response> => {
    const answer = await fetch(`${url}/v1/backups${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
    }).catch((cause: unknown) => {
      throw lost(`the server at ${url} cannot be reached any more`, cause);
    });
    if (answer.status === 404) throw lost(`the server at ${url} knows nothing of this backup any more`);
    if (!answer.ok) throw await problemOf(answer, url);
    return answer;
  };
  return {
    async settle() {
      const begun = (await (await call('POST', '')).json()) as Begun;
      id = begun.id;
      return { ...begun, keyPath: begun.chain_key };
    },
    async hold() {
      const held = (await (await call('POST', `/${id}/hold`)).json()) as Held;
      return { ...held, segmentLedgerBytes: held.segment_ledger_bytes };
    },
    async renew() {
      await call('PUT', `/${id}`);
    },
    async release() {
      if (id === null) return;
      // Whoever cannot be told any more has ended it already, or does soon.
      await call('DELETE', `/${id}`).catch(() => null);
    },
  };
}

function lost(what: string, cause?: unknown): Error {
  return backupError(
    'backup.lost',
    what,
    'Run the backup again; what was copied so far need not be copied anew.',
    cause,
  );
}

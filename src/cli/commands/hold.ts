/** `weir hold`: what must not be deleted, of a running server's history or of a folder that nobody serves. */
import { folderOwner, lockFolder, now } from '../../base/index.ts';
import type { HoldScope } from '../../journal/index.ts';
import { History, type Retention } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverAnswer, serverCall } from '../serverPages.ts';
import { timeOfApi } from '../since.ts';

export interface HoldFlags {
  readonly data?: string;
}

export interface HoldAddFlags extends HoldFlags {
  readonly reason: string;
  readonly tenant?: readonly string[];
  readonly source?: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

const BY = 'weir hold';

const timeOf = (flag: string, text: string): string => new Date(timeOfApi(flag, text)).toISOString();

/** The folder's server, or null: nobody serves it. */
function serverOf(folder: string): string | null {
  demandDataFolder(folder);
  return folderOwner(folder)?.url ?? null;
}

function inFolder<T>(folder: string, work: (retention: Retention) => T): T {
  using _lock = lockFolder(folder);
  const history = new History(folder);
  try {
    return work(history.retention);
  } finally {
    history.close();
  }
}

export async function holdAddCommand(name: string, flags: HoldAddFlags): Promise<number> {
  const { data: folder = 'weir-data', reason, tenant, source } = flags;
  const scope: HoldScope = {
    ...(tenant === undefined ? {} : { tenants: tenant }),
    ...(source === undefined ? {} : { sources: source }),
    ...(flags.from === undefined ? {} : { from: timeOf('--from', flags.from) }),
    ...(flags.to === undefined ? {} : { to: timeOf('--to', flags.to) }),
  };
  const url = serverOf(folder);
  if (url === null) inFolder(folder, (retention) => retention.hold({ name, reason, by: BY, at: now(), ...scope }));
  else await serverCall(folder, url, 'POST', '/v1/holds', { name, reason, ...scope });
  process.stderr.write(`nothing that the hold ${name} names is deleted until it is removed\n`);
  return EXIT.done;
}

export async function holdRemoveCommand(name: string, flags: HoldFlags): Promise<number> {
  const { data: folder = 'weir-data' } = flags;
  const url = serverOf(folder);
  if (url === null) inFolder(folder, (retention) => retention.unhold(name, BY, now()));
  else await serverCall(folder, url, 'DELETE', `/v1/holds/${encodeURIComponent(name)}`);
  process.stderr.write(`the hold ${name} is over: policies decide again\n`);
  return EXIT.done;
}

/** JSON, one hold a line. */
export async function holdListCommand(flags: HoldFlags): Promise<number> {
  const { data: folder = 'weir-data' } = flags;
  const url = serverOf(folder);
  const holds: readonly object[] =
    url === null
      ? inFolder(folder, (retention) =>
          retention.holds().map(({ kind, at, ...hold }) => ({ ...hold, since: new Date(at).toISOString() })),
        )
      : (await serverAnswer<{ items: object[] }>(folder, url, '/v1/holds')).items;
  for (const hold of holds) process.stdout.write(`${JSON.stringify(hold)}\n`);
  process.stderr.write(`${holds.length} legal holds in force\n`);
  return EXIT.done;
}

/** `weir repair`: a damaged journal made usable again, with what that costs. */
import { type FolderLock, folderOwner, lockFolder, WeirError } from '../../base/index.ts';
import { type Repair, repairJournal } from '../../journal/index.ts';
import { lossText } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { printable } from '../terminal/escape.ts';

export interface RepairFlags {
  readonly data?: string;
  /** Say what would be lost, and change nothing. */
  readonly dryRun?: boolean;
}

/** Each run of positions that is lost as a line of JSON; what became of the files for people. */
export function repairCommand(flags: RepairFlags): number {
  const folder = flags.data ?? 'weir-data';
  const dryRun = flags.dryRun === true;
  demandDataFolder(folder);
  using _lock = dryRun ? nobodyOwns(folder) : lockFolder(folder);
  const repair = repairJournal(`${folder}/journal`, { dryRun });
  for (const { from, to } of repair.lost) {
    const known = repair.known.filter(({ position }) => position >= from && position < to);
    process.stdout.write(`${JSON.stringify({ from, to: to - 1, what: lossText(to - from, known) })}\n`);
  }
  process.stderr.write(`weir: ${printable(told(repair, folder, dryRun))}\n`.replaceAll('\\n', '\n'));
  return EXIT.done;
}

/** A look changes nothing, not even who owns the folder; but what is being written to looks damaged. */
function nobodyOwns(folder: string): FolderLock | null {
  if (folderOwner(folder) === null) return null;
  throw new WeirError('folder.in_use', `a server runs on ${folder}`, { hint: 'Stop it first.' });
}

function told({ lost, kept, entries }: Repair, folder: string, dryRun: boolean): string {
  if (lost.length === 0 && kept.length === 0) return `the journal in ${folder} is whole, all ${entries} entries of it`;
  const gone = lost.reduce((sum, { from, to }) => sum + to - from, 0);
  const [would, are] = dryRun ? ['would be ', 'would be'] : ['', 'are'];
  const lines = [`${gone} of ${entries + gone} entries ${are} lost; all others keep their positions`];
  for (const file of kept) lines.push(`what was there ${would === '' ? 'is' : 'would be'} kept as ${file}`);
  lines.push(
    dryRun
      ? `Nothing was changed. weir repair --data ${folder} does it.`
      : `weir verify --data ${folder} goes on naming the loss.`,
  );
  return lines.join('\n');
}

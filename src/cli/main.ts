/** The command line: which commands there are, and what each takes. What a command does is loaded when it is called. */
import { Command, CommanderError, Option } from 'commander';
import { keepStopSignals, watchLauncher } from '../base/index.ts';
import type { Flags } from '../server/index.ts';
import type { AuditFlags } from './commands/audit.ts';
import type { BackupFlags, RestoreFlags } from './commands/backup.ts';
import type { BooksFlags } from './commands/books.ts';
import type { ComplianceFlags } from './commands/compliance.ts';
import type { ConfigExplainFlags } from './commands/config.ts';
import type { HoldAddFlags, HoldFlags } from './commands/hold.ts';
import type { HuntFlags } from './commands/hunt.ts';
import type { IngestFlags } from './commands/ingest.ts';
import type { PseudonymFlags } from './commands/pseudonym.ts';
import type { QueryFlags } from './commands/query.ts';
import type { RepairFlags } from './commands/repair.ts';
import type { RulesNearFlags } from './commands/rulesNear.ts';
import type { RulesStatusFlags } from './commands/rulesStatus.ts';
import type { RulesTestFlags } from './commands/rulesTest.ts';
import type { ScanFlags } from './commands/scan.ts';
import type { SqlFlags } from './commands/sql.ts';
import type { StoreFlags } from './commands/store.ts';
import type { VerifyFlags } from './commands/verify.ts';
import {
  BACKUP_EXAMPLES,
  CONFIG_EXAMPLES,
  HOLD_EXAMPLES,
  HUNT_EXAMPLES,
  INGEST_EXAMPLES,
  PSEUDONYM_EXAMPLES,
  QUERY_EXAMPLES,
  RULES_EXAMPLES,
  SCAN_EXAMPLES,
  SQL_EXAMPLES,
} from './examples.ts';
import { EXIT, tell, usageError } from './failure.ts';
import { version } from './places.ts';
import { addUpFlags } from './upFlags.ts';

const repeat = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

const SCAN_NOTES = `
Exit status: 0 done, 1 could not do it, 2 usage, 3 a hit at or above
--fail-on, 4 some input could not be read.`;

const HUNT_NOTES = `
Where a server runs on the folder it does the work, and Ctrl-C ends that, too.
Where none does: stopped, run the same command again with the same --resume, and
it goes on where it was. Hits are those that a server would have found, with the same ids; nobody
is told of them.
Exit status: 0 done, 1 could not do it, 2 usage, 3 a hit at or above
--fail-on, 4 some of what is kept could not be read.`;

const INGEST_NOTES = `
Stopped or killed, run the same command again: it goes on where it was, and
nothing is kept twice.
Exit status: 0 done, 1 could not do it, 2 usage, 4 some input could not be read
or is no event.`;

function addRules(command: Command): Command {
  return command
    .option('--rules <path>', 'rule file, folder or zip; may repeat; replaces the rules that come with weir', repeat)
    .option('--pipeline <file>', 'pySigma processing pipeline; may repeat', repeat);
}

function addOutput(command: Command): Command {
  return command
    .option('--min-level <level>', 'informational, low, medium, high or critical')
    .option('--format <name>', 'table (on a terminal), ndjson (elsewhere), json, timeline or html')
    .option('--out <file>', 'write hits there; its ending chooses the format')
    .option('--summary <file>', 'write what was read, found and refused there, as JSON')
    .option('--explain', 'also say why each hit is one')
    .option('--fail-on <level>', 'exit with 3 when a hit has this level or a higher one')
    .option('--threads <n>', 'worker threads; default: one for each core')
    .addOption(new Option('--no-cache', 'compile the rules anew'));
}

/** Commands that end with a status put it here. */
export function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('weir')
    .description('Takes in security events, finds attacks in them, and proves that nothing was lost.')
    .version(version())
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError(true);

  const scan = program
    .command('scan')
    .description('Finds what rules describe in log files')
    .argument('[path...]', "files, folders, globs; '-' for standard input")
    .addHelpText('before', SCAN_EXAMPLES)
    .addHelpText('after', SCAN_NOTES);
  addOutput(addRules(scan))
    .option('--input-format <name>', 'take every input as this: ndjson, json, evtx or xml')
    .option('--recover', 'also read EVTX records from free space')
    .option('--why-not <rule>', 'for a rule (id, path or title): which of its predicates fail in the events')
    .action(async (paths: string[], flags: ScanFlags) => {
      const { scanCommand } = await import('./commands/scan.ts');
      finish(await scanCommand(paths, flags));
    });

  program
    .command('query')
    .description('Searches the history of a data folder')
    .argument('[text]', 'a query in the language of docs/query-language.md, or words to search for')
    .addHelpText('before', QUERY_EXAMPLES)
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--since <time>', 'only events of this time and later: 24h, 90d, 2026-01-31T12:00:00Z')
    .option('--saved <name>', 'a query that was saved under this name')
    .option('--format <name>', 'table (on a terminal), ndjson (elsewhere), csv or parquet')
    .option('--explain', 'say what was ruled out before it was read, and by what')
    .action(async (text: string | undefined, flags: QueryFlags) => {
      const { queryCommand } = await import('./commands/query.ts');
      finish(await queryCommand(text, flags));
    });

  program
    .command('sql')
    .description('Asks the history of a data folder in the SQL of DuckDB')
    .argument('<select>', 'one SELECT over the view events (docs/store.md)')
    .addHelpText('before', SQL_EXAMPLES)
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--format <name>', 'table (on a terminal), ndjson (elsewhere), csv or parquet')
    .action(async (text: string, flags: SqlFlags) => {
      const { sqlCommand } = await import('./commands/sql.ts');
      finish(await sqlCommand(text, flags));
    });

  const demo = program.command('demo').description('Shows a made-up break-in being found; needs no network');
  addOutput(addRules(demo)).action(async (flags: ScanFlags) => {
    const { demoCommand } = await import('./commands/demo.ts');
    finish(await demoCommand(flags));
  });

  const hunt = program
    .command('hunt')
    .description('Finds what rules describe in the events that a data folder has kept')
    .argument('[rules...]', 'rule files, folders or zips; default: the rules that come with weir')
    .addHelpText('before', HUNT_EXAMPLES)
    .addHelpText('after', HUNT_NOTES)
    .option('--data <folder>', 'data folder, of a running server or of none; default: weir-data')
    .option('--since <time>', 'events from then on: a span such as 24h, 90d, 2y, or a time')
    .option('--until <time>', 'events up to then')
    .option('--resume <file>', 'keep there how far it has come, and go on from there')
    .option('--tenant <name>', 'whose events; default: default');
  addOutput(hunt.option('--pipeline <file>', 'pySigma processing pipeline; may repeat', repeat)).action(
    async (paths: string[], flags: HuntFlags) => {
      const { huntCommand } = await import('./commands/hunt.ts');
      finish(await huntCommand(paths, flags));
    },
  );

  const store = program.command('store').description('What is kept of a data folder’s events, and where');
  const storeData = (command: Command): Command => command.option('--data <folder>', 'data folder; default: weir-data');
  storeData(store.command('stats').description('Events, segments and bytes by kind'))
    .option('--format <name>', 'text (on a terminal) or json')
    .action(async (flags: StoreFlags) => {
      const { storeStatsCommand } = await import('./commands/store.ts');
      finish(await storeStatsCommand(flags));
    });
  storeData(store.command('compact').description('Cuts and merges all there is, to the end')).action(
    async (flags: StoreFlags) => {
      const { storeCompactCommand } = await import('./commands/store.ts');
      finish(storeCompactCommand(flags));
    },
  );
  storeData(store.command('tier').description('Sends what policies say to the object store, to the end'))
    .option('--config <file>', 'configuration with store.tiers; default: weir.yaml where there is one')
    .action(async (flags: StoreFlags & { config?: string }) => {
      const { storeTierCommand } = await import('./commands/store.ts');
      finish(await storeTierCommand(flags));
    });
  storeData(
    store.command('release').description('Lets the journal’s events go that are in segments, each compared before'),
  )
    .option('--keep <span>', 'keep what was received since; default: journal.keep')
    .option('--config <file>', 'configuration with journal.keep; default: weir.yaml where there is one')
    .action(async (flags: StoreFlags & { config?: string; keep?: string }) => {
      const { storeReleaseCommand } = await import('./commands/store.ts');
      finish(storeReleaseCommand(flags));
    });
  storeData(store.command('rebuild').description('Makes the catalogue anew from the segments')).action(
    async (flags: StoreFlags) => {
      const { storeRebuildCommand } = await import('./commands/store.ts');
      finish(await storeRebuildCommand(flags));
    },
  );

  const hold = program.command('hold').description('Legal holds: what must not be deleted, whatever retention says');
  hold.addHelpText('before', HOLD_EXAMPLES);
  storeData(hold.command('add').description('Forbids deleting what it names; of all where nothing is named'))
    .argument('<name>', 'a name of yours: a case, a ticket')
    .requiredOption('--reason <text>', 'why')
    .option('--tenant <name>', 'its events; * for any letters; may repeat', repeat)
    .option('--source <name>', 'events of this source; * for any letters; may repeat', repeat)
    .option('--from <time>', 'events that happened then or later')
    .option('--to <time>', 'events up to then')
    .action(async (name: string, flags: HoldAddFlags) => {
      const { holdAddCommand } = await import('./commands/hold.ts');
      finish(await holdAddCommand(name, flags));
    });
  storeData(hold.command('list').description('Those in force, JSON a line')).action(async (flags: HoldFlags) => {
    const { holdListCommand } = await import('./commands/hold.ts');
    finish(await holdListCommand(flags));
  });
  storeData(hold.command('remove').description('Ends one; that it was there stays in the ledger'))
    .argument('<name>', 'its name')
    .action(async (name: string, flags: HoldFlags) => {
      const { holdRemoveCommand } = await import('./commands/hold.ts');
      finish(await holdRemoveCommand(name, flags));
    });

  storeData(program.command('pseudonym').description('What values are called in events whose source masks them'))
    .addHelpText('before', PSEUDONYM_EXAMPLES)
    .argument('[value...]', 'as they were before')
    .option('--tenant <name>', 'whose', 'default')
    .option('--from <file>', 'values, one a line: what stands on a command line others may see')
    .action(async (values: readonly string[], flags: PseudonymFlags) => {
      const { pseudonymCommand } = await import('./commands/pseudonym.ts');
      finish(pseudonymCommand(values, flags));
    });

  storeData(program.command('audit').description('Who asked what of the API, JSON a line, oldest first'))
    .option('--since <time>', 'from then on: 24h, 90d, 2026-01-31T12:00:00Z')
    .action(async (flags: AuditFlags) => {
      const { auditCommand } = await import('./commands/audit.ts');
      finish(await auditCommand(flags));
    });

  const compliance = program.command('compliance').description('Evidence for those who audit');
  storeData(compliance.command('report').description('What is shown, control by control, and what is not'))
    .option('--config <file>', 'configuration of its server: which policies are in force')
    .option('--format <name>', 'markdown or json')
    .option('--no-verify', 'do not work out anew whether everything is as it was signed')
    .action(async (flags: ComplianceFlags) => {
      const { complianceReportCommand } = await import('./commands/compliance.ts');
      finish(await complianceReportCommand(flags));
    });

  const rules = program.command('rules').description('Checks, explains and fetches rules');
  rules.addHelpText('before', RULES_EXAMPLES);
  rules
    .command('check')
    .description('Says what loads, what is refused, what is expensive and what can never fire')
    .argument('<path...>', 'rule files, folders or zips')
    .option('--pipeline <file>', 'pySigma processing pipeline; may repeat', repeat)
    .option('--sample <path>', 'events to try: also says what cannot fire on them; may repeat', repeat)
    .option('--strict', 'exit with 1 when a rule is refused or likely does not mean what it says')
    .option('--all', 'list every finding')
    .action(
      async (paths: string[], flags: { pipeline?: string[]; sample?: string[]; strict?: boolean; all?: boolean }) => {
        const { rulesCheckCommand } = await import('./commands/rulesCheck.ts');
        finish(await rulesCheckCommand(paths, flags));
      },
    );
  addRules(rules.command('explain'))
    .description('Shows one rule in words: what it wants, where, and what it costs')
    .argument('<rule>', 'id, file or title')
    .option('--why-not <event>', 'FILE or FILE:RECORD: which predicates fail there')
    .action(async (rule: string, flags: ScanFlags) => {
      const { rulesExplainCommand } = await import('./commands/rulesExplain.ts');
      finish(await rulesExplainCommand(rule, flags));
    });
  rules
    .command('status')
    .description('Shows which rules of a data folder can fire, what they found, and why the others cannot')
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--state <name>', 'only rules that are active, dead, silenced, quarantined, refused or disabled')
    .option('--format <name>', 'text (on a terminal) or ndjson')
    .action(async (flags: RulesStatusFlags) => {
      const { rulesStatusCommand } = await import('./commands/rulesStatus.ts');
      finish(await rulesStatusCommand(flags));
    });
  rules
    .command('test')
    .description('Shows what rules would have found: hits a day, noisiest hosts, cost, examples')
    .argument('<path...>', 'rule files, folders or zips')
    .option('--data <folder>', 'data folder, of a running server or of none; default: weir-data')
    .option('--since <time>', 'events from then on: a span such as 24h, 7d (the default), 2y, or a time')
    .option('--until <time>', 'events up to then')
    .option('--pipeline <file>', 'pySigma processing pipeline; may repeat', repeat)
    .option('--tenant <name>', 'whose events; default: default')
    .option('--format <name>', 'text (on a terminal) or json')
    .action(async (paths: string[], flags: RulesTestFlags) => {
      const { rulesTestCommand } = await import('./commands/rulesTest.ts');
      finish(await rulesTestCommand(paths, flags));
    });
  rules
    .command('near')
    .description('Shows which rules came closest to hitting an event, and which of their predicates failed')
    .argument('<event>', 'id of an event, as hits and queries have it')
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--limit <n>', 'how many rules, up to 50; default: 10')
    .option('--format <name>', 'text (on a terminal) or json')
    .action(async (event: string, flags: RulesNearFlags) => {
      const { rulesNearCommand } = await import('./commands/rulesNear.ts');
      finish(await rulesNearCommand(event, flags));
    });
  rules
    .command('fetch')
    .description('Downloads the current SigmaHQ rules')
    .option('--url <url>', 'where from; also WEIR_RULES_URL')
    .option('--to <file>', 'where to; default: the cache folder')
    .action(async (flags: { url?: string; to?: string }) => {
      const { rulesFetchCommand } = await import('./commands/rulesFetch.ts');
      finish(await rulesFetchCommand(flags));
    });

  addServer(program, finish);
  addBackup(program, finish);
  addConfig(program, finish);
  return program;
}

function addServer(program: Command, finish: (status: number) => void): void {
  addUpFlags(program.command('up'))
    .description('Takes in events, keeps them, and finds what rules describe in them as they come')
    .action(async (flags: Flags) => {
      const { upCommand } = await import('./commands/up.ts');
      finish(await upCommand(flags));
    });
  program
    .command('ingest')
    .description('Sends log files to a server, or straight into a data folder')
    .argument('[path...]', "files, folders, globs; '-' for standard input")
    .addHelpText('before', INGEST_EXAMPLES)
    .addHelpText('after', INGEST_NOTES)
    .option('--data <folder>', 'data folder, of a running server or of none; default: weir-data; also WEIR_DATA')
    .option('--url <url>', 'server to send to; also WEIR_URL')
    .option('--key <key>', 'its key; better in WEIR_KEY, where other users cannot see it')
    .option('--cacert <file>', 'certificates (PEM) to trust in place of the usual ones')
    .option('--source <name>', 'source of the events; default: the last part of each path')
    .option('--rules <path>', 'rules to run where there is no server; default: those in force there', repeat)
    .option('--input-format <name>', 'take every input as this: ndjson, json, evtx or xml')
    .option('--recover', 'also read EVTX records from free space')
    .option('--again', 'also send what has been taken before, as other events')
    .option('--in-doubt <what>', 'send or skip what may have been kept, where nobody knows any more')
    .option('--summary <file>', 'write what was kept and what was not there, as JSON')
    .action(async (paths: string[], flags: IngestFlags) => {
      const { ingestCommand } = await import('./commands/ingest.ts');
      finish(await ingestCommand(paths, flags));
    });
  program
    .command('books')
    .description('Shows what came in and what became of it, minute by minute')
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--rules', 'up to where each rule has seen every event, and what it has not seen and why')
    .option('--format <name>', 'table (on a terminal) or ndjson')
    .action(async (flags: BooksFlags) => {
      const { booksCommand } = await import('./commands/books.ts');
      finish(await booksCommand(flags));
    });
  program
    .command('verify')
    .description('Reads everything again and works out anew what must follow from it; exits with 1 where it does not')
    .option('--data <folder>', 'data folder; default: weir-data')
    .option('--no-detection', 'do not run the rules again')
    .option('--head <head>', 'head of the chain that an earlier look printed: it must still be there')
    .option('--segment-head <head>', 'the same of the chain over segments')
    .option('--cold', 'fetch what is in the object store and read it too; needs room on the disk for all of it')
    .action(async (flags: VerifyFlags) => {
      const { verifyCommand } = await import('./commands/verify.ts');
      finish(await verifyCommand(flags));
    });
  program
    .command('repair')
    .description('Makes a damaged journal usable again and says what is lost; keeps the damaged files beside it')
    .option('--data <folder>', 'data folder, of a running server or of none; default: weir-data')
    .option('--dry-run', 'only say what would be lost')
    .action(async (flags: RepairFlags) => {
      const { repairCommand } = await import('./commands/repair.ts');
      finish(repairCommand(flags));
    });
}

function addBackup(program: Command, finish: (status: number) => void): void {
  const backup = program
    .command('backup')
    .description('Copies a data folder, while a server runs on it or not; again into the same folder only what is new')
    .addHelpText('before', BACKUP_EXAMPLES)
    .option('--data <folder>', 'data folder, of a running server or of none; default: weir-data')
    .option('--to <folder>', 'where the backup is; made where it is not there')
    .option(
      '--chain-key <file>',
      'the private key of the ledgers, which signs the backup; default: the one in the folder',
    )
    .option('--without-keys', 'leave out credentials.json, chain/key.pem and tls/')
    .action(async ({ withoutKeys, ...flags }: Omit<BackupFlags, 'keys'> & { readonly withoutKeys?: boolean }) => {
      const { backupCommand } = await import('./commands/backup.ts');
      if (flags.to === undefined) throw usageError('where to? weir backup needs --to FOLDER');
      finish(await backupCommand({ ...flags, keys: withoutKeys !== true }));
    });
  backup
    .command('verify')
    .description('Reads a backup again: whether it is whole, and as it was signed')
    .argument('<folder>', 'where the backup is')
    .option('--key <key>', 'the public key that must have signed it, as it was printed')
    .action(async (target: string, flags: { readonly key?: string }) => {
      const { backupVerifyCommand } = await import('./commands/backup.ts');
      finish(await backupVerifyCommand(target, flags));
    });
  program
    .command('restore')
    .description('Makes a data folder of a backup, once all of it was checked')
    .argument('<backup>', 'folder of the backup')
    .requiredOption('--data <folder>', 'where to: a folder that is empty, or not there yet')
    .option('--key <key>', 'the public key that must have signed it')
    .action(async (target: string, flags: RestoreFlags) => {
      const { restoreCommand } = await import('./commands/backup.ts');
      finish(await restoreCommand(target, flags));
    });
}

function addConfig(program: Command, finish: (status: number) => void): void {
  const config = program.command('config').description('Checks and explains the settings of weir up');
  config.addHelpText('before', CONFIG_EXAMPLES);
  config
    .command('check')
    .description('Says everything that is wrong with a file of settings')
    .argument('<file>', 'the settings, as YAML')
    .option('--no-secrets', 'do not look whether the secrets it names are there')
    .action(async (file: string, flags: { secrets?: boolean }) => {
      const { configCheckCommand } = await import('./commands/config.ts');
      finish(configCheckCommand(file, flags));
    });
  addUpFlags(config.command('explain'))
    .description('Shows every setting in force: its value, where it comes from, what it is for')
    .option('--format <name>', 'yaml or json')
    .action(async (flags: ConfigExplainFlags) => {
      const { configExplainCommand } = await import('./commands/config.ts');
      finish(configExplainCommand(flags));
    });
  config
    .command('schema')
    .description('Prints the JSON Schema of the settings')
    .action(async () => {
      const { configSchemaCommand } = await import('./commands/config.ts');
      finish(configSchemaCommand());
    });
}

/** Runs one command line; resolves to the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status: number = EXIT.done;
  const program = buildProgram((ended) => {
    status = ended;
  });
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    // Commander has already printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const told = tell(error);
    process.stderr.write(told.message);
    return told.status;
  }
}

if (import.meta.main) {
  // These label what they print when they are stopped, however early.
  if (['scan', 'hunt', 'demo', 'up', 'ingest'].includes(process.argv[2] ?? '')) keepStopSignals();
  watchLauncher();
  // Nobody reads our messages any more: that is no reason to end with a stack trace.
  process.stderr.on('error', () => {});
  process.stdout.on('error', () => {});
  process.exitCode = await main(process.argv.slice(2));
}

/** Examples that `--help` of a command begins with. */
export const BACKUP_EXAMPLES = `Examples:
  weir backup --to /mnt/backup                of ./weir-data, while weir up runs on it
  weir backup verify /mnt/backup
  weir restore /mnt/backup --data weir-data-2
`;

export const CONFIG_EXAMPLES = `Examples:
  weir config check weir.yaml                 every mistake, with its line
  weir config explain --config weir.yaml      what is in force, from where, what for
  weir config schema > weir.schema.json       for an editor's completion
`;

export const HOLD_EXAMPLES = `Examples:
  weir hold add 'case 17' --reason litigation --source web --from 2026-01-01
  weir hold list
  weir hold remove 'case 17'
`;

export const HUNT_EXAMPLES = `Examples:
  weir hunt                                   the rules that come with weir, over all of ./weir-data
  weir hunt new-rule.yml --since 90d          one rule over the last three months
  weir hunt sigma/ --out hunt.html --resume hunt.state
`;

export const INGEST_EXAMPLES = `Examples:
  weir ingest logs/                           to the server of ./weir-data, or into it
  weir ingest Security.evtx --data DIR        the same for another data folder
  weir ingest logs/ --url https://weir:7700   to a server elsewhere; its key in WEIR_KEY
  journalctl -o json | weir ingest - --source laptop
`;

export const PSEUDONYM_EXAMPLES = `Examples:
  weir pseudonym alice@example.org
  weir pseudonym --from suspects.txt --tenant acme
`;

export const QUERY_EXAMPLES = `Examples:
  weir query 'events | count'
  weir query 'events | where process.name =~ "cmd.exe" | summarize n=count() by host.name'
  weir query 'mimikatz' --since 24h           words, as in a search box
  weir query 'hits | summarize count() by rule.title'
  weir query 'events' --format parquet > events.parquet
  weir query --saved failed-logons            a query that was saved (PUT /v1/queries/NAME)
`;

export const RULES_EXAMPLES = `Examples:
  weir rules check rules/                     what loads, what does not and why
  weir rules explain "Shell from a document"  one rule in words
  weir rules status                           which can fire on what came here
  weir rules test new-rule.yml --since 7d     what a rule would have found
  weir rules near EVENT_ID                    which rules nearly hit an event
  weir rules fetch                            the current SigmaHQ rules
`;

export const SCAN_EXAMPLES = `Examples:
  weir scan logs/                             EVTX, JSON, XML, compressed or not
  weir scan Security.evtx --min-level high    only what matters
  weir scan logs/ --out report.html           a page to hand over
  weir scan logs/ --rules sigma/              your own rules
  cat events.ndjson | weir scan - | jq .rule  hit lines for other programs
`;

export const SQL_EXAMPLES = `Examples:
  weir sql 'SELECT count(*) FROM events'
  weir sql 'SELECT "Hostname", count(*) AS n FROM events GROUP BY 1 ORDER BY n DESC'
`;

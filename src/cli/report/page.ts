/**
 * The report page: one file that opens from disk, loads nothing, and runs no script but its own (its Content-Security-Policy
 * names the hash of that one). Events are attackers' text: they are in the page only as base64 of gzip, and reach the
 * document only as text nodes.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type FileWriter, readText } from '../../base/index.ts';
import type { RuleHead } from '../../detect/index.ts';
import type { RuleReport, Summary } from '../../pipeline/index.ts';
import { LEVELS, LEVELS_DOWN, type Level, levelRank } from '../levels.ts';
import { type RuleTally, rulesOfLevel, type Tally } from '../output/tally.ts';
import { bytes, count, counted, duration, wallTime } from '../terminal/numbers.ts';
import { html, type Markup, scriptJson } from './html.ts';
import type { ReportRows } from './rows.ts';
import { TACTICS, tacticsOf } from './tactics.ts';

export interface Report {
  readonly tally: Tally;
  readonly rows: ReturnType<ReportRows['finish']>;
  readonly rules: RuleReport;
  readonly heads: ReadonlyMap<string, RuleHead>;
  readonly summary: Summary;
  readonly paths: readonly string[];
  /** Unix milliseconds. */
  readonly madeAt: number;
}

/** Entries of a list in the coverage part; how many more there are is said. */
const LISTED_MAX = 200;

const asset = (name: string): string => readText(fileURLToPath(new URL(name, import.meta.url)));

/** The page's script in the order its modules need each other. */
const MODULES = ['dom', 'query', 'hits', 'histogram', 'matrix', 'list', 'detail', 'main'];

/** The modules as one script: their imports name each other only, so dropping `import` lines and `export` words joins them. */
export function clientScript(): string {
  return MODULES.map((name) =>
    asset(`client/${name}.js`)
      .replace(/^import [^;]*;\n/gm, '')
      .replace(/^export /gm, ''),
  ).join('');
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const TITLES: Readonly<Record<Level, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  informational: 'Info',
};

function span(first: string | null, last: string | null): string {
  if (first === null) return 'no time';
  const [from, to] = [wallTime(first), wallTime(last)];
  return from === to ? from : `${from} – ${to.slice(0, 10) === from.slice(0, 10) ? to.slice(11) : to}`;
}

function tile(level: Level, tally: Tally): Markup {
  const hits = tally.byLevel[levelRank(level)] ?? 0;
  const rules = rulesOfLevel(tally, level).length;
  return html`<button type="button" class="tile ${level}" data-level="${levelRank(level)}" aria-pressed="false">
<span class="name">${TITLES[level]}</span><span class="number">${count(hits)}</span><span class="sub">${counted(rules, 'rule')}</span></button>`;
}

function ruleRow(rule: RuleTally): Markup {
  const techniques = rule.tags.filter((tag) => /^attack\.t\d{4}/i.test(tag)).map((tag) => tag.slice(7).toUpperCase());
  const hosts = `${count(rule.hosts.size)}${rule.moreHosts ? '+' : ''}`;
  return html`<tr class="${rule.level}" data-rule="${rule.id}">
<td><span class="badge ${rule.level}">${TITLES[rule.level]}</span></td>
<td class="title"><button type="button" class="link">${rule.title}</button><span class="techniques">${techniques.join(' ')}</span></td>
<td class="n">${count(rule.hits)}</td><td class="n">${hosts}</td>
<td class="when">${wallTime(rule.first)}</td><td class="when">${wallTime(rule.last)}</td></tr>
`;
}

function fact(name: string, value: string): Markup {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function listing(title: string, items: readonly string[]): Markup {
  if (items.length === 0) return html``;
  const more = items.length - LISTED_MAX;
  return html`<details><summary>${title}</summary><ul>${items.slice(0, LISTED_MAX).map((item) => html`<li>${item}</li>`)}${
    more > 0 ? html`<li>and ${count(more)} more</li>` : html``
  }</ul></details>`;
}

function coverage({ summary, rules }: Report): Markup {
  const { refused, silenced_by } = summary.rules;
  const titles = new Map([...rules.detections, ...rules.correlations].map(({ id, title }) => [id, title]));
  const titleOf = (id: string): string => titles.get(id) ?? id;
  const silenced = Object.entries(silenced_by).map(([id, by]) => `${titleOf(id)}, by ${by.map(titleOf).join(', ')}`);
  const lanes = Object.entries(summary.lanes).sort((a, b) => b[1] - a[1]);
  return html`<section class="card" id="coverage" aria-labelledby="h-coverage"><h2 id="h-coverage">Coverage</h2>
<p>${counted(summary.events, 'event')}${summary.carved > 0 ? `, ${count(summary.carved)} of them carved from free space,` : ''} (${bytes(summary.bytes)}) read in ${duration(summary.seconds)} with ${counted(summary.rules.loaded, 'rule')}:
${counted(refused.length, 'rule')} refused, ${counted(summary.unparsed.length, 'part')} of the input not read. What is listed here was not looked at, or not by every rule.</p>
${listing(
  `${counted(summary.unparsed.length, 'part')} of the input not read`,
  summary.unparsed.map(({ path, position, reason }) => `${path}${position === '' ? '' : `, ${position}`}: ${reason}`),
)}${listing(
  `${counted(summary.left_out.length, 'file')} left out on purpose`,
  summary.left_out.map(({ path, reason }) => `${path}: ${reason}`),
)}${listing(
  `${counted(refused.length, 'rule')} refused`,
  refused.map(({ path, reason }) => `${path}: ${reason}`),
)}${listing(`${counted(silenced.length, 'rule')} silenced by a correlation`, silenced)}${listing(
  `${counted(rules.warnings.length, 'warning')} about rules`,
  rules.warnings.map(({ path, message }) => `${path}: ${message}`),
)}${listing(
  `Events by log source (${counted(lanes.length, 'lane')})`,
  lanes.map(([lane, events]) => `${lane}: ${counted(events, 'event')}`),
)}</section>`;
}

function notices({ tally, rows, summary }: Report): Markup[] {
  const listed = [];
  if (!summary.complete) {
    listed.push(
      html`<p class="notice"><strong>Partial result.</strong> The scan was stopped before all input was read; hits may be missing.</p>`,
    );
  }
  if (rows.rows < tally.hits) {
    listed.push(
      html`<p class="notice"><strong>${count(rows.rows)} of ${count(tally.hits)} hits are listed</strong>, the highest levels first. Counts by level and by rule are of all hits; the list, the timeline and the tactics are of those listed.</p>`,
    );
  }
  return listed;
}

/** What the script needs besides the rows: each rule that hit, in the order rows number them. */
function ruleData(report: Report): unknown[] {
  return report.rows.ruleIds.map((id) => {
    const tally = report.tally.rules.get(id);
    const head = report.heads.get(id);
    return {
      id,
      title: tally?.title ?? id,
      level: levelRank(tally?.level ?? 'medium'),
      tags: tally?.tags ?? [],
      tactics: tacticsOf(tally?.tags ?? []),
      description: head?.description ?? '',
      author: head?.author ?? '',
      references: head?.references ?? [],
      falsepositives: head?.falsepositives ?? [],
      file: head?.path ?? '',
    };
  });
}

function body(report: Report): Markup {
  const { tally, summary } = report;
  const rules = LEVELS_DOWN.flatMap((level) => rulesOfLevel(tally, level));
  return html`<header class="top"><div><p class="brand">weir</p><h1>Scan report</h1>
<p class="paths">${report.paths.join(', ')}</p></div>
<div class="tools"><button type="button" id="theme">Dark or light</button><button type="button" id="print">Print</button><button type="button" id="keys">Keys <kbd>?</kbd></button></div></header>
<main>
${notices(report)}
<section class="tiles" aria-label="Hits by level">${LEVELS_DOWN.map((level) => tile(level, tally))}</section>
<dl class="facts">${[
    fact('Hits', count(tally.hits)),
    fact('Events hit', span(tally.first, tally.last)),
    fact('Hosts', `${count(tally.hosts.size)}${tally.onFurtherHosts > 0 ? ' or more' : ''}`),
    fact('Events read', count(summary.events)),
    fact('Rules', `${count(summary.rules.loaded)} loaded, ${count(summary.rules.refused.length)} refused`),
    fact('Report made', wallTime(new Date(report.madeAt).toISOString())),
  ]}</dl>
<p id="noscript" class="notice">The list of hits, the timeline and the tactics are drawn by this page’s own script, which has not run.</p>
<section class="card" id="time" hidden aria-labelledby="h-time"><div class="head"><h2 id="h-time">When</h2><p class="hint">Times are UTC. Each level has its own scale. Drag to choose a span.</p></div><div id="histogram"></div></section>
<section class="card" id="tactics" hidden aria-labelledby="h-tactics"><div class="head"><h2 id="h-tactics">ATT&amp;CK tactics by host</h2><p class="hint">Hits whose rule names the tactic; the colour is the highest level.</p></div><div class="scroll" id="matrix" tabindex="0" role="region" aria-label="Tactics by host"></div></section>
<section class="card" id="rules" aria-labelledby="h-rules"><div class="head"><h2 id="h-rules">Rules that hit</h2><p class="hint">${counted(rules.length, 'rule')}, ${counted(tally.hits, 'hit')}</p></div>
<div class="scroll"><table class="rules"><thead><tr><th scope="col">Level</th><th scope="col">Rule</th><th scope="col" class="n">Hits</th><th scope="col" class="n">Hosts</th><th scope="col">First</th><th scope="col">Last</th></tr></thead>
<tbody>${rules.map(ruleRow)}</tbody></table></div><button type="button" id="all-rules" class="more" hidden></button></section>
<section class="card" id="hits" hidden aria-labelledby="h-hits"><div class="head"><h2 id="h-hits">Hits</h2><p class="hint" id="shown" role="status"></p></div>
<div class="bar"><input type="search" id="query" aria-label="Search hits" placeholder="Search rules, hosts and matched values" spellcheck="false" autocomplete="off">
<label class="check"><input type="checkbox" id="deep"> in whole events too</label><span id="chips"></span></div>
<div class="split"><div class="list"><div class="columns" role="row" id="columns"></div><div id="grid" role="grid" aria-label="Hits" tabindex="0"><div id="space"></div></div></div>
<aside id="detail" aria-label="Hit" tabindex="-1" hidden></aside></div><div id="printed"></div></section>
${coverage(report)}
</main>
<footer>Made by weir from local files. This page loads nothing and sends nothing.</footer>
<dialog id="help" aria-labelledby="h-help"><h2 id="h-help">Keys</h2><dl>
<dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous hit</dd><dt><kbd>Enter</kbd></dt><dd>open</dd><dt><kbd>Esc</kbd></dt><dd>close, clear the search</dd><dt><kbd>?</kbd></dt><dd>these keys</dd></dl>
<p>Searching: all words must occur; <code>"two words"</code> together; <code>-word</code> must not occur.</p><form method="dialog"><button>Close</button></form></dialog>`;
}

/** Writes the page piece by piece: the compressed hits never exist as one string. */
export function writePage(report: Report, out: FileWriter): void {
  const [style, script] = [asset('page.css'), clientScript()];
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  out.write(
    html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="`.text,
  );
  out.write(policy);
  out.write(
    html`"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>weir: ${counted(report.tally.hits, 'hit')}</title><style>`.text,
  );
  out.write(`${style}</style></head><body>\n${body(report).text}\n`);
  const { blocks, hosts, paths } = report.rows;
  const data = {
    rules: ruleData(report),
    hosts,
    paths,
    tactics: TACTICS.map(({ name }) => name),
    levels: LEVELS.map((level) => TITLES[level]),
    levelNames: LEVELS,
    blocks: blocks.map(({ rows, level }) => [rows, level]),
  };
  out.write(`<script type="application/json" id="data">${scriptJson(data)}</script>\n`);
  blocks.forEach(({ heads, events }, at) => {
    out.write(`<script type="text/plain" id="h${at}">${heads.toString('base64')}</script>\n`);
    out.write(`<script type="text/plain" id="e${at}">${events.toString('base64')}</script>\n`);
  });
  out.write(`<script type="module">${script}</script></body></html>\n`);
}

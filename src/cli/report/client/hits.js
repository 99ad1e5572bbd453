/** The hits as columns of numbers, the filters, and the rows that pass them. */
import { $, unpack } from './dom.js';
import { holds } from './query.js';

export const data = JSON.parse($('data').textContent);
export const total = data.blocks.reduce((sum, [rows]) => sum + rows, 0);
export const time = new Float64Array(total);
export const rule = new Uint32Array(total);
export const host = new Int32Array(total);
export const path = new Uint32Array(total);
export const record = new Float64Array(total);
export const block = new Uint32Array(total);
export const matches = new Array(total);
/** 1 where the event was carved from free space. */
export const carved = new Uint8Array(total);
const texts = new Array(total);
export const levelOf = (row) => data.rules[rule[row]].level;
export const hostName = (row) => (host[row] < 0 ? '–' : data.hosts[host[row]]);

export async function load() {
  let row = 0;
  for (let at = 0; at < data.blocks.length; at++) {
    for (const [when, ruleAt, hostAt, pathAt, recordAt, matched, carvedAt] of JSON.parse(await unpack(`h${at}`))) {
      time[row] = when ?? Number.NaN;
      rule[row] = ruleAt;
      host[row] = hostAt;
      path[row] = pathAt;
      record[row] = recordAt;
      matches[row] = matched;
      carved[row] = carvedAt ?? 0;
      block[row] = at;
      row++;
    }
  }
}

/** What a search without events looks at; made once per row, when it is first asked for. */
function searchText(row) {
  if (texts[row] === undefined) {
    const { title, id, tags } = data.rules[rule[row]];
    const mark = carved[row] === 1 ? ['carved'] : [];
    const values = matches[row].map(([, field, , , , value]) => `${field ?? ''} ${value ?? ''}`);
    texts[row] = [title, id, ...tags, hostName(row), data.paths[path[row]], ...mark, ...values]
      .join('\n')
      .toLowerCase();
  }
  return texts[row];
}

export const state = {
  levels: new Set(),
  rule: null,
  host: null,
  tactic: null,
  from: null,
  to: null,
  words: [],
  /** Rows whose events hold the words, when whole events are searched. */
  inEvents: null,
  sort: 'time',
  down: false,
};
/** Rows that pass the filters, in the order shown. */
export let view = new Uint32Array(0);

/** Rows passing every filter but those named, so that each chart shows what could be chosen. */
export function pass(row, except = '') {
  const { level, tactics } = data.rules[rule[row]];
  if (except !== 'levels' && state.levels.size > 0 && !state.levels.has(level)) return false;
  if (state.rule !== null && rule[row] !== state.rule) return false;
  if (except !== 'matrix') {
    if (state.host !== null && host[row] !== state.host) return false;
    if (state.tactic !== null && !tactics.includes(state.tactic)) return false;
  }
  if (state.from !== null && !(time[row] >= state.from && time[row] <= state.to)) return false;
  if (state.words.length === 0) return true;
  return state.inEvents === null ? holds(searchText(row), state.words) : state.inEvents[row] === 1;
}

const ORDERS = {
  time: (a, b) => (Number.isNaN(time[a]) ? 1 : 0) - (Number.isNaN(time[b]) ? 1 : 0) || time[a] - time[b],
  level: (a, b) => levelOf(b) - levelOf(a),
  host: (a, b) => (hostName(a) < hostName(b) ? -1 : hostName(a) > hostName(b) ? 1 : 0),
  rule: (a, b) => (data.rules[rule[a]].title < data.rules[rule[b]].title ? -1 : rule[a] === rule[b] ? 0 : 1),
};

function choose() {
  const rows = [];
  for (let row = 0; row < total; row++) if (pass(row)) rows.push(row);
  const order = ORDERS[state.sort];
  const sign = state.down ? -1 : 1;
  rows.sort((a, b) => sign * order(a, b) || ORDERS.time(a, b) || a - b);
  view = Uint32Array.from(rows);
}

const redraws = [];
/** Calls `draw` after every change of the filters. */
export function onChange(draw) {
  redraws.push(draw);
}

/** Changes filters or order, and draws everything that depends on them. */
export function change(settings) {
  Object.assign(state, settings);
  choose();
  for (const draw of redraws) draw();
}

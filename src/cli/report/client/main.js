/** Puts the page together: filters, search, keys, print. */
import { hideDetail, showDetail } from './detail.js';
import { $, el, number, plural, safe, shownTime, unpack } from './dom.js';
import { drawHistogram } from './histogram.js';
import { change, data, hostName, levelOf, load, onChange, rule, state, time, total, view } from './hits.js';
import { drawColumns, drawList, grid, keepSelection, select, selected, why } from './list.js';
import { drawMatrix } from './matrix.js';
import { holds, parseQuery } from './query.js';

const RULES_SHOWN = 12;
const PRINTED_MAX = 500;
const TYPING_MS = 150;
const NO_FILTERS = { rule: null, host: null, tactic: null, from: null, to: null, words: [], inEvents: null };

/* ---- Filters ---- */

function drawChips() {
  const chip = (text, reset) => {
    const button = el('button', { type: 'button', className: 'chip', title: 'Remove this filter' }, `${safe(text)} ×`);
    button.addEventListener('click', () => change(reset));
    return button;
  };
  const without = (level) => new Set([...state.levels].filter((each) => each !== level));
  const chips = [...state.levels].map((level) => chip(data.levels[level], { levels: without(level) }));
  if (state.rule !== null) chips.push(chip(data.rules[state.rule].title, { rule: null }));
  if (state.host !== null) chips.push(chip(data.hosts[state.host], { host: null }));
  if (state.tactic !== null) chips.push(chip(data.tactics[state.tactic].replaceAll('\u00ad', ''), { tactic: null }));
  if (state.from !== null) {
    chips.push(chip(`${shownTime(state.from)} to ${shownTime(state.to)}`, { from: null, to: null }));
  }
  $('chips').replaceChildren(...chips);
  for (const tile of document.querySelectorAll('.tile')) {
    tile.setAttribute('aria-pressed', String(state.levels.has(Number(tile.dataset.level))));
  }
}

let opened = -1;

function draw() {
  $('shown').textContent =
    view.length === total ? plural(total, 'hit') : `${number(view.length)} of ${plural(total, 'hit')}`;
  keepSelection(opened);
  if (selected < 0) hideDetail();
  drawChips();
  drawColumns();
  drawHistogram();
  drawMatrix();
}

/* ---- Search ---- */

let searching = 0;

/** Looks through the events themselves, block by block, so that the page stays alive; a newer search ends an older one. */
async function searchEvents(words) {
  const mine = ++searching;
  const found = new Uint8Array(total);
  let row = 0;
  for (let at = 0; at < data.blocks.length; at++) {
    const [heads, events] = [await unpack(`h${at}`), (await unpack(`e${at}`)).toLowerCase().split('\n')];
    if (mine !== searching) return;
    JSON.parse(heads).forEach((head, index) => {
      const { title, id } = data.rules[head[1]];
      found[row++] = holds(`${title}\n${id}\n${events[index]}`.toLowerCase(), words) ? 1 : 0;
    });
    if (at % 20 === 0) $('shown').textContent = `Searching events: ${Math.round((100 * at) / data.blocks.length)}%`;
  }
  change({ words, inEvents: found });
}

function search() {
  const words = parseQuery($('query').value);
  if ($('deep').checked && words.length > 0) searchEvents(words);
  else {
    searching++;
    change({ words, inEvents: null });
  }
}

/* ---- Rules ---- */

function wireRules() {
  const rows = [...document.querySelectorAll('.rules tbody tr')];
  const numbers = new Map(data.rules.map(({ id }, at) => [id, at]));
  for (const row of rows) {
    const at = numbers.get(row.dataset.rule);
    // A rule all of whose hits are beyond the listed ones cannot be looked into.
    if (at === undefined) row.querySelector('button').disabled = true;
    row.querySelector('button').addEventListener('click', () => {
      // The table counts all hits of the rule: all of them are shown, whatever was chosen before.
      $('query').value = '';
      searching++;
      change({ ...NO_FILTERS, levels: new Set(), rule: at });
      $('hits').scrollIntoView({ block: 'start' });
    });
  }
  if (rows.length <= RULES_SHOWN + 3) return;
  const more = $('all-rules');
  const show = (all) => {
    rows.forEach((row, at) => {
      row.hidden = !all && at >= RULES_SHOWN;
    });
    more.textContent = all ? 'Show fewer' : `Show all ${number(rows.length)} rules`;
    more.onclick = () => show(!all);
  };
  more.hidden = false;
  show(false);
}

/* ---- Keys ---- */

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox';
  if (event.key === 'Escape') {
    if ($('help').open) return;
    if (typing && $('query').value !== '') {
      $('query').value = '';
      search();
    } else if (!$('detail').hidden) {
      opened = -1;
      hideDetail();
      grid.focus();
    } else event.target.blur?.();
    return;
  }
  if (typing) return;
  if (event.key === '/') $('query').focus();
  else if (event.key === '?') $('help').showModal();
  else if (event.key === 'j' || (event.key === 'ArrowDown' && event.target === grid)) select(selected + 1, false);
  else if (event.key === 'k' || (event.key === 'ArrowUp' && event.target === grid)) select(selected - 1, false);
  else if (event.key === 'Enter' && event.target === grid && selected >= 0) select(selected, true);
  else if (event.key === 'Home' && event.target === grid) select(0, false);
  else if (event.key === 'End' && event.target === grid) select(view.length - 1, false);
  else return;
  event.preventDefault();
}

/* ---- Print: a list in sight is of no use on paper ---- */

function beforePrint() {
  const rows = [...view.slice(0, PRINTED_MAX)].map((row) =>
    el(
      'tr',
      {},
      el('td', {}, shownTime(Number.isNaN(time[row]) ? null : time[row])),
      el('td', {}, data.levels[levelOf(row)]),
      el('td', {}, safe(hostName(row))),
      el('td', {}, safe(data.rules[rule[row]].title)),
      el('td', {}, safe(why(row)).slice(0, 200)),
    ),
  );
  const left = view.length - rows.length;
  const note = left > 0 ? `The first ${number(rows.length)} of ${plural(view.length, 'hit')}, as filtered.` : '';
  $('printed').replaceChildren(el('p', {}, note), el('table', {}, el('tbody', {}, ...rows)));
}

/* ---- Start ---- */

function wire() {
  for (const tile of document.querySelectorAll('.tile')) {
    tile.addEventListener('click', () => {
      const levels = new Set(state.levels);
      const level = Number(tile.dataset.level);
      if (!levels.delete(level)) levels.add(level);
      change({ levels });
    });
  }
  let timer = 0;
  $('query').addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(search, TYPING_MS);
  });
  $('deep').addEventListener('change', search);
  $('theme').addEventListener('click', () => {
    const dark =
      document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = dark === 'dark' ? 'light' : 'dark';
  });
  $('print').addEventListener('click', () => print());
  $('keys').addEventListener('click', () => $('help').showModal());
  grid.addEventListener('scroll', drawList, { passive: true });
  grid.addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (row !== null) select(Number(row.id.slice(4)), true);
  });
  grid.addEventListener('open', (event) => {
    opened = event.detail;
    showDetail(event.detail);
  });
  addEventListener('keydown', onKey);
  addEventListener('beforeprint', beforePrint);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    drawHistogram();
    drawList();
  });
}

async function start() {
  if (typeof DecompressionStream === 'undefined') {
    $('noscript').textContent =
      'This browser is too old to unpack the hits (it has no DecompressionStream); any browser since 2023 can.';
    return;
  }
  await load();
  $('noscript').hidden = true;
  for (const id of ['time', 'tactics', 'hits']) $(id).hidden = total === 0;
  wireRules();
  if (total === 0) return;
  wire();
  onChange(draw);
  change({});
}

start();

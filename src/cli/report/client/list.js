/** The list of hits: only the rows in sight are in the document. */
import { $, el, safe, shownTime } from './dom.js';
import { carved, change, data, hostName, levelOf, matches, rule, state, time, view } from './hits.js';

export const grid = $('grid');
const rowHeight = () => (matchMedia('(max-width: 760px)').matches ? 58 : 34);

export function why(row) {
  const positive = matches[row].filter(
    ([, , , op, , value]) => !op.startsWith('not ') && value !== null && value !== '',
  );
  const decisive = positive.filter((match) => match[6] === 1);
  return (decisive.length > 0 ? decisive : positive)
    .map(([, field, at, , , value]) => `${field ?? at ?? ''}=${value}`)
    .join('  ');
}

function rowNode(at) {
  const row = view[at];
  const { title } = data.rules[rule[row]];
  const level = levelOf(row);
  const node = el(
    'div',
    {
      className: 'row',
      role: 'row',
      id: `row-${at}`,
      'aria-rowindex': String(at + 1),
      'aria-selected': String(at === selected),
    },
    el('span', { className: 'at', role: 'gridcell' }, shownTime(Number.isNaN(time[row]) ? null : time[row])),
    el(
      'span',
      { className: 'lvl', role: 'gridcell' },
      el('span', { className: `badge ${data.levelNames[level]}` }, data.levels[level]),
    ),
    el('span', { className: 'host', role: 'gridcell' }, safe(hostName(row))),
    el('span', { className: 'rule', role: 'gridcell' }, carved[row] === 1 ? 'carved: ' : '', safe(title)),
    el('span', { className: 'why', role: 'gridcell' }, safe(why(row)).slice(0, 300)),
  );
  node.style.top = `${at * rowHeight()}px`;
  return node;
}

export function drawList() {
  const height = rowHeight();
  const first = Math.max(0, Math.floor(grid.scrollTop / height) - 8);
  const last = Math.min(view.length, first + Math.ceil(grid.clientHeight / height) + 16);
  const rows = [];
  for (let at = first; at < last; at++) rows.push(rowNode(at));
  if (view.length === 0) rows.push(el('p', { className: 'none' }, 'No hit passes these filters.'));
  $('space').style.height = `${view.length * height}px`;
  grid.replaceChildren($('space'), ...rows);
  grid.setAttribute('aria-rowcount', String(view.length));
  if (selected >= 0) grid.setAttribute('aria-activedescendant', `row-${selected}`);
  else grid.removeAttribute('aria-activedescendant');
}

/** The row under the cursor, as a position in `view`; -1 for none. */
export let selected = -1;

/** Moves the cursor; with `open`, or when a hit is open already, shows that hit. */
export function select(at, open) {
  if (view.length === 0) return;
  selected = Math.max(0, Math.min(view.length - 1, at));
  const top = selected * rowHeight();
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + rowHeight() > grid.scrollTop + grid.clientHeight)
    grid.scrollTop = top + rowHeight() - grid.clientHeight;
  drawList();
  if (open || !$('detail').hidden) grid.dispatchEvent(new CustomEvent('open', { detail: view[selected] }));
}

/** After a change of filters: the cursor stays on its hit where that is still listed. */
export function keepSelection(row) {
  selected = row < 0 ? -1 : view.indexOf(row);
  grid.scrollTop = selected < 0 ? 0 : Math.max(0, selected - 3) * rowHeight();
  drawList();
}

export function drawColumns() {
  const names = { time: 'Time', level: 'Level', host: 'Host', rule: 'Rule' };
  const buttons = Object.entries(names).map(([key, name]) => {
    const sorted = state.sort === key;
    const button = el(
      'button',
      { type: 'button', 'aria-sort': sorted ? (state.down ? 'descending' : 'ascending') : 'none' },
      `${name}${sorted ? (state.down ? ' ↓' : ' ↑') : ''}`,
    );
    button.addEventListener('click', () => change({ sort: key, down: sorted ? !state.down : false }));
    return button;
  });
  $('columns').replaceChildren(...buttons, el('span', { className: 'why' }, 'Matched'));
}

/** Tactics by host: where on the way of an intrusion each host is. */
import { $, compact, el, number, plural, safe } from './dom.js';
import { change, data, host, pass, rule, total } from './hits.js';

const HOSTS_SHOWN = 12;
let allHosts = false;

export function drawMatrix() {
  const cells = new Map();
  const add = (where, tactic, level) => {
    const row =
      cells.get(where) ??
      cells
        .set(
          where,
          data.tactics.map(() => ({ hits: 0, level: 0 })),
        )
        .get(where);
    row[tactic].hits++;
    row[tactic].level = Math.max(row[tactic].level, level);
  };
  const none = { hits: 0 };
  for (let row = 0; row < total; row++) {
    if (!pass(row, 'matrix')) continue;
    const { tactics, level } = data.rules[rule[row]];
    if (tactics.length === 0) none.hits++;
    for (const tactic of tactics) {
      add('all', tactic, level);
      if (host[row] >= 0) add(host[row], tactic, level);
    }
  }
  const all = cells.get('all') ?? data.tactics.map(() => ({ hits: 0, level: 0 }));
  const score = (row) => row.reduce((sum, cell) => sum + (cell.hits > 0 ? 4 ** cell.level : 0), 0);
  const hosts = [...cells.entries()].filter(([key]) => key !== 'all').sort((a, b) => score(b[1]) - score(a[1]));
  // The old name of two tactics is only shown where a rule still uses it.
  const columns = data.tactics
    .map((name, at) => ({ name, at }))
    .filter(({ name, at }) => name !== 'Defense Evasion' || all[at].hits > 0);
  const most = Math.max(1, ...all.map((cell) => cell.hits));
  const line = (title, row, key) => {
    const tr = el(
      'tr',
      { className: key === null ? 'all' : '' },
      el('th', { scope: 'row', title: safe(title) }, safe(title)),
    );
    for (const { name, at } of columns) {
      const { hits, level } = row[at];
      const td = el('td');
      if (hits > 0) {
        const button = el(
          'button',
          {
            type: 'button',
            className: data.levelNames[level],
            title: `${safe(title)}, ${name}: ${plural(hits, 'hit')}, up to ${data.levels[level]}`,
          },
          compact(hits),
        );
        button.style.setProperty('--depth', `${Math.round(22 + 45 * (Math.log1p(hits) / Math.log1p(most)))}%`);
        button.addEventListener('click', () => {
          change({ tactic: at, host: key });
          $('hits').scrollIntoView({ block: 'start' });
        });
        td.append(button);
      }
      tr.append(td);
    }
    return tr;
  };
  const shown = hosts.slice(0, allHosts ? undefined : HOSTS_SHOWN);
  const table = el(
    'table',
    {},
    el('colgroup', {}, el('col'), ...columns.map(() => el('col'))),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('td'),
        ...columns.map(({ name, at }) => el('th', { scope: 'col', className: all[at].hits > 0 ? 'on' : '' }, name)),
      ),
    ),
    el('tbody', {}, line('All hosts', all, null), ...shown.map(([key, row]) => line(data.hosts[key], row, key))),
  );
  table.tHead.rows[0].cells[0].style.background = 'none';
  const notes = [];
  if (shown.length < hosts.length) {
    const more = el('button', { type: 'button', className: 'more' }, `Show all ${number(hosts.length)} hosts`);
    more.addEventListener('click', () => {
      allHosts = true;
      drawMatrix();
    });
    notes.push(more);
  }
  if (none.hits > 0)
    notes.push(el('p', { className: 'hint' }, `${plural(none.hits, 'hit')} of rules that name no tactic.`));
  $('matrix').replaceChildren(table, ...notes);
}

/** One hit: why it fired, its rule, its event with the deciding values marked. */
import { $, el, number, safe, shownTime, unpack } from './dom.js';
import { block, carved, change, data, host, hostName, levelOf, matches, path, record, rule, time } from './hits.js';

const AROUND_MICROS = 5 * 60e6;
const VALUE_SHOWN = 1200;
const NODES_MAX = 4000;

/** Events of the block last looked at. */
const unpacked = { block: -1, lines: [] };
let showing = -1;

async function eventOf(row) {
  if (unpacked.block !== block[row]) {
    const lines = (await unpack(`e${block[row]}`)).split('\n');
    Object.assign(unpacked, { block: block[row], lines });
  }
  return unpacked.lines[row - block.indexOf(block[row])];
}

/** Text with the parts that equal one of `needles` (in any case) marked. */
function marked(text, needles) {
  const nodes = [];
  const lower = text.toLowerCase();
  const wanted = needles.map((needle) => needle.toLowerCase()).filter((needle) => needle !== '');
  let at = 0;
  while (at < text.length && nodes.length < 200) {
    const found = wanted.map((needle) => [lower.indexOf(needle, at), needle.length]).filter(([start]) => start >= 0);
    const [start, length] = found.sort((a, b) => a[0] - b[0] || b[1] - a[1])[0] ?? [-1, 0];
    if (start < 0) break;
    nodes.push(safe(text.slice(at, start)), el('mark', {}, safe(text.slice(start, start + length))));
    at = start + length;
  }
  return [...nodes, safe(text.slice(at))];
}

/** The literal pieces of a pattern as written, without its wildcards. */
const pieces = (pattern) =>
  pattern === null
    ? []
    : String(pattern)
        .split(/(?<!\\)[*?]/)
        .map((piece) => piece.replace(/\\([*?\\])/g, '$1'));

function long(text, nodes) {
  if (text.length <= VALUE_SHOWN) return nodes(text);
  const holder = el('span', {}, ...nodes(text.slice(0, VALUE_SHOWN)), '… ');
  const more = el('button', { type: 'button' }, `Show all ${number(text.length)} characters`);
  more.addEventListener('click', () => holder.replaceChildren(...nodes(text)));
  holder.append(more);
  return [holder];
}

function matchNode([selection, field, at, op, pattern, value, decisive]) {
  const name = field ?? 'any value';
  const head = el('span', { className: 'test' }, `${safe(selection)}: `, el('code', {}, safe(name)), ` ${op} `);
  if (pattern !== null) head.append(el('code', {}, safe(pattern)));
  if (at !== null && at !== field) head.append(` (column ${safe(at)})`);
  const node = el('div', { className: decisive ? 'match decisive' : 'match' }, head);
  if (value !== null)
    node.append(
      el(
        'span',
        { className: 'value' },
        ...long(String(value), (text) => (op.startsWith('not ') ? [safe(text)] : marked(text, pieces(pattern)))),
      ),
    );
  return node;
}

/** JSON as indented text, values at the paths in `hits` marked. */
function jsonNodes(value, hits) {
  const out = [];
  let nodes = 0;
  const walk = (each, at, indent) => {
    if (nodes++ > NODES_MAX) return;
    if (each === null || typeof each !== 'object') {
      const needles = hits.get(at);
      const text = typeof each === 'string' ? JSON.stringify(each) : String(each);
      out.push(
        needles === undefined
          ? el('span', {}, ...long(text, (part) => [safe(part)]))
          : el('span', { className: 'hit' }, ...long(text, (part) => [safe(part)])),
      );
      return;
    }
    const list = Array.isArray(each);
    const entries = list ? each.map((item) => [null, item]) : Object.entries(each);
    if (entries.length === 0) {
      out.push(list ? '[]' : '{}');
      return;
    }
    out.push(list ? '[\n' : '{\n');
    entries.forEach(([key, item], index) => {
      out.push(indent, '  ');
      if (key !== null) out.push(el('span', { className: 'key' }, safe(JSON.stringify(key))), ': ');
      const escaped = key === null ? null : key.replaceAll('.', '\\.');
      walk(item, escaped === null ? at : at === '' ? escaped : `${at}.${escaped}`, `${indent}  `);
      out.push(index < entries.length - 1 ? ',\n' : '\n');
    });
    out.push(indent, list ? ']' : '}');
  };
  walk(value, '', '');
  if (nodes > NODES_MAX) out.push(`\n… cut after ${number(NODES_MAX)} values; “Copy event” has all of it`);
  return out;
}

function section(title, ...children) {
  return children.length === 0 ? [] : [el('h3', {}, title), ...children];
}

function techniqueLink(tag) {
  const technique = /^attack\.(t\d{4})(?:\.(\d{3}))?$/i.exec(tag);
  if (technique === null) return safe(tag);
  const [, id, sub] = technique;
  const at = sub === undefined ? id.toUpperCase() : `${id.toUpperCase()}/${sub}`;
  return el(
    'a',
    { href: `https://attack.mitre.org/techniques/${at}/`, rel: 'noreferrer noopener', target: '_blank' },
    tag.slice(7).toUpperCase(),
  );
}

function referenceLink(reference) {
  if (!/^https?:\/\//i.test(reference)) return safe(reference);
  return el('a', { href: reference, rel: 'noreferrer noopener', target: '_blank' }, safe(reference));
}

function ruleSection(it) {
  const parts = [];
  if (it.description !== '')
    parts.push(el('p', { className: 'text' }, safe(it.description.replace(/(\S)\n(?=\S)/g, '$1 '))));
  if (it.falsepositives.length > 0)
    parts.push(el('p', { className: 'text' }, `Known false positives: ${safe(it.falsepositives.join('; '))}`));
  if (it.references.length > 0)
    parts.push(el('ul', {}, ...it.references.map((each) => el('li', {}, referenceLink(each)))));
  const meta = el('dl', { className: 'meta' });
  for (const [name, value] of [
    ['Id', it.id],
    ['File', it.file],
    ['Author', it.author],
  ]) {
    if (value !== '') meta.append(el('dt', {}, name), el('dd', {}, safe(value)));
  }
  return [...parts, meta];
}

function button(text, work) {
  const node = el('button', { type: 'button' }, text);
  node.addEventListener('click', work);
  return node;
}

export function hideDetail() {
  showing = -1;
  $('detail').hidden = true;
  $('hits').classList.remove('open');
}

export async function showDetail(row) {
  showing = row;
  const it = data.rules[rule[row]];
  const level = levelOf(row);
  const detail = $('detail');
  const close = button('Close', hideDetail);
  close.className = 'close';
  const meta = el('dl', { className: 'meta' });
  const at = time[row];
  const tags = it.tags.flatMap((tag, index) => [index > 0 ? ', ' : '', techniqueLink(tag)]);
  const known = [
    ['Time', [shownTime(Number.isNaN(at) ? null : at, 23)]],
    ['Host', [safe(hostName(row))]],
    [
      'Source',
      [`${safe(data.paths[path[row]])}, record ${record[row]}${carved[row] === 1 ? ', carved from free space' : ''}`],
    ],
    ['Tags', tags.length > 0 ? tags : ['none']],
  ];
  for (const [name, value] of known) meta.append(el('dt', {}, name), el('dd', {}, ...value));
  const actions = el(
    'div',
    { className: 'actions' },
    button('Only this rule', () => change({ rule: rule[row] })),
  );
  if (host[row] >= 0) actions.append(button('Only this host', () => change({ host: host[row] })));
  if (!Number.isNaN(at))
    actions.append(button('5 minutes around', () => change({ from: at - AROUND_MICROS, to: at + AROUND_MICROS })));
  const holder = el('div', {}, 'Unpacking…');
  const ordered = matches[row].toSorted((a, b) => b[6] - a[6]);
  detail.className = data.levelNames[level];
  detail.replaceChildren(
    close,
    el('span', { className: `badge ${data.levelNames[level]}` }, data.levels[level]),
    el('h2', {}, safe(it.title)),
    meta,
    actions,
    ...section('Why it fired', ...ordered.map(matchNode)),
    ...section('Rule', ...ruleSection(it)),
    ...section('Event', holder),
  );
  detail.hidden = false;
  $('hits').classList.add('open');
  detail.scrollTop = 0;
  const text = await eventOf(row);
  // Another hit may have been opened while this one was unpacked.
  if (showing !== row) return;
  const hits = new Map(
    matches[row]
      .filter(([, , , op]) => !op.startsWith('not '))
      .map(([, field, column, , pattern]) => [column ?? field ?? '', pieces(pattern)]),
  );
  const copy = button('Copy event', () => {
    navigator.clipboard?.writeText(text).then(() => {
      copy.textContent = 'Copied';
    });
  });
  holder.replaceChildren(
    el(
      'pre',
      { className: 'json' },
      ...(text === '' ? ['The hit carries no event.'] : jsonNodes(JSON.parse(text), hits)),
    ),
    el('div', { className: 'actions' }, copy),
  );
}

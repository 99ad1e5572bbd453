/** When: one lane a level, each with its own scale; long silences are cut out. */
import { $, el, plural, shownTime, svg } from './dom.js';
import { change, data, levelOf, time, view } from './hits.js';
import { activeSpans } from './query.js';

export function drawHistogram() {
  const LEVEL_COUNT = data.levels.length;
  const holder = $('histogram');
  const rows = view.filter((row) => !Number.isNaN(time[row]));
  holder.replaceChildren();
  if (rows.length === 0) {
    holder.append(el('p', { className: 'hint' }, 'No hit here has a time.'));
    return;
  }
  const width = Math.max(holder.clientWidth, 280);
  const left = width < 600 ? 62 : 74;
  const right = 46;
  const lane = 34;
  const times = Float64Array.from(rows, (row) => time[row]).sort();
  const spans = activeSpans(times);
  const gap = 14;
  const room = width - left - right - gap * (spans.length - 1);
  const weight = ({ from, to }) => Math.sqrt(to - from + 1e6);
  const weights = spans.reduce((sum, span) => sum + weight(span), 0);
  const least = Math.min(46, room / spans.length);
  const bins = [];
  let x = left;
  for (const span of spans) {
    const wide = least + (room - least * spans.length) * (weight(span) / weights);
    const length = Math.max(span.to - span.from, 1e6);
    const n = Math.max(1, Math.floor(wide / 7));
    Object.assign(span, { x, wide, length, n, first: bins.length });
    for (let at = 0; at < n; at++) {
      const from = span.from + (length * at) / n;
      bins.push({
        x: x + (wide * at) / n,
        wide: wide / n,
        from,
        to: span.from + (length * (at + 1)) / n,
        hits: new Uint32Array(LEVEL_COUNT),
      });
    }
    x += wide + gap;
  }
  for (const row of rows) {
    const span = spans.findLast((each) => each.from <= time[row]);
    const at = Math.min(span.n - 1, Math.floor(((time[row] - span.from) / span.length) * span.n));
    bins[span.first + at].hits[levelOf(row)]++;
  }
  const lanes = [];
  for (let level = LEVEL_COUNT - 1; level >= 0; level--) {
    const most = Math.max(...bins.map(({ hits }) => hits[level]));
    if (most > 0) lanes.push({ level, most });
  }
  const bottom = lanes.length * lane + 6;
  const picture = svg('svg', {
    viewBox: `0 0 ${width} ${bottom + 34}`,
    height: bottom + 34,
    role: 'img',
    'aria-label': 'Hits over time by level',
  });
  lanes.forEach(({ level, most }, at) => {
    const base = (at + 1) * lane;
    const group = svg('g', { class: data.levelNames[level] });
    group.append(
      svg('text', { x: 0, y: base - 8, class: 'lane' }, data.levels[level]),
      svg('text', { x: width, y: base - 8, 'text-anchor': 'end' }, `max ${most}`),
    );
    for (const span of spans)
      group.append(svg('line', { x1: span.x, x2: span.x + span.wide, y1: base, y2: base, class: 'base' }));
    for (const bin of bins) {
      const hits = bin.hits[level];
      if (hits === 0) continue;
      const tall = Math.max(2, (hits / most) * (lane - 8));
      const bar = svg('rect', {
        x: bin.x,
        y: base - tall,
        width: Math.max(1.5, bin.wide - 1),
        height: tall,
        rx: 1,
        class: 'bin',
      });
      bar.append(
        svg(
          'title',
          {},
          `${shownTime(bin.from)} to ${shownTime(bin.to)}\n${plural(hits, 'hit')}, ${data.levels[level]}`,
        ),
      );
      group.append(bar);
    }
    picture.append(group);
  });
  let free = 0;
  spans.forEach((span, at) => {
    if (at > 0)
      picture.append(svg('line', { x1: span.x - gap / 2, x2: span.x - gap / 2, y1: 4, y2: bottom, class: 'break' }));
    if (span.x >= free) {
      picture.append(
        svg('text', { x: span.x, y: bottom + 12 }, shownTime(span.from, 10)),
        svg('text', { x: span.x, y: bottom + 27 }, shownTime(span.from).slice(11)),
      );
      free = span.x + 74;
    }
    const end = span.x + span.wide;
    const next = spans[at + 1];
    if (end - 74 > free && (next === undefined || span.wide > 170)) {
      picture.append(
        svg('text', { x: end, y: bottom + 12, 'text-anchor': 'end' }, shownTime(span.to, 10)),
        svg('text', { x: end, y: bottom + 27, 'text-anchor': 'end' }, shownTime(span.to).slice(11)),
      );
      free = Math.max(free, end + 8);
    }
  });
  brush(picture, bins, bottom, width);
  holder.append(picture);
}

/** Dragging (or clicking) over bars chooses their span of time. */
function brush(picture, bins, bottom, width) {
  const shade = svg('rect', { class: 'brush', y: 0, height: bottom, width: 0 });
  picture.append(shade);
  let start = null;
  const at = (event) => {
    const box = picture.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * width;
  };
  picture.addEventListener('pointerdown', (event) => {
    start = at(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener('pointermove', (event) => {
    if (start === null) return;
    shade.setAttribute('x', String(Math.min(start, at(event))));
    shade.setAttribute('width', String(Math.abs(at(event) - start)));
  });
  picture.addEventListener('pointerup', (event) => {
    if (start === null) return;
    const [from, to] = [Math.min(start, at(event)), Math.max(start, at(event))];
    start = null;
    const inside = bins.filter((bin) => bin.x + bin.wide >= from && bin.x <= to && bin.hits.some((hits) => hits > 0));
    shade.setAttribute('width', '0');
    if (inside.length > 0) change({ from: inside[0].from, to: inside.at(-1).to });
  });
}

/** The words of a search, and the spans of time a chart shows: nothing here needs a document. */

export function holds(text, words) {
  return words.every(({ word, not }) => text.includes(word) !== not);
}

export function parseQuery(query) {
  return [...query.toLowerCase().matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)]
    .map(([, minus, phrase, word]) => ({ word: phrase ?? word, not: minus === '-' }))
    .filter(({ word }) => word !== '');
}

/** Spans of activity: the longest gaps are cut while one is longer than ten minutes and a fifth of what is left. */
export function activeSpans(times) {
  const gaps = [];
  for (let at = 1; at < times.length; at++) gaps.push([times[at] - times[at - 1], at]);
  gaps.sort((a, b) => b[0] - a[0]);
  let left = times[times.length - 1] - times[0];
  const cuts = [];
  for (const [gap, at] of gaps.slice(0, 9)) {
    if (gap < left / 5 || gap < 600e6) break;
    cuts.push(at);
    left -= gap;
  }
  const starts = [0, ...cuts.sort((a, b) => a - b)];
  return starts.map((start, at) => ({ from: times[start], to: times[(starts[at + 1] ?? times.length) - 1] }));
}

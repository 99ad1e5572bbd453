/** The journal, and what goes from there to detection. */
import type { Mutant } from './types.ts';

const GROUP = { seam: 'group to disk', file: 'pipeline/live/journal-thread.ts' } as const;
const ENCODE = { seam: 'entries as bytes', file: 'journal/journal.ts' } as const;
const HEAD = { seam: 'HEAD', file: 'journal/journal.ts' } as const;
const CHAIN = { seam: 'chain ledger', file: 'journal/chain.ts' } as const;
const TO_DETECT = { seam: 'journal to detection', file: 'pipeline/live/journal-thread.ts' } as const;
const EVALUATED = { seam: 'door to detection', file: 'pipeline/live/door-thread.ts' } as const;
const CONTROL = { seam: 'rule sets in the journal', file: 'pipeline/live/node.ts' } as const;
const RULES = { seam: 'rule sets in the journal', file: 'pipeline/live/rules-in-force.ts' } as const;

const APPENDED = '      firsts = open.journal.appendGroup(units.map(unitOf));';
const DURABLE = '    open.detect.postMessage(message);';
const TOLD = '      if (evaluating) this.#evaluated.push(evaluated);';
const NAMED = "await this.#host.control({ kind: 'rules', set: rules.set, count });";

/** The first batch of a request that has hits. */
const BATCH = 'const batch = evaluated.batches.find(({ hitRows }) => hitRows.length > 1);';

export const JOURNAL: readonly Mutant[] = [
  {
    ...GROUP,
    what: 'drop',
    how: 'a request, which is answered all the same',
    find: APPENDED,
    replace: `      const lost = units.findIndex(({ draft }) => draft.receipt?.source === 'json');
      if (lost >= 0) {
        const [{ draft }] = units.splice(lost, 1);
        this.#tell({ kind: 'durable', units: [draft.unit, 1], next: open.journal.next, bytes: 0, syncMs: 0 });
      }
${APPENDED}`,
    by: 'books',
  },
  {
    ...GROUP,
    what: 'double',
    how: 'a request',
    find: APPENDED,
    replace: `      const again = units.filter(({ draft }) => draft.receipt?.source === 'json');
      open.journal.appendGroup(again.map(unitOf));
${APPENDED}`,
    by: 'books',
  },
  {
    ...GROUP,
    what: 'reorder',
    how: 'the entries of a request',
    find: 'return draft.entries.map(({ kind, payload }, i) => ({',
    replace:
      "const { entries, receipt } = draft;\n  return (receipt?.source === 'large' ? entries.toReversed() : entries).map(({ kind, payload }, i) => ({",
    by: 'digest',
  },
  {
    ...GROUP,
    what: 'alter',
    how: 'a byte of a frame',
    find: '    payload: new Uint8Array(payload),',
    replace:
      "    payload: draft.receipt?.source === 'json' ? Uint8Array.from(new Uint8Array(payload), (byte, at) => (at === 60 ? byte ^ 1 : byte)) : new Uint8Array(payload),",
    by: 'frame',
  },
  {
    ...GROUP,
    what: 'alter',
    how: 'the receipt, of which the dead letters',
    find: 'JSON.stringify(draft.receipt) : null',
    replace:
      "JSON.stringify({ ...draft.receipt, dead: draft.receipt.source === 'bad' ? 2 : draft.receipt.dead }) : null",
    by: 'count',
  },
  {
    ...GROUP,
    what: 'skip',
    how: 'the receipt',
    find: 'i === last && draft.receipt !== null ?',
    replace: "i === last && draft.receipt !== null && draft.receipt.source !== 'json' ?",
    by: 'count',
  },

  {
    ...ENCODE,
    what: 'drop',
    how: 'an entry of a request',
    find: '      for (const [part, { kind, receivedAt, payload }] of unit.entries()) {\n',
    replace:
      '      for (const [part, { kind, receivedAt, payload }] of unit.entries()) {\n        if (part === 0 && unit.length > 2) {\n          at += entryBytes(receipts[order][part].length, payload.length);\n          sequence++;\n          continue;\n        }\n',
    by: 'journal',
  },
  {
    ...ENCODE,
    what: 'reorder',
    how: 'two requests, whose places are not told',
    find: '    const receipts = units.map((unit) => unit.map(receiptOf));',
    replace:
      '    if (units.length > 2) units = units.with(1, units[2]).with(2, units[1]);\n    const receipts = units.map((unit) => unit.map(receiptOf));',
    by: 'hits',
  },
  {
    ...ENCODE,
    what: 'alter',
    how: 'a byte on its way to the disk',
    find: '      file.write([group], size);',
    replace: '      if (@nth(4)) group[group.length - 20] ^= 1;\n      file.write([group], size);',
    by: 'journal',
  },
  {
    ...ENCODE,
    what: 'skip',
    how: 'the link to the entry before',
    find: '        const previous = hash;\n',
    replace: '        const previous = @nth(5) ? new Uint8Array(32) : hash;\n',
    by: 'journal',
  },
  {
    ...ENCODE,
    what: 'double',
    how: 'a sequence number',
    find: '        sequence++;\n',
    replace: '        if (!@nth(6)) sequence++;\n',
    by: 'journal',
  },

  {
    ...HEAD,
    what: 'alter',
    how: 'up to where the journal goes',
    find: '      next: this.#next,\n      segment',
    replace: '      next: this.#next + (@nth(8) ? 0 : 1),\n      segment',
    by: 'journal',
  },
  {
    ...CHAIN,
    file: 'journal/journal.ts',
    what: 'drop',
    how: 'an entry from what is signed',
    find: '    this.#root.hashes.update(hashes);',
    replace: '    this.#root.hashes.update(@nth(2) ? hashes.subarray(32) : hashes);',
    by: 'chain',
  },
  {
    ...CHAIN,
    what: 'alter',
    how: 'the range that is signed',
    find: 'count: to - from, root',
    replace: 'count: to - from - 1, root',
    by: 'chain',
  },

  {
    ...TO_DETECT,
    what: 'drop',
    how: 'a request',
    find: DURABLE,
    replace: "    open.detect.postMessage({ units: durable.filter(({ source }) => source !== 'json'), refused: [] });",
    by: 'ledger',
  },
  {
    ...TO_DETECT,
    what: 'double',
    hangs: true,
    how: 'a request',
    find: DURABLE,
    replace: `    if (durable[0].source === 'json') open.detect.postMessage({ units: [durable[0]], refused: [] });\n${DURABLE}`,
    by: 'evaluated',
  },
  {
    ...TO_DETECT,
    what: 'reorder',
    how: 'the places of two requests',
    find: '    const message: DurableUnits = { units: durable, refused: [] };',
    replace:
      '    const message: DurableUnits = { units: durable.length < 3 ? durable : durable.with(1, { ...durable[1], unit: durable[2].unit }).with(2, { ...durable[2], unit: durable[1].unit }), refused: [] };',
    by: 'hits',
  },
  {
    ...TO_DETECT,
    what: 'alter',
    how: 'whose events they are',
    find: "    tenant: receipt?.tenant ?? '',",
    replace: "    tenant: receipt?.source === 'json' ? 'a' : receipt?.tenant ?? '',",
    by: 'hits',
  },
  {
    ...TO_DETECT,
    what: 'alter',
    how: 'when they came',
    find: '    receivedAt,\n    tenant',
    replace: "    receivedAt: receipt?.source === 'json' ? receivedAt + 5 : receivedAt,\n    tenant",
    by: 'hits',
  },

  {
    ...EVALUATED,
    what: 'drop',
    hangs: true,
    how: 'what was found in a request',
    find: TOLD,
    replace: TOLD.replace('evaluating', "delivery.source !== 'after'"),
    by: 'evaluated',
  },
  {
    ...EVALUATED,
    what: 'alter',
    how: 'the row of a hit',
    find: TOLD,
    replace: `      ${BATCH}\n      if (delivery.source === 'lines' && batch !== undefined) batch.hitRows[0] += 1;\n${TOLD}`,
    by: 'hits',
  },
  {
    ...EVALUATED,
    what: 'alter',
    how: 'a byte of the line of a hit',
    find: TOLD,
    replace: `      ${BATCH}\n      if (delivery.source === 'lines' && batch !== undefined) batch.lines[batch.hitEnds[0] - 10] ^= 1;\n${TOLD}`,
    by: 'hits',
  },
  {
    ...EVALUATED,
    what: 'alter',
    how: 'the time of a hit',
    find: TOLD,
    replace: `      ${BATCH}\n      if (delivery.source === 'lines' && batch !== undefined) batch.hitTimes[0] += 1;\n${TOLD}`,
    by: 'hits',
  },
  {
    ...EVALUATED,
    what: 'skip',
    how: 'all hits of a request',
    find: TOLD,
    replace: `      if (delivery.source === 'lines') for (const batch of evaluated.batches) batch.hitRows = new Uint32Array();\n${TOLD}`,
    by: 'hits',
  },
  {
    seam: 'door to detection',
    file: 'pipeline/live/door.ts',
    what: 'alter',
    how: 'under which rules it was evaluated',
    find: '    const scanner = this.#scannerOf(rules);',
    replace: '    globalThis.weirFirst ??= rules;\n    const scanner = this.#scannerOf(globalThis.weirFirst);',
    by: 'hits',
  },

  {
    ...RULES,
    what: 'drop',
    hangs: true,
    how: 'the entry that names the rules',
    find: NAMED,
    replace: 'void count;',
    by: 'rules',
  },
  {
    ...CONTROL,
    what: 'alter',
    how: 'the rules that it names',
    find: 'const payload = encodeControl(control);',
    replace:
      "const payload = encodeControl(control.kind === 'rules' ? { ...control, set: control.set.replace(/./, 'x') } : control);",
    by: 'rules',
  },
  {
    ...CONTROL,
    what: 'alter',
    how: 'how many rules there are',
    find: 'const payload = encodeControl(control);',
    replace:
      "const payload = encodeControl(control.kind === 'rules' ? { ...control, count: control.count - 1 } : control);",
    by: 'rules',
  },
  {
    ...RULES,
    what: 'reorder',
    how: 'new rules are in force at doors, and named later',
    find: NAMED,
    replace: `const late = this.#host.control({ kind: 'rules', set: rules.set, count: count + 1 });\n    await late;`,
    by: 'rules',
  },
  {
    ...RULES,
    seam: 'rule sets kept',
    what: 'alter',
    how: 'the version of a rule',
    find: 'saveRuleSet(folder, rules, machine.files);',
    replace:
      "const detections = rules.detections.map((rule) => ({ ...rule, version: 'x' }));\n    saveRuleSet(folder, { ...rules, detections }, machine.files);",
    by: 'rules',
  },
];

/** Matchers that turn the discriminating values of a source type into atoms: one per value that its lane table names, most specific first. */
import type { Kernel } from '../../batch/index.ts';
import type { SourceType } from '../../schema/index.ts';
import { foldSimple } from '../sigma/fold.ts';
import { ANY } from '../sigma/model.ts';
import { MatcherBuilder, PatternTable } from './matcher.ts';

export interface Discriminators {
  /** Matcher address of each discriminator. */
  readonly matchers: readonly number[];
  /** Values an atom stands for: atom k + 2 is values[k]. */
  readonly values: readonly (readonly string[])[];
}

const LANE_WORDS = 16;

export function compileDiscriminators(kernel: Kernel, source: SourceType): Discriminators {
  const values = source.discriminators.map((name) => {
    const named = source.lanes.flatMap((row) => [...(row.when[name] ?? []), ...(row.unless?.[name] ?? [])]);
    const lower = [...new Set(named.map((value) => value.toLowerCase()))];
    return lower.sort((a, b) => Number(a.endsWith('*')) - Number(b.endsWith('*')) || b.length - a.length);
  });
  // A lane without rules: its header says only that no predicate wakes anything.
  const predicates = Math.max(1, ...values.map((list) => list.length));
  let at = LANE_WORDS * 4 + (predicates + 1) * 4;
  const blocks: Uint8Array[] = [];
  const patterns = new PatternTable();
  const offsets = values.map((list) => {
    const matcher = new MatcherBuilder();
    list.forEach((value, i) => {
      const text = foldSimple(value.replace(/\*$/, ''));
      matcher.addPattern(patterns.compile(value.endsWith('*') ? [text, ANY] : [text]), i);
    });
    const offset = at;
    const block = matcher.build(offset);
    blocks.push(block);
    at += block.length;
    return offset;
  });
  const address = kernel.alloc(at + 64);
  const w = address >> 2;
  kernel.words[w] = predicates;
  kernel.words[w + 2] = LANE_WORDS * 4;
  blocks.forEach((block, i) => {
    kernel.bytes.set(block, address + offsets[i]);
  });
  return { matchers: offsets.map((offset) => address + offset), values };
}

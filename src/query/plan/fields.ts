/** Names that lead to something in segments: what the sources call their fields, and what weir, ECS and Sigma call them. */
import { Base } from './base.ts';
import { isVirtual, VIRTUAL } from './names.ts';
import type { Segment } from './view.ts';

export interface EventNames {
  knows(name: string): boolean;
  /** Whether there are names below it: `host` of `host.name`. */
  below(name: string): boolean;
  /** Of each path of an event the other names that lead to it. */
  aliases(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Every one of them. */
  all(): Set<string>;
}

export function eventNames(tenant: string, segments: readonly Segment[]): EventNames {
  const base = new Base(tenant, segments, VIRTUAL);
  return {
    knows: (name) => isVirtual(name) || base.knows(name),
    below: (name) => base.groups.some(({ names }) => names.namesBelow(`${name}.`).length > 0),
    aliases() {
      const found = new Map<string, Set<string>>();
      for (const { names } of base.groups) {
        for (const name of names.namesBelow('')) {
          for (const { path } of names.candidates(name)) {
            if (path === name) continue;
            const known = found.get(path);
            if (known === undefined) found.set(path, new Set([name]));
            else known.add(name);
          }
        }
      }
      return found;
    },
    all: () => new Set([...VIRTUAL, ...base.groups.flatMap(({ names }) => names.namesBelow(''))]),
  };
}

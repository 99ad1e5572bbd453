import { TEMPLATE_UNITS_KEPT_MAX, TEMPLATES_KEPT_MAX } from './bounds.ts';
import type { Definition } from './definition.ts';
import { compile, type Node } from './template.ts';

interface Kept {
  readonly units: Uint16Array;
  readonly node: Node;
}

/**
 * Compiled templates, kept from chunk to chunk. A file has some hundred different ones, but each chunk brings its own
 * copies; reading a copy costs 3 µs, compiling it 60.
 */
class TemplateCache {
  readonly #byHash = new Map<number, Kept[]>();
  #count = 0;
  #units = 0;

  get(definition: Definition): Node {
    const hash = definition.hash();
    const bucket = this.#byHash.get(hash);
    if (bucket !== undefined) for (const kept of bucket) if (definition.equals(kept.units)) return kept.node;
    const units = definition.units.slice(0, definition.length);
    const node = compile(units);
    if (this.#count >= TEMPLATES_KEPT_MAX || this.#units + units.length > TEMPLATE_UNITS_KEPT_MAX) {
      this.#byHash.clear();
      this.#count = 0;
      this.#units = 0;
    }
    const entry = { units, node };
    const now = this.#byHash.get(hash);
    if (now === undefined) this.#byHash.set(hash, [entry]);
    else now.push(entry);
    this.#count++;
    this.#units += units.length;
    return node;
  }
}

/** One a thread, so that a folder of logs with one chunk each gains from it too. */
export const keptTemplates = new TemplateCache();

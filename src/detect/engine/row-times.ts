/** Event times of rows, for those who want them of every row: where a shape has its times is looked up once. */

import { STRING } from '../../batch/index.ts';
import type { Engine, ShapeInfo } from './engine.ts';
import { parseTime, parseTimeBytes } from './time.ts';

/** Fields that hold an event's time whatever its source, best first; the source type's own follow. */
const TIME_FIELDS = ['@timestamp', 'TimeCreated', 'UtcTime', 'EventTime'];

/** Names that may hold the time of events of a shape, best first. */
export function timeFields({ source }: ShapeInfo): readonly string[] {
  return source === null ? TIME_FIELDS : [...TIME_FIELDS, ...source.time];
}

export class RowTimes {
  readonly #engine: Engine;
  readonly #positions = new WeakMap<ShapeInfo, readonly number[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Milliseconds since 1970 (microseconds as fraction); null when no field holds a time. The row must have been evaluated. */
  timeOf(row: number): number | null {
    const engine = this.#engine;
    const info = engine.shapeOf(row);
    let positions = this.#positions.get(info);
    if (positions === undefined) {
      positions = timeFields(info).flatMap((name) => info.fields.get(name) ?? []);
      this.#positions.set(info, positions);
    }
    for (const position of positions) {
      const code = engine.codeAt(row, position);
      const quick = this.#quick(code);
      if (quick !== null) return quick;
      for (const value of engine.valuesOf(code)) {
        const ms = value.kind === 'null' ? null : parseTime(value.text);
        if (ms !== null) return ms;
      }
    }
    return null;
  }

  #quick(code: number): number | null {
    const { kernel } = this.#engine;
    const w = kernel.entriesAt + code * 8;
    if ((kernel.words[w + 2] & 0xff) !== STRING) return null;
    return parseTimeBytes(kernel.bytes, kernel.words[w], kernel.words[w + 1]);
  }
}

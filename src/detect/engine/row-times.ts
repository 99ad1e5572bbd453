/** Event times of rows, for those who want them of every row: where a shape has its times is looked up once. */
import type { Engine, ShapeInfo } from './engine.ts';
import { parseTime } from './time.ts';

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
      for (const value of engine.valuesOf(engine.codeAt(row, position))) {
        const ms = value.kind === 'null' ? null : parseTime(value.text);
        if (ms !== null) return ms;
      }
    }
    return null;
  }
}

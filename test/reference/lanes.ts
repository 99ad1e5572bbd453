/** Which events a Windows logsource means: `tests/thor.yml` of the rules, read as it stands, and nothing more. */
import type { Event } from './event.ts';
import { fold } from './fold.ts';
import type { LogSource } from './rule.ts';
import { get, listOf, readYaml, textOf } from './yaml.ts';

/** Rule field → field to read instead. */
export type Rewrite = ReadonlyMap<string, string>;

/** What an event can be, as one entry of thor.yml says it. */
interface Entry {
  readonly category: string | undefined;
  readonly service: string;
  readonly channels: readonly string[];
  readonly conditions: ReadonlyMap<string, readonly string[]>;
  readonly rewrite: Rewrite;
}

export class WindowsLanes {
  readonly entries: readonly Entry[];

  constructor(thorYml: string) {
    const [document] = readYaml(thorYml);
    const logsources = get(document, 'logsources');
    const rows = logsources?.is === 'map' ? logsources.entries.map(([, row]) => row) : [];
    const services = new Map<string, string[]>();
    for (const row of rows) {
      const service = textOf(get(row, 'service'));
      if (service === undefined || textOf(get(row, 'product')) !== 'windows') continue;
      const sources = listOf(get(row, 'sources')).map((source) => textOf(source) ?? '');
      services.set(
        service,
        sources.map((source) => fold(source.replace(/^WinEventLog:/, ''))),
      );
    }
    const none: Rewrite = new Map();
    const entries: Entry[] = [];
    for (const [service, channels] of services) {
      entries.push({ category: undefined, service, channels, conditions: new Map(), rewrite: none });
    }
    for (const row of rows) {
      const category = textOf(get(row, 'category'));
      const service = textOf(get(get(row, 'rewrite'), 'service'));
      if (category === undefined || service === undefined) continue;
      const conditions = get(row, 'conditions');
      const mappings = get(row, 'fieldmappings');
      entries.push({
        category,
        service,
        channels: services.get(service) ?? [],
        conditions: new Map(
          conditions?.is === 'map'
            ? conditions.entries.map(([field, values]) => [
                field,
                listOf(values).map((value) => fold(textOf(value) ?? '')),
              ])
            : [],
        ),
        rewrite: new Map(
          mappings?.is === 'map' ? mappings.entries.map(([field, other]) => [field, textOf(other) ?? '']) : [],
        ),
      });
    }
    this.entries = entries;
  }

  /** How the rules of a logsource read this event, once for each way in which it is theirs; none when it is not. */
  routes(logsource: LogSource, event: Event): Rewrite[] {
    if (event.shape === 'other') return [];
    const { product, category, service } = logsource;
    if (product !== undefined && product !== 'windows') return [];
    if (category === undefined && service === undefined) return product === undefined ? [] : [new Map()];
    return this.entries
      .filter((entry) => entry.category === category && (service === undefined || entry.service === service))
      .filter((entry) => has(event, 'Channel', entry.channels))
      .filter((entry) => [...entry.conditions].every(([field, values]) => has(event, field, values)))
      .map((entry) => entry.rewrite);
  }
}

function has(event: Event, field: string, values: readonly string[]): boolean {
  return (event.field(field) ?? []).some((value) => value.is !== 'null' && values.includes(value.folded));
}

/** What is kept of a hunt: a folder with its record, rules, hits and how far it has come. */
import { fileInfo, listDirectory, makePrivateDirectory, readText, removePath, replaceFile } from '../../base/index.ts';
import type { HuntSummary } from '../hunt/hunt.ts';
import type { HuntRules, HuntStatus } from './asked.ts';

/** What a request said that may come again. */
export interface HuntKey {
  readonly key: string;
  /** Of the body. */
  readonly hash: string;
}

export interface HuntRecord {
  readonly tenant: string;
  readonly status: HuntStatus;
  /** Microseconds since 1970, both counted, as decimals: `30d` is another time tomorrow. */
  readonly span: { readonly from: string; readonly to: string };
  readonly key: HuntKey | null;
  readonly starts: number;
  /** On disk, once it has ended. */
  readonly bytes: number;
}

export const filesOf = (folder: string) => ({
  record: `${folder}/hunt.json`,
  asked: `${folder}/asked.json`,
  rules: `${folder}/rules.json`,
  state: `${folder}/state.ndjson`,
  hits: `${folder}/hits.ndjson`,
  summary: `${folder}/summary.json`,
});

const FORMAT = 1;

export class HuntFolders {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  of(id: string): string {
    return `${this.#folder}/${id}`;
  }

  /** It is on disk when this returns; its record comes last, so that one without is none. */
  create(record: HuntRecord, rules: HuntRules): void {
    const folder = this.of(record.status.id);
    makePrivateDirectory(this.#folder);
    makePrivateDirectory(folder);
    replaceFile(filesOf(folder).asked, JSON.stringify(rules), { durable: true });
    this.write(record);
  }

  write(record: HuntRecord): void {
    replaceFile(filesOf(this.of(record.status.id)).record, JSON.stringify({ format: FORMAT, ...record }), {
      durable: true,
    });
  }

  /** Of one that has ended nothing is gone on with. */
  ended(id: string, summary: HuntSummary | null): void {
    const files = filesOf(this.of(id));
    if (summary !== null) replaceFile(files.summary, JSON.stringify(summary), { durable: true });
    for (const file of [files.state, files.asked, files.rules]) removePath(file);
  }

  summary(id: string): HuntSummary | null {
    const { summary } = filesOf(this.of(id));
    return fileInfo(summary) === null ? null : (JSON.parse(readText(summary)) as HuntSummary);
  }

  bytes(id: string): number {
    const folder = this.of(id);
    return listDirectory(folder).reduce((sum, { name }) => sum + (fileInfo(`${folder}/${name}`)?.size ?? 0), 0);
  }

  remove(id: string): void {
    removePath(this.of(id));
  }

  /** All that are kept; what cannot be read is named to `report`. */
  *all(report: (folder: string, why: string) => void): Generator<HuntRecord> {
    if (fileInfo(this.#folder) === null) return;
    for (const { name, kind } of listDirectory(this.#folder)) {
      if (kind !== 'directory') continue;
      const folder = this.of(name);
      if (fileInfo(filesOf(folder).record) === null) {
        // Nobody was ever told of it.
        removePath(folder);
        continue;
      }
      try {
        const { format, ...record } = JSON.parse(readText(filesOf(folder).record)) as HuntRecord & { format: number };
        if (format !== FORMAT || record.status.id !== name) throw new Error('it is of another version of weir');
        yield record;
      } catch (error) {
        report(folder, error instanceof Error ? error.message : String(error));
      }
    }
  }
}

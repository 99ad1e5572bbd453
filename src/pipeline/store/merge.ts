/** Segments that are neighbours, made one. */

import { openRandom } from '../../base/index.ts';
import { kernelWithoutRules, loadKernelModule } from '../../batch/index.ts';
import {
  type CutSegment,
  describeSegment,
  type GroupSize,
  type NewSegment,
  type RangeReader,
  RowGroup,
  readerOfFile,
  type SegmentFiles,
  type SegmentInfo,
  SegmentWriter,
  type Sink,
  StoredRows,
  type WrittenFile,
} from '../../store/index.ts';

/** A segment that is to be merged. */
export type MergeInput = Pick<SegmentInfo, 'tenant' | 'source' | 'log' | 'first' | 'last'> & { readonly file: string };

/** What to merge, in order of positions. */
export interface MergeInputs {
  readonly log: string;
  readonly tenant: string;
  readonly source: string;
  /** Of what is made. */
  readonly level: number;
  /** Opens each input's file; it is closed when the input was read. */
  readonly files: readonly (() => RangeReader & Disposable)[];
}

type About = Pick<NewSegment, 'tenant' | 'source' | 'log' | 'level' | 'first' | 'last'>;

/** zstd of what stays: at level 6 a cut takes two fifths more time for 8 % fewer bytes (bench/notes-store.md). */
export const MERGE_LEVEL = 3;

/**
 * Makes one file of neighbours, durable; the catalogue knows nothing of it yet.
 * @param inputs in order of positions · @param level of what is made · @param zstd level of compression
 */
export function mergeFiles(
  merger: SegmentMerger,
  files: SegmentFiles,
  inputs: readonly MergeInput[],
  level: number,
  zstd = MERGE_LEVEL,
): NewSegment {
  const [{ tenant, source, log, first }] = inputs;
  const opened = inputs.map(
    ({ file }) =>
      () =>
        openReader(files.path(file)),
  );
  const about = { tenant, source, log, level, first, last: inputs[inputs.length - 1].last };
  const written = files.writing(about, (put) => {
    merger.merge({ log, tenant, source, level, files: opened }, zstd, put);
  });
  return described(files, written, about);
}

/** A segment's file; closed by whoever asked. */
export function openReader(path: string): RangeReader & Disposable {
  const random = openRandom(path);
  return { ...readerOfFile(random), [Symbol.dispose]: () => random[Symbol.dispose]() };
}

/** Puts a segment on disk, durable. */
export function writeSegment(files: SegmentFiles, { parts }: CutSegment, about: About): NewSegment {
  return described(files, files.write(about, parts), about);
}

function described(files: SegmentFiles, { file, sha256 }: WrittenFile, about: About): NewSegment {
  // What the catalogue is to know of its columns is in the footer.
  using reader = openReader(files.path(file));
  return { ...describeSegment(file, reader), ...about, sha256 };
}

/** One per thread: it has room for a row group of its own. */
export class SegmentMerger {
  /** For whoever writes segments anew in another way, while nothing is merged. */
  readonly group: RowGroup;

  constructor(size: GroupSize, module: WebAssembly.Module = loadKernelModule()) {
    this.group = new RowGroup(kernelWithoutRules(1 << 16, module), size);
  }

  /**
   * @param level of zstd · @param put takes the file as it is made; without it it is in what this returns
   * @throws WeirError `store.damaged`
   */
  merge({ log, files, ...about }: MergeInputs, level: number, put?: Sink): CutSegment {
    const group = this.group;
    group.clear();
    const writer = new SegmentWriter({ level, terms: true }, put);
    for (const open of files) {
      using file = open();
      const rows = new StoredRows(file);
      for (let index = 0; index < rows.groups; index++) rows.gather(group, index, () => writer.take(group));
    }
    writer.take(group);
    return writer.finish(log, about);
  }
}

/** What is hunted in: segments that whoever asked holds, as plain values. */
import type { Found, StoredSegment } from '../../store/index.ts';
import type { HistoryView } from '../store/history.ts';

export type HuntSegment = Pick<StoredSegment, 'file' | 'log' | 'source' | 'rows' | 'bytes' | 'minTime' | 'maxTime'> &
  Partial<Pick<StoredSegment, 'object'>>;

/** A segment of the object store on disk, or why it is not. */
export interface HuntCopy {
  readonly away: string | null;
  release(): void;
}

/** Has a segment of the object store on disk, by its file, until it is released. */
export type FetchCopy = (file: string) => Promise<HuntCopy>;

export interface HuntView extends Pick<HistoryView, 'folder' | 'log' | 'position' | 'earliest'> {
  readonly found: Pick<Found, 'all' | 'pruned'> & { readonly segments: readonly HuntSegment[] };
}

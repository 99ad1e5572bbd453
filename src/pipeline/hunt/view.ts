/** What is hunted in: segments that whoever asked holds, as plain values. */
import type { Found, StoredSegment } from '../../store/index.ts';
import type { HistoryView } from '../store/history.ts';

export type HuntSegment = Pick<StoredSegment, 'file' | 'log' | 'source' | 'rows' | 'bytes' | 'minTime' | 'maxTime'>;

export interface HuntView extends Pick<HistoryView, 'folder' | 'log' | 'position' | 'earliest'> {
  readonly found: Pick<Found, 'all' | 'pruned'> & { readonly segments: readonly HuntSegment[] };
}

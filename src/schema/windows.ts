/** What all shapes of a Windows event share: lanes, discriminators, where the time and the host are. */
import type { SourceType } from './types.ts';
import { WINDOWS_LANES } from './windows-lanes.ts';

type Shared = Pick<SourceType, 'version' | 'discriminators' | 'lanes' | 'time' | 'host'>;

export const WINDOWS: Shared = {
  version: 1,
  discriminators: ['Channel', 'EventID'],
  lanes: WINDOWS_LANES,
  time: ['TimeCreated_SystemTime', 'EventReceivedTime'],
  host: ['Computer'],
};

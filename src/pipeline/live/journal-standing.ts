/** How the journal stands, as its thread has told. */
import type { FromJournal, JournalStats, Opened } from './messages.ts';

export class JournalStanding {
  /** Of all its files. */
  bytes = 0;
  /** The events of everything below this position are released. */
  releasedUpTo = 0;
  /** Up to which position it is signed, and the head of the ledger. */
  signed: { readonly upTo: number; readonly head: string | null } = { upTo: 0, head: null };
  stats: JournalStats | null = null;

  opened({ bytes, releasedUpTo }: Opened): void {
    this.bytes = bytes;
    this.releasedUpTo = releasedUpTo;
  }

  take(message: Extract<FromJournal, { kind: 'stats' | 'signed' | 'released' }>): void {
    if (message.kind === 'stats') this.stats = message.stats;
    else if (message.kind === 'signed') this.signed = message;
    else {
      this.bytes = message.journalBytes;
      this.releasedUpTo = message.upTo;
    }
  }
}

/** What admission counts, by minute of receipt: the other side of the books, which comes to the journal by its own way. */
import type { Tally } from './control.ts';

/** Events and bytes by tenant, source and minute. */
export class Tallies {
  readonly #open = new Map<string, Required<Tally>>();

  add(
    sender: { readonly tenant: string; readonly source: string; readonly receivedAt: number },
    more: { readonly received?: number; readonly sent?: number },
  ): void {
    const { tenant, source } = sender;
    const minute = Math.floor(sender.receivedAt / 60_000);
    const key = `${minute}\t${tenant}\t${source}`;
    const { received, sent } = this.#open.get(key) ?? { received: 0, sent: 0 };
    const [events, bytes] = [received + (more.received ?? 0), sent + (more.sent ?? 0)];
    this.#open.set(key, { tenant, source, minute, received: events, sent: bytes });
  }

  /** Counts of the minutes before `minute`, which are then forgotten. */
  take(minute: number): Tally[] {
    const taken: Tally[] = [];
    for (const [key, tally] of this.#open) {
      if (tally.minute >= minute) continue;
      taken.push(tally);
      this.#open.delete(key);
    }
    return taken;
  }

  /** Takes counts back that came to nothing. */
  giveBack(tallies: readonly Tally[]): void {
    for (const { tenant, source, minute, received, sent } of tallies) {
      this.add({ tenant, source, receivedAt: minute * 60_000 }, { received, ...(sent === undefined ? {} : { sent }) });
    }
  }
}

/** Events as admission counts them, by minute of receipt: the other side of the books, which comes to the journal by its own way. */
import type { Tally } from './control.ts';

export class Tallies {
  readonly #open = new Map<string, Tally>();

  add(
    sender: { readonly tenant: string; readonly source: string; readonly receivedAt: number },
    received: number,
  ): void {
    const { tenant, source } = sender;
    const minute = Math.floor(sender.receivedAt / 60_000);
    const key = `${minute}\t${tenant}\t${source}`;
    const known = this.#open.get(key)?.received ?? 0;
    this.#open.set(key, { tenant, source, minute, received: known + received });
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
}

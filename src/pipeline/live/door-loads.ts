/** What each door thread has been given and not answered for, and which one gets the next body. */
import { isSmall, SMALL_BODY_BYTES } from './messages.ts';

/** Bytes of bodies that a door may have before small ones go to another, too. */
const CALM_BYTES = 4 * SMALL_BODY_BYTES;

export class DoorLoads {
  readonly #doors: readonly { bytes: number; large: number }[];

  constructor(doors: number) {
    this.#doors = Array.from({ length: doors }, () => ({ bytes: 0, large: 0 }));
  }

  /** Of all doors. */
  get bytes(): number {
    return this.#doors.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The least loaded; small bodies go together to the first that has nothing else, and not much. */
  pick(bytes: number): number {
    const doors = this.#doors;
    const calm = doors.findIndex((door) => door.large === 0 && door.bytes < CALM_BYTES);
    if (isSmall(bytes) && calm >= 0) return calm;
    return doors.reduce((least, door, i) => (door.bytes < doors[least].bytes ? i : least), 0);
  }

  /** A door was given a body, or answered for it. */
  hold(door: number, bytes: number, by: 1 | -1): void {
    const load = this.#doors[door];
    load.bytes += by * bytes;
    if (!isSmall(bytes)) load.large += by;
  }
}

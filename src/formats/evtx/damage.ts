/** What is wrong with a record or chunk; caught per record, never leaves this folder. */
export class Damage extends Error {
  override readonly name = 'Damage';
  /** Byte in the chunk where it was found. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

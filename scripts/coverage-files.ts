/**
 * The files that processes under test leave for node:test's coverage. One of them that is cut off, as by a process killed
 * while it wrote, makes node report no coverage at all; so each is read once it is whole, and those that stay broken are
 * removed before node comes to them.
 */
import fs from 'node:fs';
import path from 'node:path';

/** A file changed later than this ago may still be in writing. */
const STILL_WRITING_MS = 1000;

export class CoverageFiles {
  /** Null where no coverage is measured. */
  readonly #folder: string | null;
  readonly #whole = new Set<string>();
  #removed = 0;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** How many files were cut off: processes whose lines are not counted. */
  get removed(): number {
    return this.#removed;
  }

  /** Removes what is cut off. To be called whenever a test file has ended, in the turn in which it did. */
  sweep(now = Date.now()): void {
    if (this.#folder === null) return;
    for (const name of fs.readdirSync(this.#folder)) {
      if (this.#whole.has(name)) continue;
      const file = path.join(this.#folder, name);
      if (isJson(fs.readFileSync(file, 'utf8'))) this.#whole.add(name);
      else if (now - fs.statSync(file).mtimeMs > STILL_WRITING_MS) {
        fs.rmSync(file);
        this.#removed += 1;
      }
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

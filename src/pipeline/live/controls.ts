/** What the server itself wrote into the journal, and so what was in force where. */
import type { Control } from './control.ts';

interface Since<T> {
  readonly position: number;
  readonly value: T;
}

/** Takes control entries in order. */
export class Controls {
  readonly #versions: Since<string>[] = [];
  readonly #sets: Since<string>[] = [];
  readonly #stages = new Map<string, Since<boolean>[]>();
  /** Where a process began that has named no rules yet. */
  #waiting: number | null = 0;

  add(position: number, control: Control): void {
    if (control.kind === 'start') {
      this.#versions.push({ position, value: control.version });
      this.#waiting = position;
    }
    if (control.kind === 'rules') {
      this.#sets.push({ position: this.#waiting ?? position, value: control.set });
      this.#waiting = null;
    }
    if (control.kind === 'stage') {
      const key = `${control.tenant} ${control.stage}`;
      const known = this.#stages.get(key);
      if (known === undefined) this.#stages.set(key, [{ position, value: control.on }]);
      else known.push({ position, value: control.on });
    }
  }

  /** Of the program that wrote an entry; null where none is known. */
  versionAt(position: number): string | null {
    return at(this.#versions, position);
  }

  /** The rule set in force: the last one named before, or where a process had just begun, the next. */
  setAt(position: number): string | null {
    return at(this.#sets, position);
  }

  /** Whether a stage was on for a tenant. */
  stageAt(tenant: string, stage: string, position: number): boolean {
    return at(this.#stages.get(`${tenant} ${stage}`) ?? [], position) ?? true;
  }
}

function at<T>(changes: readonly Since<T>[], position: number): T | null {
  return changes.findLast((change) => change.position <= position)?.value ?? null;
}

/** What a command waits for, where that takes long enough to be wondered at. */
import { sleep } from '../../base/index.ts';

const SLOW_MS = 200;

/** Writes `text` unless the work is over, one way or the other, within a moment. */
export async function namedIfSlow(work: Promise<unknown>, text: string, write: (text: string) => void): Promise<void> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  work.then(end, end);
  await sleep(SLOW_MS);
  if (!over) write(text);
}

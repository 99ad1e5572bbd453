/** Frames and files for tests of segments. */
import { encodeFrames, type Kernel } from '../../batch/index.ts';

export const never = (): never => {
  throw new Error('no rules are run');
};

/** The events as one frame of `EventBatch`; as text they come as they are given, else as JSON. */
export function frameOf(kernel: Kernel, events: readonly unknown[]): Uint8Array {
  const lines = events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`);
  kernel.load(Buffer.from(lines.join('')));
  const frames: Uint8Array[] = [];
  while (kernel.scan()) {
    for (const { frame } of encodeFrames(kernel, { tenant: 't', source: 's', mapping: '', timeOf: () => null })) {
      frames.push(new Uint8Array(frame));
    }
  }
  if (frames.length !== 1) throw new Error(`${frames.length} frames`);
  return frames[0];
}

/** A text of a file's key-value metadata, found without reading Parquet: the key, then a length and the value (Thrift). */
export function textOf(file: Buffer, key: string): string {
  const at = file.lastIndexOf(key) + key.length + 1;
  let length = 0;
  let p = at;
  for (let shift = 0; ; shift += 7) {
    const byte = file[p++];
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return file.toString('utf8', p, p + length);
  }
}

/** Memory given back at once. */

/** Node cuts small Buffers out of common memory of 64 KiB at most; what is larger is one owner's alone. */
const OWN_BYTES_MIN = 128 * 1024;

/**
 * Gives a buffer's memory back without waiting for a collection of garbage; its views are empty then. For large buffers that come
 * often: V8 starts a full collection for every 50 MB or so of them, although next to nothing else is garbage. What is small is left
 * to it. The caller must be the buffer's only user.
 */
export function release(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= OWN_BYTES_MIN) buffer.transfer(0);
}

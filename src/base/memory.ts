/** Memory given back at once. */

/** Node cuts small Buffers out of common memory of 64 KiB at most; what is larger is one owner's alone. */
const OWN_BYTES_MIN = 128 * 1024;
/** Smaller ones are cheaper left to V8. */
const CHUNK_BYTES_MIN = 8 * 1024;

/**
 * Gives a buffer's memory back without waiting for a collection of garbage; its views are empty then. For large buffers that come
 * often: V8 starts a full collection for every 50 MB or so of them, although next to nothing else is garbage. What is small is left
 * to it. The caller must be the buffer's only user.
 */
export function release(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= OWN_BYTES_MIN) buffer.transfer(0);
}

/**
 * The same for a chunk as it came from a socket, once it was copied. Node reads into 64 KiB that are the chunk's own: 2 MB of frames
 * in such chunks cost the main thread a full collection for every 27 requests, a quarter of all processor time at full load.
 */
export function releaseChunk({ buffer, byteLength }: Uint8Array): void {
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  if (own && byteLength >= CHUNK_BYTES_MIN) buffer.transfer(0);
}

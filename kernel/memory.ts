/**
 * Memory of the kernel: a bump allocator over WASM memory. Regions are laid out once by `init`; blocks the host loads
 * later (lanes, plans) come from `alloc` as well and live until the instance is replaced.
 */

let brk: usize = 0;

/** `size` bytes, 64-byte aligned, zeroed (fresh WASM memory is zero); 0 when memory cannot grow. */
export function alloc(size: usize): usize {
  if (brk == 0) brk = (__heap_base + 63) & ~63;
  const at = brk;
  const end = (at + size + 63) & ~63;
  const have = <usize>memory.size() << 16;
  if (end > have) {
    const pages = <i32>((end - have + 0xffff) >> 16);
    if (memory.grow(pages) < 0) return 0;
  }
  brk = end;
  return at;
}

/** Bytes handed out so far. */
export function allocated(): usize {
  return brk;
}

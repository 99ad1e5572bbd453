/** The part of the WebAssembly API that the kernel's host uses; TypeScript declares it only together with the whole DOM. */
declare namespace WebAssembly {
  function compile(bytes: Uint8Array): Promise<Module>;
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Global<Type extends 'i32' | 'i64'> {
    value: Type extends 'i64' ? bigint : number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

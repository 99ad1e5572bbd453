/** BinXML value types (libyal, "Windows XML Event Log (EVTX)", 5.2 "Value types"; [MS-EVEN6] 2.2.12 has the same grammar). */
export const NULL = 0x00;
export const STRING = 0x01;
export const ANSI_STRING = 0x02;
export const INT8 = 0x03;
export const UINT8 = 0x04;
export const INT16 = 0x05;
export const UINT16 = 0x06;
export const INT32 = 0x07;
export const UINT32 = 0x08;
export const INT64 = 0x09;
export const UINT64 = 0x0a;
export const FLOAT = 0x0b;
export const DOUBLE = 0x0c;
export const BOOL = 0x0d;
export const BINARY = 0x0e;
export const GUID = 0x0f;
export const SIZE_T = 0x10;
export const FILETIME = 0x11;
export const SYSTEMTIME = 0x12;
export const SID = 0x13;
export const HEX_INT32 = 0x14;
export const HEX_INT64 = 0x15;
export const HANDLE = 0x20;
export const BINXML = 0x21;
export const XML = 0x23;
/** Set for an array of the type in the lower bits. */
export const ARRAY = 0x80;

/** Bytes of a value of each type, 0 where it varies. */
export const WIDTH = new Uint8Array(256);
for (const [width, types] of [
  [1, [INT8, UINT8]],
  [2, [INT16, UINT16]],
  [4, [INT32, UINT32, FLOAT, BOOL, HEX_INT32]],
  [8, [INT64, UINT64, DOUBLE, FILETIME, HEX_INT64]],
  [16, [GUID, SYSTEMTIME]],
] as const) {
  for (const type of types) WIDTH[type] = width;
}

/** 1 for types that are JSON numbers or booleans; all others are JSON strings. */
export const BARE = new Uint8Array(256);
for (const type of [INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL]) BARE[type] = 1;

/**
 * What one chunk or record may cost. Real events stay far below all of these; a file made to exhaust the reader is
 * named and cut. Units stand last.
 */

/** The format's own: a chunk with its records, and the header blocks before the first chunk and in each. */
export const CHUNK_BYTES = 65536;
export const FILE_HEADER_BYTES = 4096;
export const CHUNK_HEADER_BYTES = 512;
/** Signature, size, record id, time written; and behind the event the size once more. */
export const RECORD_HEADER_BYTES = 24;
/** The smallest record: header, one byte of BinXML, the size once more. */
export const RECORD_BYTES_MIN = 29;

/** JSON of one record. A record has at most 64 KiB; six bytes a UTF-16 unit (`\u001f`) make 192 KiB. */
export const RECORD_JSON_BYTES_MAX = 1 << 20;
/** JSON of one chunk; real chunks give 0.1 to 0.3 MB. A template used by thousands of tiny records could give gigabytes. */
export const CHUNK_JSON_BYTES_MAX = 8 << 20;
/** Values, attributes and parts looked at for one record, and for one chunk; real ones need up to 634 and 10,227. */
export const RECORD_WORK_MAX = 50_000;
export const CHUNK_WORK_MAX = 400_000;
/** Elements inside each other, over all nested fragments. JSON adds up to two levels; the kernel's bound is 64 levels. */
export const ELEMENT_LEVELS_MAX = 56;
/** One name; the longest real element name has under 100. */
export const NAME_UNITS_MAX = 4096;
/** A definition or bare fragment with its names spelt out, in UTF-16 units; the largest real one has some 8,000. */
export const DEFINITION_UNITS_MAX = 1 << 17;
/** Compiled templates kept between chunks: how many, and UTF-16 units of their definitions in all. Emptied when full. */
export const TEMPLATES_KEPT_MAX = 2048;
export const TEMPLATE_UNITS_KEPT_MAX = 1 << 20;
/** Live JSON gathered before it is handed on. */
export const BATCH_BYTES = 1 << 20;

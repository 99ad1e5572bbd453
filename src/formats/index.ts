/** L3: input formats. From paths to events as JSON lines, each with where it came from. */
export { type ArchiveMember, zipMembers } from './archive.ts';
export { type DiscoverOptions, discover, type Found } from './discover.ts';
export { ENVELOPES, type Envelope } from './envelope.ts';
export { type EvtxReport, readEvtx } from './evtx/index.ts';
export { type JsonOptions, JsonSplitter } from './json.ts';
export { LineSplitter } from './ndjson.ts';
export { eventFormat, type OpenOptions, openInput } from './open.ts';
export { type InputReport, inputReport, type Report, tooLongReason } from './report.ts';
export { EVENT_FORMATS, type EventFormat, type FormatName, SNIFF_BYTES, sniff } from './sniff.ts';
export { type LineRange, splitAtNewline } from './split.ts';
export type { Chunk, Input, Unparsed } from './types.ts';
export { eventXmlToJson } from './xml.ts';

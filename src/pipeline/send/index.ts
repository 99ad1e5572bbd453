/** Sending inputs to a server or into a data folder: `weir ingest`. */
export { type FolderTarget, type FolderTargetOptions, openFolderTarget } from './folder-target.ts';
export { type HttpTargetOptions, openHttpTarget } from './http-target.ts';
export { type SendOptions, type SendProgress, type SendReport, send, sourceOf } from './send.ts';
export type { Outgoing, Target } from './target.ts';

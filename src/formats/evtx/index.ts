/** Binary Windows event logs (EVTX) as JSON lines in evtx_dump's form. */
export { type EvtxReport, readEvtx } from './reader.ts';

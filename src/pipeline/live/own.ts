/** What the server writes into the journal itself, as a request that nobody sent and no door took. */
import type { Counts, NewDelivery } from './node-options.ts';

export const NOTHING: Counts & { entries: number; decodedMs: number; evaluatedMs: null } = {
  accepted: 0,
  dead: 0,
  filtered: 0,
  received: 0,
  bytes: 0,
  outcome: null,
  letters: [],
  validation: null,
  entries: 1,
  decodedMs: 0,
  evaluatedMs: null,
};
export const OWN: NewDelivery = {
  tenant: '',
  source: '',
  door: '',
  credential: '',
  request: '',
  receivedAt: 0,
  format: 'ndjson',
  encoding: 'identity',
  body: new Uint8Array(0),
  key: null,
};

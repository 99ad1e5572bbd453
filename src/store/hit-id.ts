/**
 * Identity. An event is named by where it stands in the journal, a hit by its rule version and its event: both come out the same
 * however often the journal is evaluated.
 */
import { sha256 } from '../base/index.ts';

/** Hexadecimal digits of the hash in a hit id: 80 bits over rule versions and logs, of which there are thousands. */
const HASH_DIGITS = 20;

/** `<log id>/<partition>/<position>/<row>`; `log` is the first two. */
export function eventId(log: string, position: number, row: number): string {
  return `${log}/${position}/${row}`;
}

/**
 * What all hits of one rule version over one log have in common. Cheap ids come of it: one hash a rule version, none a hit, and
 * the rest of the id says where the hit stands, so that no table of ids is needed (its random writes cost more than the hits:
 * bench/notes-hits.md).
 */
export function streamHash(ruleId: string, version: string, log: string): string {
  return sha256(`${ruleId}\0${version}\0${log}`).slice(0, HASH_DIGITS);
}

/** `<hash of rule id, rule version and log>-<position>-<row>`. */
export function hitId(stream: string, position: number, row: number): string {
  return `${stream}-${position}-${row}`;
}

export interface HitPlace {
  readonly stream: string;
  readonly position: number;
  readonly row: number;
}

const PATTERN = /^([0-9a-f]{20})-(0|[1-9]\d{0,15})-(0|[1-9]\d{0,9})$/;

/** Null for what is no id of a hit (ids come from outside, so anything may). */
export function parseHitId(id: string): HitPlace | null {
  const match = PATTERN.exec(id);
  if (match === null) return null;
  return { stream: match[1], position: Number(match[2]), row: Number(match[3]) };
}

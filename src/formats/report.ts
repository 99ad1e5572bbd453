/** Naming what could not be read, without letting a hostile input grow the list for ever. */
import { limits } from '../base/index.ts';
import type { Unparsed } from './types.ts';

export type Report = (unparsed: Unparsed) => void;

/** Reports on one input; the path is known once. */
export interface InputReport {
  /** `position` as in Unparsed: `byte 12`, `record 3, byte 456`, or ''. */
  add(position: string, reason: string): void;
  /** Says how many were not named. Call it when the input has been read. */
  finish(): void;
}

export function inputReport(path: string, report: Report, namedMax = limits.unparsedPerInputMax): InputReport {
  let count = 0;
  let last = '';
  const add = (position: string, reason: string): void => {
    count++;
    if (count <= namedMax) report({ path, position, reason });
    else last = position;
  };
  const finish = (): void => {
    if (count > namedMax) {
      report({ path, position: last, reason: `${count - namedMax} more places could not be read, the last one here` });
    }
    count = 0;
  };
  return { add, finish };
}

/** Why a line was left out: the same words wherever lines are found. `bytes` without the newline. */
export function tooLongReason(bytes: number, lineBytesMax: number = limits.lineBytesMax): string {
  return `the line has ${bytes} bytes, more than the ${lineBytesMax} an event may have: left out`;
}

/** A byte as a message shows it. */
export function showByte(byte: number | undefined): string {
  if (byte === undefined) return 'the end of the input';
  if (byte > 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`;
  return `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

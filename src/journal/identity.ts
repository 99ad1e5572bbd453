/**
 * Who a journal is: `ID`, made once and for all. Event ids begin with the log id, so a new journal never gives an id
 * that an older one gave. Lines of text, the last with the CRC-32 of the others:
 *
 * ```
 * weir journal 1
 * log 91b5e02c6a0f4d37
 * producer 5b1c…(32 digits)
 * checksum 0a1b2c3d
 * ```
 */
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type Files, writeDurably } from '../base/index.ts';
import { CorruptJournal } from './errors.ts';
import { PRODUCER_BYTES } from './format.ts';

export interface Identity {
  /** 16 hexadecimal digits. */
  readonly log: string;
  /** 16 bytes. */
  readonly producer: Uint8Array;
}

const LOG_BYTES = 8;
const NAME = 'ID';
const BYTES_MAX = 200;

const digits = (value: number): string => value.toString(16).padStart(8, '0');

/** Null where there is none yet. Throws `journal.corrupt`. */
export function readIdentity(files: Files, folder: string): Identity | null {
  const file = path.join(folder, NAME);
  if (files.size(file) === null) return null;
  using reader = files.openRead(file);
  const bytes = Buffer.alloc(BYTES_MAX);
  const text = bytes.toString('latin1', 0, reader.readAt(bytes, 0));
  const match = /^(weir journal 1\nlog ([0-9a-f]{16})\nproducer ([0-9a-f]{32})\n)checksum ([0-9a-f]{8})\n$/.exec(text);
  const [, checked = '', log = '', producer = '', checksum = ''] = match ?? [];
  if (match === null || digits(crc32(checked)) !== checksum) {
    throw new CorruptJournal({ file, byte: 0, position: null, what: 'no identity of a journal of version 1' });
  }
  return { log, producer: Buffer.from(producer, 'hex') };
}

/** Its being there, durably, is what makes a folder a journal: written last. */
export function createIdentity(files: Files, folder: string, random: (length: number) => Uint8Array): Identity {
  const log = Buffer.from(random(LOG_BYTES)).toString('hex');
  const producer = random(PRODUCER_BYTES);
  const checked = `weir journal 1\nlog ${log}\nproducer ${Buffer.from(producer).toString('hex')}\n`;
  writeDurably(files, path.join(folder, NAME), Buffer.from(`${checked}checksum ${digits(crc32(checked))}\n`));
  return { log, producer };
}

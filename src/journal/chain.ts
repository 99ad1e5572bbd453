/**
 * The chain: an append-only ledger beside the journal, `chain/ledger.ndjson`, that signs what was in it. Each line is one JSON object
 * that holds the SHA-256 of the line before (`previous`) and, last, an ed25519 signature over the line up to it. The key may
 * lie outside the data folder. What is signed cannot be changed, left out or put in another order unnoticed by whoever has
 * neither the key nor the ledger's last hash; with key and disk in one hand, only a copy of the head kept elsewhere tells.
 *
 * ```
 * {"kind":"begin","n":0,"previous":"00…","log":"91b5…","key":"MCow…","signature":"…"}
 * {"kind":"frame","n":1,"previous":"7f…","from":0,"to":1200,"count":1200,"root":"c4…","signature":"…"}
 * ```
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import path from 'node:path';
import { type DurableFile, type Files, limits, realFiles, sha256, WeirError, writeDurably } from '../base/index.ts';
import type { FrameEntry, LedgerEntry, SignedEntry } from './chain-entries.ts';
import { isSigned, NO_LINE, readLine, readLines, spkiOf } from './chain-lines.ts';
import { CorruptJournal } from './errors.ts';

export interface LedgerOptions {
  readonly files?: Files;
  /** The private key (PKCS#8 PEM, mode 0600), made if it is not there; default `key.pem` in the ledger's folder. */
  readonly keyPath?: string;
  /** Its file; default `ledger.ndjson`. */
  readonly name?: string;
  /** Is given every line that is there, in order. Then hashes alone are checked, and the last line's signature, which covers all before. */
  readonly onEntry?: (entry: SignedEntry) => void;
}

/** What the ledger signs: a Journal, or a JournalReader with what is known to be durable. */
export interface Ledgered {
  readonly log: string;
  /** Lowest position kept, and the next one. */
  readonly first: number;
  readonly next: number;
  /** SHA-256 of the last entry. */
  readonly hash: Uint8Array;
  headers(from: number, to: number): Iterable<{ readonly previous: Uint8Array }>;
  /** What the headers' hashes come to, where that is known without reading them. */
  rootOf?(from: number, to: number): string | null;
}

const NAME = 'ledger.ndjson';

function readRoot(journal: Ledgered, from: number, to: number): string {
  const root = createHash('sha256');
  // Each entry holds the hash of the one before: the headers behind `from` give all but the last.
  let skipped = false;
  for (const { previous } of journal.headers(from, Math.min(to + 1, journal.next))) {
    if (skipped) root.update(previous);
    skipped = true;
  }
  if (to >= journal.next) root.update(journal.hash);
  return root.digest('hex');
}

export const ledgerPath = (folder: string, name = NAME): string => path.join(folder, name);

export class Ledger {
  readonly #file: DurableFile;
  readonly #key: KeyObject;
  #size: number;
  #lines: number;
  #head: string;
  #upTo: number;
  #failure: unknown = null;
  /** Bytes of a last line that a power cut had torn; it was cut, and what it covered will be signed again. */
  readonly cutBytes: number;

  private constructor(
    file: DurableFile,
    key: KeyObject,
    state: { size: number; lines: number; head: string; upTo: number; cutBytes: number },
  ) {
    this.#file = file;
    this.#key = key;
    this.#size = state.size;
    this.#lines = state.lines;
    this.#head = state.head;
    this.#upTo = state.upTo;
    this.cutBytes = state.cutBytes;
  }

  /**
   * Opens the ledger of a journal, making it and its key if there is none. Throws `journal.corrupt` where a line that is not the last
   * is damaged or the ledger is another journal's, `journal.key` where the key is not the ledger's.
   */
  static open(folder: string, log: string, options: LedgerOptions = {}): Ledger {
    const files = options.files ?? realFiles;
    files.makeDirectory(folder);
    files.syncDirectory(path.dirname(folder));
    const name = ledgerPath(folder, options.name);
    const keyPath = options.keyPath ?? path.join(folder, 'key.pem');
    const isNew = (files.size(name) ?? 0) === 0;
    const key = signingKey(files, keyPath, isNew);
    const publicKey = spkiOf(key);
    let upTo = 0;
    let lines = 0;
    let head = NO_LINE;
    let size = 0;
    let lastLine = new Uint8Array();
    let lastText: string | null = null;
    const { onEntry } = options;
    const damaged = (byte: number, what: string): never => {
      throw new CorruptJournal({ file: name, byte, position: null, what });
    };
    if (!isNew) {
      for (const line of readLines(files, name)) {
        const checked = onEntry === undefined ? key : null;
        const read = line.whole ? readLine(line.text, lines, head, checked) : 'it is not finished';
        if (typeof read === 'string') {
          if (!line.last) damaged(line.byte, read);
          break;
        }
        if (read.kind === 'begin' && read.key !== publicKey) {
          throw new WeirError('journal.key', `the key ${keyPath} is not the one that signed ${name}`, {
            hint: 'Give the path of the key this ledger was begun with.',
          });
        }
        if (read.kind === 'begin' && read.log !== log)
          damaged(line.byte, `it is the ledger of the journal ${read.log}`);
        if (read.kind === 'frame') upTo = read.to;
        onEntry?.(read);
        lastText = line.text;
        head = sha256(line.text);
        lastLine = Buffer.from(`${line.text}\n`);
        size = line.byte + lastLine.length;
        lines++;
      }
      if (onEntry !== undefined && lastText !== null && !isSigned(lastText, key)) {
        damaged(size - lastLine.length, 'its signature does not match');
      }
    }
    const file = files.open(name);
    const cutBytes = file.size() - size;
    if (cutBytes > 0) file.truncate(size);
    // What an earlier process wrote and failed to sync is read and may not be on disk; a sync alone does not bring it there any more.
    if (size > 0) file.write([lastLine], size - lastLine.length);
    file.sync();
    files.syncDirectory(folder);
    const ledger = new Ledger(file, key, { size, lines, head, upTo, cutBytes });
    if (lines === 0) ledger.append({ kind: 'begin', log, key: publicKey });
    return ledger;
  }

  /** SHA-256 of the last line: to be kept elsewhere by whoever distrusts this machine. */
  get head(): string {
    return this.#head;
  }

  /** Lines so far. */
  get length(): number {
    return this.#lines;
  }

  /** The position up to which the journal is signed. */
  get upTo(): number {
    return this.#upTo;
  }

  /** The public key, SPKI in base64. */
  get key(): string {
    return spkiOf(this.#key);
  }

  /**
   * Signs the journal's entries from where the last signature ended up to `to` (all that is durable, if left out), as one entry;
   * null where there are none. At rotation: `seal(journal, journal.closedUpTo)`.
   */
  seal(journal: Ledgered, to: number = journal.next): FrameEntry | null {
    const from = Math.max(this.#upTo, journal.first);
    if (to <= from) return null;
    // To read a file of 64 MB that single events filled once more held up all senders for 130 ms.
    const root = journal.rootOf?.(from, to) ?? readRoot(journal, from, to);
    const entry: FrameEntry = { kind: 'frame', from, to, count: to - from, root };
    this.append(entry);
    this.#upTo = to;
    return entry;
  }

  /** Signs, writes and syncs one line. A failure is for good. */
  append(entry: LedgerEntry): void {
    if (this.#failure !== null) {
      throw new WeirError('journal.stopped', `the ledger ${this.#file.path} has stopped`, { cause: this.#failure });
    }
    const { kind, ...rest } = entry;
    const body = JSON.stringify({ kind, n: this.#lines, previous: this.#head, ...rest }).slice(0, -1);
    const signature = sign(null, Buffer.from(body), this.#key).toString('base64');
    const line = `${body},"signature":"${signature}"}`;
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.length > limits.chainLineBytesMax) throw new Error(`a line of ${bytes.length} bytes for the ledger`);
    try {
      this.#file.write([bytes], this.#size);
      this.#file.sync();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#size += bytes.length;
    this.#lines++;
    this.#head = sha256(line);
  }

  close(): void {
    this.#file.close();
  }
}

/** The ledger's private key; made, durably and for the owner alone, where `create` allows it. */
function signingKey(files: Files, keyPath: string, create: boolean): KeyObject {
  if (files.size(keyPath) === null) {
    if (!create) {
      throw new WeirError('journal.key', `the key ${keyPath} of the ledger is missing`, {
        hint: 'Restore it: without it nothing can be added to the ledger. To begin anew, move the ledger away.',
      });
    }
    const { privateKey } = generateKeyPairSync('ed25519');
    files.makeDirectory(path.dirname(keyPath));
    writeDurably(files, keyPath, Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })), { private: true });
    return privateKey;
  }
  return readSigningKey(files, keyPath);
}

/** A ledger's private key as its file has it. @throws WeirError `journal.key` where that is no ed25519 key; what reading throws */
export function readSigningKey(files: Files, keyPath: string): KeyObject {
  using reader = files.openRead(keyPath);
  const bytes = Buffer.alloc(Math.min(reader.size, limits.chainLineBytesMax));
  reader.readAt(bytes, 0);
  try {
    const key = createPrivateKey(bytes);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`a key of type ${key.asymmetricKeyType}`);
    return key;
  } catch (cause) {
    throw new WeirError('journal.key', `the key ${keyPath} is no ed25519 private key in PEM`, { cause });
  }
}

/**
 * Rules ready to scan with: loaded and compiled, or taken from the cache. The cache is one file per set of rules, named by what
 * went in: the rule files' paths, sizes and times, pipelines, options, and the code that compiles.
 */
import { crc32 } from 'node:zlib';
import {
  codeStamp,
  fileInfo,
  listDirectory,
  makeDirectory,
  openRandom,
  readText,
  removePath,
  replaceFile,
  sha256,
  turn,
  WeirError,
} from '../base/index.ts';
import {
  type LaneSource,
  type Level,
  type LoadOptions,
  loadRules,
  parsePipeline,
  type RuleFile,
  type RuleSet,
} from '../detect/index.ts';
import type { Unparsed } from '../formats/index.ts';
import { listRuleFiles, readRuleFiles } from './rule-files.ts';
import { detectionVersion } from './rule-version.ts';
import { openPackage, packRules } from './rules.ts';
import type { RulePackage } from './scanner.ts';

/** What is known of loaded rules without their bodies. */
export interface RuleReport extends Omit<RuleSet, 'detections'> {
  readonly detections: readonly { readonly id: string; readonly title: string; readonly level: Level }[];
  /** Rule files and folders that could not be read. */
  readonly unreadable: readonly Unparsed[];
}

export interface PreparedRules {
  readonly report: RuleReport;
  readonly rules: RulePackage;
  /** Whether they came from the cache. */
  readonly cached: boolean;
}

/** Rules that can be scanned with already. */
export interface StartedRules extends PreparedRules {
  /** Compiles the lanes that `rules` lacks; null when it lacks none that is foreseen. */
  readonly lanes: LaneSource | null;
  /** Compiles what is left, giving way to other work now and then, and keeps it in the cache. */
  complete(): Promise<PreparedRules>;
}

/** A rule in quarantine. */
export interface LeftOut {
  readonly id: string;
  readonly version: string;
  readonly reason: string;
}

export interface PrepareOptions {
  readonly paths: readonly string[];
  /** Files of pySigma processing pipelines. */
  readonly pipelines?: readonly string[];
  readonly minLevel?: Level | undefined;
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
  /** Rules to do without, as long as they are of these versions. */
  readonly leftOut?: readonly LeftOut[];
  /** Folder for compiled rules; null for none. */
  readonly cache: string | null;
}

const CACHED = /^rules-[0-9a-f]{32}\.bin$/;
const KEPT = 6;
const HEADER_WORDS = 4;
const CRC_FROM = 8;
const MAGIC = 0x63697277; // "wric"

export function prepareRuleSet(rules: RuleSet): PreparedRules {
  return { report: reportOf(rules, []), rules: packRules(rules), cached: false };
}

/** Rules whose lanes are compiled when they are asked for. */
export function openRuleSet(rules: RuleSet, minLevel?: Level, unreadable: readonly Unparsed[] = []): PreparedRules {
  return { report: reportOf(rules, unreadable), rules: openPackage(rules, minLevel).rules, cached: false };
}

function reportOf(rules: RuleSet, unreadable: readonly Unparsed[]): RuleReport {
  const { detections, ...rest } = rules;
  const heads = detections.map(({ id, title, level }) => ({ id, title, level }));
  return { ...rest, detections: heads, unreadable };
}

/** Rules compiled whole. */
export async function prepareRules(options: PrepareOptions): Promise<PreparedRules> {
  return (await startRules(options)).complete();
}

/** Rules as soon as they can be scanned with: from the cache, or loaded and not yet compiled. */
export async function startRules(options: PrepareOptions): Promise<StartedRules> {
  const listing = listRuleFiles(options.paths);
  const pipelines = (options.pipelines ?? []).map((path) => ({ path, text: readText(path) }));
  const leftOut = new Map(options.leftOut?.map(({ id, version }) => [id, version]));
  const { minLevel = null, placeholders = {} } = options;
  const key = sha256(
    JSON.stringify([codeStamp(), listing.stamp, pipelines, minLevel, placeholders, [...leftOut]]),
  ).slice(0, 32);
  const file = options.cache === null ? null : `${options.cache}/rules-${key}.bin`;
  const cached = file === null ? null : readCache(file);
  if (cached !== null) return { ...cached, lanes: null, complete: () => Promise.resolve(cached) };
  const unreadable = [...listing.unreadable];
  const files: RuleFile[] = [];
  for await (const rule of readRuleFiles(listing.files, (unparsed) => unreadable.push(unparsed))) files.push(rule);
  const load: LoadOptions = {
    ...(pipelines.length === 0 ? {} : { pipelines: pipelines.map(parsePipeline) }),
    ...(options.minLevel === undefined ? {} : { minLevel: options.minLevel }),
    ...(options.placeholders === undefined ? {} : { placeholders: options.placeholders }),
    leaveOut: (rule) => leftOut.has(rule.id) && leftOut.get(rule.id) === detectionVersion(rule),
  };
  const rules = loadRules(files, load);
  const open = openPackage(rules, options.minLevel);
  const report = reportOf(rules, unreadable);
  const complete = async (): Promise<PreparedRules> => {
    const steps = open.complete();
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) await turn();
    const prepared = { report, rules: step.value, cached: false };
    // Files that could not be read may be readable next time without looking any different.
    if (file !== null && options.cache !== null && unreadable.length === 0) writeCache(options.cache, file, prepared);
    return prepared;
  };
  return { report, rules: open.rules, cached: false, lanes: open.lanes, complete };
}

/** file: magic, CRC-32 of all that follows, lengths of the report (JSON) and of the image; report, padding, image */
function writeCache(folder: string, file: string, { report, rules }: PreparedRules): void {
  const head = Buffer.from(JSON.stringify({ report, quiet: Buffer.from(rules.quiet).toString('base64') }));
  const at = HEADER_WORDS * 4 + ((head.length + 3) & ~3);
  const bytes = Buffer.alloc(at + rules.image.byteLength);
  head.copy(bytes, HEADER_WORDS * 4);
  bytes.set(new Uint8Array(rules.image), at);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(head.length, 8);
  bytes.writeUInt32LE(rules.image.byteLength, 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(CRC_FROM)), 4);
  try {
    makeDirectory(folder);
    replaceFile(file, bytes);
    trim(folder);
  } catch (error) {
    // Without a cache the next start is slower, nothing else.
    if (!(error instanceof WeirError)) throw error;
  }
}

/** Keeps the newest few. */
function trim(folder: string): void {
  const files = listDirectory(folder)
    .filter(({ name }) => CACHED.test(name))
    .map(({ name }) => ({ path: `${folder}/${name}`, modifiedMs: fileInfo(`${folder}/${name}`)?.modifiedMs ?? 0 }));
  files.sort((a, b) => b.modifiedMs - a.modifiedMs);
  for (const { path } of files.slice(KEPT)) removePath(path);
}

/** Null when there is none, or none that is whole: the rules are compiled again then. */
function readCache(file: string): PreparedRules | null {
  try {
    return fileInfo(file) === null ? null : readCacheFile(file);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return null;
  }
}

function readCacheFile(file: string): PreparedRules | null {
  using reader = openRandom(file);
  const words = new Uint32Array(HEADER_WORDS);
  if (reader.readAt(new Uint8Array(words.buffer), 0) !== HEADER_WORDS * 4) return null;
  const [magic, crc, headLength, imageLength] = words;
  const at = HEADER_WORDS * 4 + ((headLength + 3) & ~3);
  if (magic !== MAGIC || at + imageLength !== reader.size) return null;
  const head = new Uint8Array(at - HEADER_WORDS * 4);
  const image = new SharedArrayBuffer(imageLength);
  if (reader.readAt(head, HEADER_WORDS * 4) !== head.length) return null;
  // Read where it stays: copying it takes as long as reading it.
  if (reader.readAt(new Uint8Array(image), at) !== imageLength) return null;
  const lengths = Buffer.from(words.buffer, CRC_FROM);
  if (crc32(Buffer.from(image), crc32(head, crc32(lengths))) !== crc) return null;
  const { report, quiet } = JSON.parse(Buffer.from(head.buffer, 0, headLength).toString()) as {
    report: RuleReport;
    quiet: string;
  };
  const rules = { image, quiet: Uint8Array.from(Buffer.from(quiet, 'base64')), correlations: report.correlations };
  return { report, rules, cached: true };
}

/** L0: clock, randomness, disk, limits, errors. The only room that touches the machine. */

export { appendLines } from './append.ts';
export { endNow, stepBack } from './background.ts';
export { Calls } from './calls.ts';
export { cpuMs, elapsedMs, every, now, sleep, stampMs, threadCpuMs, turn, within } from './clock.ts';
export { closest } from './closest.ts';
export { type Database, DatabaseMoment, type DatabaseOptions, openDatabase } from './database.ts';
export {
  endStreams,
  errorCode,
  expandGlob,
  type FileInfo,
  type FileWriter,
  fileInfo,
  listDirectory,
  makeDirectory,
  openRandom,
  openWriter,
  type RandomReader,
  readBytes,
  readChunks,
  readStandardInput,
  readText,
  removePath,
  replaceFile,
  walkFiles,
} from './disk.ts';
export { errorOf, type ToldError, WeirError } from './errors.ts';
export { type DiskCalls, type DurableFile, type Files, filesOn, realFiles, writeDurably } from './files.ts';
export {
  demandRestored,
  type FolderLock,
  type FolderOwner,
  folderOwner,
  isDataFolder,
  lockFolder,
  RESTORING,
  wasReleased,
} from './folder-lock.ts';
export {
  type HttpAnswer,
  type HttpBytes,
  type HttpMethod,
  type HttpOptions,
  type HttpPostOptions,
  httpExchange,
  httpGet,
  httpPost,
} from './http-post.ts';
export { type FileIdentity, fileIdentity } from './identity.ts';
export { KeptLog, type KeptLogCounts, keptLines } from './kept-log.ts';
export { watchLauncher } from './launcher-watch.ts';
export { type Limit, type LimitName, limits, limitTable, overrideLimits } from './limits.ts';
export {
  diskSpace,
  type Load,
  type LoadSampler,
  loadSampler,
  residentBytes,
  type ThreadLoad,
  threadLoad,
} from './load.ts';
export { listenLocally } from './local-socket.ts';
export {
  LOG_LEVELS,
  LOG_ROOMS,
  type Log,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogOptions,
  type LogRecord,
  type LogRoom,
  openLog,
  workerLog,
} from './log.ts';
export { release, releaseChunk } from './memory.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramSpec,
  type Info,
  type Labels,
  type LabelValues,
  type MetricNumber,
  type MetricSpec,
  Metrics,
  type MetricsDelta,
  metricNameFault,
  OPENMETRICS_TYPE,
} from './metrics.ts';
export { differenceOf, type Multiset, multisetOfText, multisetText, NO_EVENTS, sumOf } from './multiset.ts';
export { printable, printableJson } from './printable.ts';
export { type Forked, forkProgram, programBeside } from './program.ts';
export { randomBytes, randomSeed, type SeededRandom, seededRandom } from './random.ts';
export { readLines } from './read-lines.ts';
export { RecentMap } from './recent-map.ts';
export { openScratch, type Scratch } from './scratch.ts';
export { makePrivateDirectory, makePrivateFile, writeSecretFile } from './secret-file.ts';
export { keepStopSignals, onStopSignal, releaseStopSignals, type StopSignal } from './signals.ts';
export { type SimulatedDisk, type SimulatedDiskOptions, simulatedDisk } from './simulated-files.ts';
export { codeStamp, fileStamp, hashFile, sha256 } from './stamp.ts';
export {
  type Attributes,
  type AttributeValue,
  formatTraceparent,
  otlp,
  parseTraceparent,
  type Span,
  type SpanKind,
  type SpanOptions,
  type SpanRecord,
  type SpanSourceOptions,
  spanSource,
  type TraceContext,
  Tracer,
  type TracerCounts,
  type TracerOptions,
} from './tracing.ts';
export { setUpLongLived, setUpV8 } from './v8.ts';

/** What the kernel says of a process and its threads (proc(5)); zeros where there is no /proc. */
import fs from 'node:fs';

/** Clock ticks a second: 100 on every Linux that Node runs on. */
const TICKS = 100;

function secondsOf(stat: string): number {
  // Behind the command's name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function read(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** User and system time of all threads. */
export function cpuSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? 0 : secondsOf(stat);
}

/** By thread id, in order of their making. */
export function threadSeconds(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  const folder = `/proc/${pid}/task`;
  if (!fs.existsSync(folder)) return seconds;
  for (const thread of fs.readdirSync(folder)) {
    const stat = read(`${folder}/${thread}/stat`);
    const name = read(`${folder}/${thread}/comm`)?.trim() ?? '';
    if (stat !== null) seconds.set(`${thread} ${name}`, secondsOf(stat));
  }
  return seconds;
}

/** Largest resident memory so far, in MB. */
export function peakMb(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(peak ?? '0') / 1024;
}

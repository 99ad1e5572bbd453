/** What a step took of the machine, and what came out. */
export interface Used<T> {
  /** Of all threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMb: number;
  readonly found: T;
}

export async function used<T>(work: () => T | Promise<T>): Promise<Used<T>> {
  const before = process.cpuUsage();
  const start = performance.now();
  const found = await work();
  const wallSeconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, wallSeconds, peakMb: process.resourceUsage().maxRSS / 1024, found };
}

/** The same question cold, then as often as that again. */
export interface Asked {
  readonly cold: Used<Answer>;
  readonly warm: readonly Used<Answer>[];
}

/** Values and how many events have each, null among them; the order does not matter. */
export type Answer = readonly (readonly [string | null, number])[];

export async function asked(times: number, ask: () => Promise<Answer>): Promise<Asked> {
  const cold = await used(ask);
  const warm: Used<Answer>[] = [];
  while (warm.length < times) warm.push(await used(ask));
  return { cold, warm };
}

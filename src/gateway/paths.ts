/** Which declared path a request is for: `/v1/events`, or with parameters `/:index/_bulk`. */

export interface Declared {
  readonly method: string;
  readonly path: string;
}

export interface PathTable<T extends Declared> {
  /** Declared paths without parameters come before those with. */
  find(method: string, path: string): T | null;
  /** Methods declared for a path. */
  methods(path: string): string[];
}

export function pathTable<T extends Declared>(routes: readonly T[]): PathTable<T> {
  const exact = new Map<string, T[]>();
  const patterns: { readonly segments: readonly string[]; readonly route: T }[] = [];
  for (const route of routes) {
    if (route.path.includes(':')) patterns.push({ segments: route.path.split('/'), route });
    else exact.set(route.path, [...(exact.get(route.path) ?? []), route]);
  }
  const all = (path: string): T[] => {
    const plain = exact.get(path) ?? [];
    if (patterns.length === 0) return plain;
    const given = path.split('/', 16);
    return [...plain, ...patterns.filter(({ segments }) => fits(segments, given)).map(({ route }) => route)];
  };
  return {
    find: (method, path) =>
      exact.get(path)?.find((route) => route.method === method) ??
      (patterns.length === 0 ? null : (all(path).find((route) => route.method === method) ?? null)),
    methods: (path) => [...new Set(all(path).map(({ method }) => method))],
  };
}

const fits = (segments: readonly string[], given: readonly string[]): boolean =>
  segments.length === given.length &&
  segments.every((segment, at) => (segment.startsWith(':') ? given[at] !== '' : segment === given[at]));

/** Programs of weir's own beside the one that runs: threads, and processes that may die alone. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A module by its name, without its ending: as source and as built. `beside` is the `import.meta.url` of a module in its folder. */
export function programBeside(beside: string, name: string): URL {
  return new URL(`${name}.${beside.endsWith('.ts') ? 'ts' : 'js'}`, beside);
}

/** Of the environment; nothing else is handed on. */
const VARIABLES = ['NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'SystemRoot'];
/** Kept of what a process says before it dies. */
const LAST_WORDS = 2048;

export interface ForkOptions {
  /** Of V8. */
  readonly heapMb: number;
  readonly cwd?: string;
  /** Further variables of the environment that it is given. */
  readonly variables?: readonly string[];
}

export interface Forked {
  readonly child: ChildProcess;
  /** The end of what it has said so far. */
  lastWords(): string;
  /** What cannot be sent went to a process that is dying; `close` tells of that. */
  send(message: object): void;
}

/** Starts a program as a process that is told things by messages (structured clones) and heard of by what it sends. */
export function forkProgram(program: URL, { heapMb, cwd, variables = [] }: ForkOptions): Forked {
  const environment = [...VARIABLES, ...variables].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = fork(fileURLToPath(program), {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...Object.fromEntries(environment), TZ: 'UTC' },
    execArgv: ['--no-warnings', `--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-LAST_WORDS);
  });
  return {
    child,
    lastWords: () => said.trim(),
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
  };
}

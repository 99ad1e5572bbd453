/** Flags of `weir up`, and the environment variables that stand in for them: which settings each one is. */
import { type Path, shownPath } from './walk.ts';

/** As the command line gives them. */
export interface Flags {
  readonly config?: string;
  readonly data?: string;
  /** `HOST:PORT`, `[IPv6]:PORT`, `:PORT` for all addresses, or `HOST`. */
  readonly listen?: string;
  readonly rules?: readonly string[];
  readonly pipeline?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** `auto` or `off`. */
  readonly tls?: string;
  readonly insecureHttp?: boolean;
  /** A number or `auto`. */
  readonly threads?: string;
  readonly logLevel?: string;
}

export type FlagName = keyof Flags;

/** One setting, in its written form; undefined takes away what the file says. */
export interface FlagSetting {
  readonly path: Path;
  readonly value: unknown;
}

interface Flag {
  readonly flag: string;
  readonly environment?: string;
  readonly settings: (value: string) => readonly FlagSetting[];
}

const one =
  (...path: string[]) =>
  (value: string): FlagSetting[] => [{ path, value }];

/** A number where it is one, so that errors speak of the number. */
const numeric = (text: string): unknown => (/^\d{1,15}$/.test(text) ? Number(text) : text);

function listen(value: string): FlagSetting[] {
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(value);
  const host = found === null ? value : (found[1] ?? found[2] ?? '');
  const port = found?.[3];
  return [
    { path: ['listen', 'host'], value: host === '' ? '::' : host },
    ...(port === undefined ? [] : [{ path: ['listen', 'port'], value: numeric(port) }]),
  ];
}

const certificate = (part: 'cert' | 'key') => (value: string) => [
  { path: ['listen', 'tls', part], value },
  { path: ['listen', 'tls', 'auto'], value: undefined },
];

function tls(value: string): FlagSetting[] {
  const auto = value === 'auto' ? true : value === 'off' ? false : value;
  return [
    { path: ['listen', 'tls', 'cert'], value: undefined },
    { path: ['listen', 'tls', 'key'], value: undefined },
    { path: ['listen', 'tls', 'auto'], value: auto },
  ];
}

const truth = (value: string): unknown => (value === '1' || value === 'true' ? true : value === '0' ? false : value);

/** Order matters: `tls` clears what the certificate's flags then may set. `config` is no setting. */
export const FLAGS: Readonly<Record<Exclude<FlagName, 'config'>, Flag>> = {
  data: { flag: '--data', environment: 'WEIR_DATA', settings: one('data') },
  listen: { flag: '--listen', environment: 'WEIR_LISTEN', settings: listen },
  rules: { flag: '--rules', settings: one('rules', 'paths') },
  pipeline: { flag: '--pipeline', settings: one('rules', 'pipelines') },
  tls: { flag: '--tls', environment: 'WEIR_TLS', settings: tls },
  tlsCert: { flag: '--tls-cert', environment: 'WEIR_TLS_CERT', settings: certificate('cert') },
  tlsKey: { flag: '--tls-key', environment: 'WEIR_TLS_KEY', settings: certificate('key') },
  insecureHttp: {
    flag: '--insecure-http',
    environment: 'WEIR_INSECURE_HTTP',
    settings: (value) => [{ path: ['listen', 'insecure_http'], value: truth(value) }],
  },
  threads: {
    flag: '--threads',
    environment: 'WEIR_THREADS',
    settings: (value) => [{ path: ['threads'], value: numeric(value) }],
  },
  logLevel: { flag: '--log-level', environment: 'WEIR_LOG_LEVEL', settings: one('log', 'level') },
};

/** The variable that stands in for `--config`. */
export const CONFIG_VARIABLE = 'WEIR_CONFIG';

export interface Given extends FlagSetting {
  /** `--listen` or `WEIR_LISTEN`. */
  readonly from: string;
}

/** Settings from flags and environment; of the two, flags win. */
export function givenSettings(flags: Flags, environment: Readonly<Record<string, string | undefined>>): Given[] {
  const fromEnvironment: Given[] = [];
  const fromFlags: Given[] = [];
  for (const [name, { flag, environment: variable, settings }] of Object.entries(FLAGS)) {
    const stated = variable === undefined ? undefined : environment[variable];
    // Set but empty is how shells and containers write "not set".
    if (variable !== undefined && stated !== undefined && stated !== '') {
      fromEnvironment.push(...settings(stated).map((setting) => ({ ...setting, from: variable })));
    }
    const value = flags[name as FlagName];
    if (value === undefined) continue;
    const found: readonly FlagSetting[] =
      typeof value === 'object'
        ? settings('').map(({ path }) => ({ path, value: [...value] }))
        : settings(String(value));
    fromFlags.push(...found.map((setting) => ({ ...setting, from: flag })));
  }
  return [...fromEnvironment, ...fromFlags];
}

/** For the documentation: each flag, its variable and the settings it stands for. */
export function explainFlags(): {
  readonly flag: string;
  readonly environment: string | undefined;
  readonly settings: string;
}[] {
  const all = Object.values(FLAGS).map(({ flag, environment, settings }) => {
    const sample = flag === '--listen' ? 'localhost:7700' : '';
    const names = settings(sample)
      .filter(({ value }) => value !== undefined)
      .map(({ path }) => `\`${shownPath(path)}\``);
    return { flag, environment, settings: names.join(', ') };
  });
  return [{ flag: '--config', environment: CONFIG_VARIABLE, settings: 'the file itself' }, ...all];
}

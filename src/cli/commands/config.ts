/** `weir config check|explain|schema`: settings checked, shown with their origin, and described for editors. */
import { checkProblem } from '../../pipeline/index.ts';
import {
  configJsonSchema,
  explainConfig,
  explainYaml,
  type Flags,
  readConfig,
  unusedSettings,
} from '../../server/index.ts';
import { EXIT, oneOf } from '../failure.ts';
import { printable } from '../terminal/escape.ts';

export interface ConfigExplainFlags extends Flags {
  readonly format?: string;
}

const FORMATS = ['yaml', 'json'] as const;

/** What a command writes to, and the environment it runs in. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PROCESS: Surroundings = {
  out: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  environment: process.env,
};

/** What `weir up --config FILE` would say of its settings here. Throws all that is wrong at once; the command line tells it. */
export function configCheckCommand(
  file: string,
  flags: { readonly secrets?: boolean },
  { note, environment }: Surroundings = PROCESS,
): number {
  const loaded = readConfig({
    file,
    environment,
    secrets: flags.secrets === false ? 'skip' : 'check',
    checkExpression: checkProblem,
  });
  const set = explainConfig(loaded).filter(({ from }) => from !== 'default').length;
  note(`${printable(file)}: valid, ${set} ${set === 1 ? 'setting' : 'settings'} other than by default\n`);
  for (const { setting, from } of unusedSettings(loaded)) {
    note(`${printable(from)}: ${printable(setting)} is not in force yet: nothing goes by it\n`);
  }
  return EXIT.done;
}

export function configExplainCommand(
  { format = 'yaml', ...flags }: ConfigExplainFlags,
  { out, environment }: Surroundings = PROCESS,
): number {
  const chosen = oneOf('--format', format, FORMATS);
  const loaded = readConfig({ flags, environment, secrets: 'skip', checkExpression: checkProblem });
  if (chosen === 'yaml') out(explainYaml(loaded));
  else for (const setting of explainConfig(loaded)) out(`${JSON.stringify(setting)}\n`);
  return EXIT.done;
}

export function configSchemaCommand({ out }: Pick<Surroundings, 'out'> = PROCESS): number {
  out(`${JSON.stringify(configJsonSchema())}\n`);
  return EXIT.done;
}

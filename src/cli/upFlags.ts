/** Flags of `weir up`, which `weir config explain` takes too: what would be in force with them. */
import { type Command, Option } from 'commander';

const repeat = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** What the server's `Flags` are made of; src/server/config/flags.ts says which settings they stand for. */
export function addUpFlags(command: Command): Command {
  return command
    .option('--config <file>', 'settings, as YAML; also WEIR_CONFIG')
    .option('--data <dir>', 'folder that everything is kept in; default: ./weir-data')
    .option('--listen <host:port>', 'where to listen; default: 127.0.0.1:7700')
    .option('--rules <path>', 'rule file, folder or zip; may repeat; replaces the rules that come with weir', repeat)
    .option('--pipeline <file>', 'pySigma processing pipeline; may repeat', repeat)
    .option('--tls-cert <file>', 'certificate chain in PEM; read again when it changes')
    .option('--tls-key <file>', 'its private key in PEM')
    .addOption(new Option('--tls <mode>', 'auto: a certificate authority of its own').choices(['auto', 'off']))
    .option('--insecure-http', 'serve beyond loopback without TLS')
    .option('--threads <n>', 'threads for events and rules; default: one for each core, 16 at most')
    .option('--log-level <level>', 'trace, debug, info, warn, error or off; default: info');
}

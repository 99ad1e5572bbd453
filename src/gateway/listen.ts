/** Where the server may listen: beyond the own machine only with TLS, or where somebody said they know. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { WeirError } from '../base/index.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** An address that only this machine reaches, or the name `localhost`; brackets as in URLs are fine. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (plain === 'localhost') return true;
  const version = isIP(plain);
  return version !== 0 && LOOPBACK.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (all addresses). Throws `gateway.listen`. */
export function parseListen(text: string): ListenAddress {
  const [, host = '', digits = ''] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const inside = host.replace(/^\[(.*)\]$/, '$1');
  const wrongBrackets = host.startsWith('[') && isIP(inside) !== 6;
  if (digits === '' || port > 65_535 || wrongBrackets || !/^[\w.:-]*$/.test(inside)) {
    throw new WeirError('gateway.listen', `cannot listen at ${text}`, {
      hint: 'Expected HOST:PORT, for example 127.0.0.1:7700, [::1]:7700, or :7700 for all addresses.',
    });
  }
  return { host: inside === '' ? '::' : inside, port };
}

/**
 * The address to listen at. A name is looked up here, so that the address that is judged is the one that is used. Throws
 * `gateway.insecure` beyond loopback without TLS, `gateway.listen` for a name that is none.
 */
export async function resolveListen(
  { host, port }: ListenAddress,
  { secure, insecureHttp }: { readonly secure: boolean; readonly insecureHttp: boolean },
): Promise<ListenAddress> {
  const address = isIP(host) === 0 ? await addressOf(host) : host;
  if (!secure && !insecureHttp && !isLoopback(address)) {
    throw new WeirError(
      'gateway.insecure',
      `listening at ${host}:${port} without TLS would send keys and events in the clear`,
      {
        hint: 'Use --tls auto, or --tls-cert FILE --tls-key FILE; or --insecure-http where a proxy in front does TLS; or listen at 127.0.0.1.',
      },
    );
  }
  return { host: address, port };
}

async function addressOf(name: string): Promise<string> {
  try {
    return (await lookup(name)).address;
  } catch (cause) {
    throw new WeirError('gateway.listen', `cannot listen at ${name}: there is no such host`, { cause });
  }
}

/** How others write this address: `http://127.0.0.1:7700`. Where it is every address, the own machine's. */
export function urlOf(protocol: 'http' | 'https', host: string, port: number): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : isIP(host) === 6 ? `[${host}]` : host;
  return `${protocol}://${shown}:${port}`;
}

/** Probes for whoever runs the process, without a credential: a word each, and where something is missing, what. */
import type { PublicDoor } from './door.ts';
import { type Health, works } from './health.ts';

export function probes(health: Health, isClosing: () => boolean): PublicDoor[] {
  const missing = (): string => {
    const parts = health.report().components.filter((component) => component.required && !works(component));
    return parts.map(({ name, state, reason }) => `${name}: ${reason ?? state}\n`).join('');
  };
  const probe = (path: string, isGood: () => boolean): PublicDoor => ({
    method: 'GET',
    path,
    scope: null,
    handle: (_request, response) => {
      const good = isGood();
      const body = good ? 'ok\n' : `not ok\n${missing()}`;
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
      response.writeHead(good ? 200 : 503, good ? headers : { ...headers, 'retry-after': '1' }).end(body);
    },
  });
  return [
    probe('/livez', () => health.isLive()),
    probe('/readyz', () => health.isReady() && !isClosing()),
    probe('/startupz', () => health.hasStarted()),
  ];
}

/** Pages of the API of a server that runs on a data folder, for commands that are given the folder. */
import { WeirError } from '../base/index.ts';
import { readCredentials } from '../meta/index.ts';

/** The admin key of a folder that is served. `instead`: what whoever lacks it can ask the server for. */
export function serverKey(folder: string, url: string, instead: string): string {
  const credentials = readCredentials(folder);
  if (credentials !== null) return credentials.admin_key;
  throw new WeirError('cli.credentials', `${folder} is served at ${url}, and its credentials.json is not there`, {
    hint: `Ask the server itself: ${instead}.`,
  });
}

/** What an answer that is no good says of itself. */
export async function problemOf(answer: Response, url: string): Promise<WeirError> {
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  type Told = { readonly code?: string; readonly detail?: string; readonly title?: string };
  const { code = 'cli.server', detail, title } = (isJson ? await answer.json().catch(() => ({})) : {}) as Told;
  return new WeirError(code, detail ?? title ?? `${url} answered ${answer.status}`);
}

/** What the server of a folder answers to one path, asked with the admin key of the folder. */
export async function serverAnswer<T>(folder: string, url: string, path: string): Promise<T> {
  const key = serverKey(folder, url, `GET ${path} with a key that may read`);
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw new WeirError('cli.server', `${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** All items of a list, with the admin key of the folder. `path` has no query. */
export async function serverPages<T>(folder: string, url: string, path: string): Promise<T[]> {
  const key = serverKey(folder, url, `GET ${path} with a key that may read`);
  const items: T[] = [];
  for (let after: string | null = null; ; ) {
    const query = `limit=1000${after === null ? '' : `&after=${after}`}`;
    const answer = await fetch(`${url}${path}?${query}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    if (!answer.ok) throw new WeirError('cli.server', `${url} answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as { items: T[]; next: string | null };
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}

/** Has the server of a folder do something, with the admin key of the folder. Throws with what it answers otherwise. */
export async function serverCall(
  folder: string,
  url: string,
  method: 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<void> {
  const key = serverKey(folder, url, `${method} ${path} with a key that may operate`);
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw await problemOf(answer, url);
}

/** Pages of the API of a server that runs on a data folder, for commands that are given the folder. */
import { WeirError } from '../base/index.ts';
import { readCredentials } from '../meta/index.ts';

/** All items of a list, with the admin key of the folder. `path` has no query. */
export async function serverPages<T>(folder: string, url: string, path: string): Promise<T[]> {
  const credentials = readCredentials(folder);
  if (credentials === null) {
    throw new WeirError('cli.credentials', `${folder} is served at ${url}, and its credentials.json is not there`, {
      hint: `Ask the server itself: GET ${path} with a key that may read.`,
    });
  }
  const items: T[] = [];
  for (let after: string | null = null; ; ) {
    const query = `limit=1000${after === null ? '' : `&after=${after}`}`;
    const answer = await fetch(`${url}${path}?${query}`, {
      headers: { authorization: `Bearer ${credentials.admin_key}` },
    });
    if (!answer.ok) throw new WeirError('cli.server', `${url} answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as { items: T[]; next: string | null };
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}

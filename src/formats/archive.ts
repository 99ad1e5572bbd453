/** The members of a zip file as plain bytes, for what is no event: rules. */
import { openRandom } from '../base/index.ts';
import { Expansion } from './expansion.ts';
import type { Bytes } from './feed.ts';
import { inputReport, type Report } from './report.ts';
import { readZip } from './zip.ts';

export interface ArchiveMember {
  /** `rules.zip!windows/a.yml`. */
  readonly path: string;
  /** Read it before asking for the next member. */
  readonly bytes: Bytes;
}

/** Members of a zip file in the order of its directory, within the same limits as inputs. Throws `disk.read` when it cannot be opened. */
export async function* zipMembers(path: string, report: Report): AsyncGenerator<ArchiveMember> {
  using file = openRandom(path);
  const expansion = new Expansion();
  expansion.stored = file.size;
  const named = inputReport(path, report);
  for await (const { name, bytes } of readZip(file, expansion, named, (member) =>
    inputReport(`${path}!${member}`, report),
  )) {
    yield { path: `${path}!${name}`, bytes };
  }
  named.finish();
}

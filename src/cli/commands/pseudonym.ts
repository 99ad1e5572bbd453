/** `weir pseudonym`: what values are called in events whose source masks them, for who may read the tenant's key. */
import { fileInfo, readLines, WeirError } from '../../base/index.ts';
import { Masks } from '../../ingest/index.ts';
import { maskKeyFile, readKey } from '../../server/index.ts';
import { EXIT } from '../failure.ts';

export interface PseudonymFlags {
  readonly data?: string;
  readonly tenant: string;
  readonly from?: string;
}

export function pseudonymCommand(
  values: readonly string[],
  { data = 'weir-data', tenant, from }: PseudonymFlags,
): number {
  const file = maskKeyFile(data, tenant);
  const key = readKey(file);
  if (key === null) {
    throw new WeirError('mask.key', `no values of the tenant ${tenant} were ever masked here: there is no ${file}`, {
      hint:
        fileInfo(data) === null
          ? `${data} is no folder; name the data folder with --data.`
          : 'Its sources need a `mask` in the configuration (docs/masking.md), and an event.',
    });
  }
  const masks = new Masks(key);
  const say = (value: string): void => {
    process.stdout.write(`${JSON.stringify({ value, pseudonym: masks.pseudonym(value) })}\n`);
  };
  for (const value of values) say(value);
  if (from !== undefined) for (const line of readLines(from)) if (line !== '') say(line);
  return EXIT.done;
}

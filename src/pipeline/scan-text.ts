/** The ordinary scan over events in memory: for tests of rules and mappings. */
import { limits, WeirError } from '../base/index.ts';
import { loadRules, type RuleFile } from '../detect/index.ts';
import { prepareRuleSet } from './prepare.ts';
import { scan } from './scan.ts';
import type { Hit, Summary } from './types.ts';

export async function scanText(
  rules: readonly RuleFile[],
  ndjson: string | Uint8Array,
): Promise<{ hits: Hit[]; summary: Summary }> {
  const bytes = typeof ndjson === 'string' ? new TextEncoder().encode(ndjson) : ndjson;
  if (bytes.length > limits.wholeFileBytesMax) throw new WeirError('scan.text', 'too much text for scanText');
  const hits: Hit[] = [];
  const summary = await scan({
    paths: [],
    text: bytes,
    rules: prepareRuleSet(loadRules(rules)),
    threads: 1,
    recover: false,
    onHits: (lines) => {
      for (const line of new TextDecoder().decode(lines).split('\n'))
        if (line !== '') hits.push(JSON.parse(line) as Hit);
    },
  });
  return { hits, summary };
}

/** The tactics of MITRE ATT&CK (Enterprise, version 19) in their order, as Sigma tags name them (`attack.initial-access`). */

export interface Tactic {
  /** Tag without `attack.`. */
  readonly tag: string;
  /** A soft hyphen says where the name may break in a narrow column. */
  readonly name: string;
}

export const TACTICS: readonly Tactic[] = [
  { tag: 'reconnaissance', name: 'Recon\u00adnaissance' },
  { tag: 'resource-development', name: 'Resource Develop\u00adment' },
  { tag: 'initial-access', name: 'Initial Access' },
  { tag: 'execution', name: 'Execution' },
  { tag: 'persistence', name: 'Persis\u00adtence' },
  { tag: 'privilege-escalation', name: 'Privilege Esca\u00adlation' },
  // Version 19 split Defense Evasion in two; rules written before still use the old name.
  { tag: 'defense-evasion', name: 'Defense Evasion' },
  { tag: 'stealth', name: 'Stealth' },
  { tag: 'defense-impairment', name: 'Defense Impair\u00adment' },
  { tag: 'credential-access', name: 'Credential Access' },
  { tag: 'discovery', name: 'Discovery' },
  { tag: 'lateral-movement', name: 'Lateral Movement' },
  { tag: 'collection', name: 'Collection' },
  { tag: 'command-and-control', name: 'Command and Control' },
  { tag: 'exfiltration', name: 'Exfil\u00adtration' },
  { tag: 'impact', name: 'Impact' },
];

/** Positions in `TACTICS` of the tactics a rule names; underscores, which older rules have, count as hyphens. */
export function tacticsOf(tags: readonly string[]): number[] {
  const found = new Set<number>();
  for (const tag of tags) {
    const [namespace, name] = [tag.slice(0, 7).toLowerCase(), tag.slice(7).toLowerCase().replaceAll('_', '-')];
    const at = namespace === 'attack.' ? TACTICS.findIndex((tactic) => tactic.tag === name) : -1;
    if (at >= 0) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

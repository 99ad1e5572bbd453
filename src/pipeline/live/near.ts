/** Of the rules that do not hit an event those that came closest, and the predicates that failed. */
import { elapsedMs, limits, WeirError } from '../../base/index.ts';
import {
  compareNearness,
  type DetectionRule,
  type Nearness,
  nearness,
  openImage,
  ruleOf,
  viewFor,
  whyNot,
} from '../../detect/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { laneName } from '../../schema/index.ts';
import { openDetectionsReader } from '../../store/index.ts';
import { Scanner } from '../scanner.ts';
import { eventIn } from '../why-not.ts';
import { keptEvent } from './journal-event.ts';
import { noRules } from './rule-set.ts';
import { loadRuleSet } from './rule-sets.ts';

export interface NearRules {
  /** What the event is, as far as rules are concerned; `none` for nothing known. */
  readonly lane: string;
  /** Rules that apply to it; of them those that were asked before the time was over, and those that hit. */
  readonly rules: number;
  readonly asked: number;
  readonly hit: number;
  /** The closest first. */
  readonly items: readonly (Nearness & {
    readonly rule: string;
    readonly title: string;
    readonly level: string;
    /** Failed predicates, those first that alone would make it hit. */
    readonly missing: ReturnType<typeof whyNot>;
  })[];
}

const INPUT_BYTES = 1 << 16;
/** Made when first asked for, and kept: it takes a while. */
let scanner: Scanner | null = null;
/** Failed predicates of one rule that are told. */
const MISSING_MAX = 20;

/** The same of a folder that no server runs on, under the rules in force at its end; null where there is no such event, or no rules were. */
export function nearInFolder(folder: string, tenant: string, id: string, limit: number): NearRules | null {
  const reader = new JournalReader(`${folder}/journal`);
  const log = `${reader.log}/0`;
  const [, position, row] = /^(\d{1,15})\/(\d{1,9})$/.exec(id.slice(log.length + 1)) ?? [];
  if (!id.startsWith(`${log}/`) || position === undefined) return null;
  const store = openDetectionsReader(`${folder}/detect.db`);
  try {
    const rules = loadRuleSet(folder, store.checkpoint(log)?.ruleSet ?? '');
    if (rules === null) return null;
    const place = { tenant, position: Number(position), row: Number(row) };
    const kept = keptEvent(reader, folder, place, reader.head().next);
    return kept === null ? null : nearRules(kept.text, rules.rules.image, limit);
  } finally {
    store.close();
  }
}

/** @param event JSON, as it came */
export function nearRules(event: string, image: SharedArrayBuffer, limit: number): NearRules {
  scanner ??= new Scanner(noRules(), INPUT_BYTES);
  const { engine } = scanner;
  engine.kernel.load(new TextEncoder().encode(`${eventIn(event)}\n`));
  if (!engine.kernel.scan() || engine.kernel.get('rowCount') !== 1) {
    throw new WeirError('batch.damaged', 'what is kept is no event');
  }
  engine.evaluate(() => {});
  const opened = openImage(image);
  if (opened === null) throw new Error('the compiled rules are not of this version');
  const started = elapsedMs();
  const facts = engine.factsOfRow(0);
  const near: { readonly rule: DetectionRule; readonly found: Nearness }[] = [];
  let [rules, asked, hit] = [0, 0, 0];
  for (let index = 0; index < opened.header.rules.length / 2; index++) {
    const rule = ruleOf(opened, index);
    if (engine.factOf(rule, facts) === undefined) continue;
    rules++;
    if (elapsedMs() - started > limits.nearMs) continue;
    asked++;
    const found = nearness(rule, viewFor(engine, 0, rule, facts));
    if (found.distance === 0) hit++;
    else if (Number.isFinite(found.distance)) near.push({ rule, found });
  }
  near.sort((a, b) => compareNearness(a.found, b.found));
  const items = near.slice(0, limit).map(({ rule, found }) => {
    const missing = whyNot(rule, viewFor(engine, 0, rule, facts)).filter(({ failed }) => failed);
    const { id, title, level } = rule;
    return { rule: id, title, level, ...found, missing: missing.slice(0, MISSING_MAX) };
  });
  return { lane: laneName(facts), rules, asked, hit, items };
}

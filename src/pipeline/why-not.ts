/** Why a rule does not hit an event: asked of the engine's own view of it. */

import { WeirError } from '../base/index.ts';
import { type DetectionRule, explain, type Match, type RuleSet, viewFor, whyNot } from '../detect/index.ts';
import { eventXmlToJson } from '../formats/index.ts';
import { isEventXml, laneName } from '../schema/index.ts';
import { packRules } from './rules.ts';
import { Scanner } from './scanner.ts';

export interface WhyNot {
  /** What the event is, as far as rules are concerned; `none` for nothing known. */
  readonly lane: string;
  /** Whether the rule's logsource fits the event; when not, no predicate is looked at in a scan. */
  readonly applies: boolean;
  /** Why it hits, when its predicates hold; empty otherwise. */
  readonly matches: readonly Match[];
  /** Its predicates, failed ones marked; empty when they hold. */
  readonly missing: ReturnType<typeof whyNot>;
}

const INPUT_BYTES = 1 << 16;

/** Asks a rule about events, one after the other. */
export function whyNotOf(rule: DetectionRule): (event: string) => WhyNot {
  const rules: RuleSet = {
    detections: [rule],
    correlations: [],
    refused: [],
    notARule: [],
    silencedBy: {},
    warnings: [],
  };
  const { engine } = new Scanner(packRules(rules), INPUT_BYTES);
  return (event) => {
    engine.kernel.load(new TextEncoder().encode(`${eventIn(event)}\n`));
    if (!engine.kernel.scan() || engine.kernel.get('rowCount') !== 1 || engine.errors().length > 0) {
      throw new WeirError(
        'why_not.event',
        `the event is no JSON object: ${engine.errors()[0]?.reason ?? 'it is empty'}`,
      );
    }
    engine.evaluate(() => {});
    const facts = engine.factsOfRow(0);
    const view = viewFor(engine, 0, rule, facts);
    return {
      lane: laneName(facts),
      applies: engine.factOf(rule, facts) !== undefined,
      matches: explain(rule, view),
      missing: whyNot(rule, view),
    };
  };
}

/** An event that stands as XML in a field, as JSON; any other as it is. */
export function eventIn(event: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(event);
  } catch {
    // The kernel says what is wrong with it.
    return event;
  }
  if (typeof parsed !== 'object' || parsed === null) return event;
  const xml = Object.values(parsed).find((value) => typeof value === 'string' && isEventXml(value));
  return typeof xml === 'string' ? eventXmlToJson(xml) : event;
}

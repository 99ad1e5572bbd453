/** `detect rule:"…"` and `detect pack:…`: rules in force, run over rows of a query by the engine that runs them over new events. */
import { turn } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { type DetectionRule, openImage, ruleOf } from '../../detect/index.ts';
import {
  type Detector,
  type DetectTarget,
  type Match,
  nearest,
  type Row,
  RunError,
  rowJson,
} from '../../lang/index.ts';
import type { LiveRule, LiveRules } from '../live/rule-set.ts';
import { openPackage } from '../rules.ts';
import { type Piece, Scanner } from '../scanner.ts';

/** Rows that the engine gets at a time. */
const ROWS = 256;
const INPUT_BYTES = 1 << 20;

/** Folders that the files of rules lie in. */
export function packsOf({ path }: LiveRule): readonly string[] {
  return path.split(/[/\\]/).slice(0, -1);
}

export function packNames(rules: LiveRules | null): readonly string[] {
  // The folder a rule lies in; those above it are of the machine more often than of the pack.
  return [...new Set((rules?.detections ?? []).flatMap((rule) => packsOf(rule).slice(-2)))];
}

/** @throws RunError where there is no such rule or pack */
function chosen(rules: LiveRules, { kind, text }: DetectTarget): readonly number[] {
  const wanted = text.toLowerCase();
  const found = rules.detections.flatMap((rule, index) => {
    const names = kind === 'rule' ? [rule.id, rule.title] : packsOf(rule);
    return names.some((name) => name.toLowerCase() === wanted) ? [index] : [];
  });
  if (found.length > 0) return found;
  const isCorrelation = kind === 'rule' && rules.correlations.some(({ id, title }) => id === text || title === text);
  if (isCorrelation) {
    const why = `${text} is a correlation: it has no rows of its own`;
    throw new RunError('query.argument', why, 'Run what it relates, or weir hunt, which correlates too.');
  }
  const names = kind === 'rule' ? rules.detections.map(({ title }) => title) : packNames(rules);
  const near = nearest(text, names);
  const hint = near === null ? 'GET /v1/rules lists the rules in force.' : `Did you mean ${near}?`;
  throw new RunError('query.argument', `no ${kind} in force is called ${text}`, hint);
}

/** @param note told what could not be looked at */
export function detectorOf(
  rules: LiveRules | null,
  targets: readonly DetectTarget[],
  note: (text: string) => void,
): Detector {
  const image = rules === null ? null : openImage(rules.rules.image);
  if (rules === null || image === null) {
    const hint = 'weir hunt RULE runs a rule from its file; a server that is loading its rules has them in a moment.';
    throw new RunError('query.argument', 'no rules are in force here, so there are none to detect with', hint);
  }
  const indexes = [...new Set(targets.flatMap((target) => chosen(rules, target)))];
  const heads = indexes.map((index) => rules.detections[index]);
  const scanner = scannerOf(indexes.map((index) => ruleOf(image, index)));
  let unread = 0;
  return async (rows) => {
    const matches: Match[] = [];
    for (let from = 0; from < rows.length; from += ROWS) {
      const some = rows.slice(from, from + ROWS);
      const { found, failed } = scanned(scanner, some);
      for (const { row, rule } of found) {
        const { id, title, level } = heads[rule];
        matches.push({ row: from + row, rule: { id, name: title, level } });
      }
      if (failed > 0 && unread === 0) note('detect: rows that no event can be made of were passed over');
      unread += failed;
      // Whoever else needs the thread comes in between.
      await turn();
    }
    return matches;
  };
}

function scannerOf(detections: readonly DetectionRule[]): Scanner {
  const nothing = { correlations: [], refused: [], notARule: [], silencedBy: {}, warnings: [] };
  const { rules, lanes } = openPackage({ detections, ...nothing });
  return new Scanner(rules, INPUT_BYTES, loadKernelModule(), lanes);
}

interface Scanned {
  readonly found: readonly { readonly row: number; readonly rule: number }[];
  readonly failed: number;
}

function scanned(scanner: Scanner, rows: readonly Row[]): Scanned {
  const found: { row: number; rule: number }[] = [];
  let [passed, failed] = [0, 0];
  const { kernel } = scanner.engine;
  const onBatch: Piece['onBatch'] = ({ errors, hitRows, hitRules }) => {
    hitRows.forEach((row, i) => {
      const before = errors.filter((error) => error.row <= row).length;
      found.push({ row: passed + row + before, rule: hitRules[i] });
    });
    passed += kernel.get('rowCount') + errors.length;
    failed += errors.length;
  };
  kernel.load(new TextEncoder().encode(rows.map((row) => `${eventJson(row)}\n`).join('')));
  scanner.scan({ path: null, firstRecord: null, records: null, position: null, carved: false, onBatch });
  return { found, failed };
}

/** A row as an event: all it has but what weir adds. Dotted names count as nested ones. */
function eventJson(row: Row): string {
  const event: Row = {
    get: (name) => row.get(name),
    keys: () => [...row.keys()].filter((name) => !name.startsWith('weir.')),
  };
  return rowJson(event, { columns: [], sparse: true });
}

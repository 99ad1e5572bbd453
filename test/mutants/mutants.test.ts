/**
 * Books that balance by construction prove nothing. Test builds lose, double, move or change one event at each place on its way, or
 * leave out one rule for one batch; `weir books` and `weir verify` must say so, and must have nothing to say of the build as it is.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { repoRoot } from '../../scripts/repo.ts';
import { fileInfo, limits, realFiles, sha256, wasReleased } from '../../src/base/index.ts';
import { loadKernelModule } from '../../src/batch/index.ts';
import { JournalReader } from '../../src/journal/index.ts';
import { advanceBooks, Books, verifyFolder } from '../../src/pipeline/index.ts';
import { Door } from '../../src/pipeline/live/door.ts';
import { noRules } from '../../src/pipeline/live/rule-set.ts';
import { loadRuleSet } from '../../src/pipeline/live/rule-sets.ts';
import { Scanner } from '../../src/pipeline/scanner.ts';
import { openDetectionsReader } from '../../src/store/index.ts';
import { Builds } from './build.ts';
import { BY_HAND, cutLedger } from './by-hand.ts';
import { mutate } from './loading.ts';
import { withTables } from './proof-document.ts';
import { MUTANTS } from './seams.ts';
import { type Check, checkOf, type Mutant } from './types.ts';

let builds: Builds;
/** A folder of the build as it is. */
let sound = '';

before(async () => {
  builds = await Builds.start(2);
});
after(() => builds.close());

/** As `weir verify` stands on a machine, but that rules are compiled once for all folders. */
const module = loadKernelModule();
const scanners = new Map<string, Scanner>();
const place: NonNullable<Parameters<typeof verifyFolder>[0]['place']> = {
  files: realFiles,
  wasReleased,
  store: (folder) => (fileInfo(`${folder}/detect.db`) === null ? null : openDetectionsReader(`${folder}/detect.db`)),
  loadRuleSet,
  doorOf({ rules }) {
    const door = new Door(module, noRules(), (own) => {
      const name = sha256(new Uint8Array(own.image));
      const scanner = scanners.get(name) ?? new Scanner(own, limits.readChunkBytes, module);
      scanners.set(name, scanner);
      return scanner;
    });
    door.setRules(1, rules, false);
    return door;
  },
};

const verified = (folder: string, head?: string) =>
  verifyFolder({ folder, detection: true, place, ...(head === undefined ? {} : { head }) });

/** Which checks of books and verify have something to say. */
function findersIn(folder: string): Set<Check> {
  const found = new Set(verified(folder).findings.map(checkOf));
  if (found.has('journal')) return found;
  const books = new Books();
  advanceBooks(books, new JournalReader(path.join(folder, 'journal')));
  books.ended();
  if (books.imbalances(Number.POSITIVE_INFINITY).length > 0) found.add('books');
  return found;
}

test('the place of every mutant is there, once', () => {
  for (const mutant of MUTANTS) mutate(fs.readFileSync(path.join(repoRoot, 'src', mutant.file), 'utf8'), mutant, 0);
  const names = MUTANTS.map(({ seam, what, how }) => `${seam}: ${what} ${how}`);
  assert.equal(new Set(names).size, names.length);
});

test('of the build as it is, books and verify have nothing to say, killed and started again or not', async () => {
  const plain = await builds.run(null);
  assert.deepEqual([plain.failed, plain.stopped], [null, null]);
  const { findings, ...counts } = verified(plain.folder);
  assert.deepEqual(findings, []);
  const { events, dead, hits } = counts;
  assert.deepEqual({ events, dead, hits }, { events: 1464, dead: 4, hits: 42 });
  const nothing: Mutant = { ...MUTANTS[0], replace: MUTANTS[0].find, restart: true };
  const restarted = await builds.run(nothing);
  assert.deepEqual([restarted.failed, restarted.stopped, [...findersIn(restarted.folder)]], [null, null, []]);
  sound = plain.folder;
});

test('each mutant is found, and by what is meant to find it', async () => {
  const missed: string[] = [];
  await Promise.all(
    MUTANTS.map(async (mutant) => {
      const { seam, what, how, by } = mutant;
      const { folder, failed } = await builds.run(mutant);
      const found = failed === null ? findersIn(folder) : new Set<Check>();
      fs.rmSync(folder, { recursive: true, force: true });
      if (!found.has(by)) missed.push(`${seam}: ${what} ${how}: ${failed ?? `${[...found]}, not ${by}`}`);
    }),
  );
  assert.deepEqual(missed, []);
});

test('what is changed by hand, without the key, is found', () => {
  const missed: string[] = [];
  for (const { how, done, by } of BY_HAND) {
    const folder = path.join(builds.folder, 'by-hand');
    fs.cpSync(sound, folder, { recursive: true });
    done(folder);
    const found = findersIn(folder);
    fs.rmSync(folder, { recursive: true });
    if (!found.has(by)) missed.push(`${how}: ${[...found]}, not ${by}`);
  }
  assert.deepEqual(missed, []);
});

test('lines cut off the end of the chain ledger show against its head, kept elsewhere', () => {
  const { head } = verified(sound);
  assert.equal(typeof head, 'string');
  assert.deepEqual(verified(sound, String(head)).findings, []);
  const folder = path.join(builds.folder, 'cut');
  fs.cpSync(sound, folder, { recursive: true });
  cutLedger(folder);
  assert.deepEqual(verified(folder).findings, []);
  assert.deepEqual(verified(folder, String(head)).findings.map(checkOf), ['chain']);
});

test('docs/proof.md lists every mutant; node bin/node24.js test/mutants/write.ts brings it up to date', () => {
  const document = fs.readFileSync(path.join(repoRoot, 'docs/proof.md'), 'utf8');
  assert.equal(document, withTables(document));
});
